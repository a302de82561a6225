"""Records a compatibility vector anew: runs the Python driver on the steps of a file of internal/compat/testdata, with a recorder in
place of the Controller, and writes the vector with the requests and objects of each step to standard output.

  PYTHON_DRIVER=<checkout> python2.7 recorder.py <vector>

The recorder keeps what it is sent. It answers as a Controller does where the driver looks: an object's url, a certificate's common
name, a parent's children. internal/compat/testdata/README.md describes the format.
"""
from __future__ import print_function

import copy
import json
import logging
import os
import sys

import runner


class Answer(object):
    def __init__(self, content):
        self.content = content

    def json(self):
        return copy.deepcopy(self.content)


class Conflict(object):
    status_code = 409
    content = "already exists"


class Containers(object):
    """Every container has a certificate, whose text is a placeholder."""

    def get(self, name, default=None):
        return self

    def __getitem__(self, ref):
        container = ref.split("/")[-1]
        return {"certificate": "CERT:" + container, "private_key": "KEY:" + container}


class Recorder(object):
    """Stands in for the driver's session with the Controller."""

    def __init__(self, api):
        self.api, self.calls, self.objects, self.tenants = api, [], {}, {}

    def log(self, method, path):
        self.calls.append("%s /api/%s" % (method, path))

    def find(self, path):
        key = tuple(path.split("/"))
        if key not in self.objects:
            raise self.api.ObjectNotFound("no " + path)
        return key

    def shown(self, key):
        shown, (typ, uuid) = copy.deepcopy(self.objects[key]), key
        shown["url"] = "/api/%s/%s" % key
        if typ == "sslkeyandcertificate":
            shown["url"] = "/api/%s?name=%s" % (typ, shown["name"])
        if typ == "virtualservice":
            shown["vh_child_vs_uuid"] = sorted(
                u for (t, u), o in self.objects.items() if t == typ and o.get("vh_parent_vs_ref", "").endswith("/" + uuid))
        return Answer(shown)

    def get(self, path, tenant_uuid=None):
        self.log("GET", path)
        return self.shown(self.find(path))

    def get_object_by_name(self, typ, name, tenant_uuid=None):
        self.log("GET", "%s?name=%s" % (typ, name))
        if name.startswith("System-"):
            return {"name": name, "url": "/api/%s?name=%s" % (typ, name)}
        key = self.named(typ, name, tenant_uuid)
        return self.shown(key).json() if key else None

    def named(self, typ, name, tenant):
        return next((k for k, o in self.objects.items() if k[0] == typ and o["name"] == name and self.tenants[k] == tenant), None)

    def post(self, typ, data=None, tenant_uuid=None, headers=None):
        self.log("POST", typ)
        new = {k: v for k, v in copy.deepcopy(data).items() if k != "url"}
        if typ == "sslkeyandcertificate":
            new["certificate"]["subject"] = {"common_name": u"cn-of-" + new["name"]}
        key = (typ, new.get("uuid") or "%s of %s" % (new["name"], tenant_uuid))
        if key in self.objects or self.named(typ, new["name"], tenant_uuid):
            raise self.api.APIError("already exists", Conflict())
        self.objects[key], self.tenants[key] = new, tenant_uuid
        return self.shown(key)

    def put(self, path, tenant_uuid=None, data=None):
        self.log("PUT", path)
        key = self.find(path)
        self.objects[key] = {k: v for k, v in copy.deepcopy(data).items() if k != "url"}
        return self.shown(key)

    def patch(self, path, data=None, tenant_uuid=None):
        self.log("PATCH", path)
        key = self.find(path)
        for action, fields in data.items():
            for name, value in fields.items():
                change(self.objects[key], action, name, value)
        return self.shown(key)

    def delete(self, path, tenant_uuid=None):
        self.log("DELETE", path)
        del self.objects[self.find(path)]
        return Answer({})


def change(target, action, name, value):
    """PATCH as a Controller does it: lists are merged, servers by address and port."""
    if not isinstance(value, list):
        if action == "add":
            target[name] = value
        elif target.get(name) == value:
            target[name] = None
        return
    known = (lambda s: (s["ip"]["addr"], s["port"])) if name == "servers" else (lambda ref: ref)
    entries = target.get(name) or []
    for entry in value:
        at = next((i for i, e in enumerate(entries) if known(e) == known(entry)), None)
        if action == "delete":
            entries = [e for e in entries if known(e) != known(entry)]
        elif at is None:
            entries = entries + [entry]
        elif name == "servers":
            entries[at] = dict(entries[at], **entry)
    target[name] = entries


def main():
    logging.disable(logging.CRITICAL)
    runner.vendored("requests")
    with open(sys.argv[1]) as f:
        vector = json.load(f)
    request = dict(vector, controller="recorder", user="recorder", password="recorder", certificates=Containers())
    runner.stand_in(request)
    sys.path.insert(0, os.environ["PYTHON_DRIVER"])
    from avi_lbaasv2 import avi_driver
    from avi_lbaasv2.avi_api import avi_api
    avi_driver.time.sleep = lambda seconds: None
    plugin = runner.Plugin(vector.get("subnets", {}))
    driver, recorder = avi_driver.AviDriver(plugin), Recorder(avi_api)
    driver.client.avi_session = recorder
    cloud = runner.Cloud(plugin, driver)
    for step in vector["steps"]:
        recorder.calls = []
        cloud.take(step["op"], step["type"], step.get("id"), step.get("body"))
        step["calls"] = recorder.calls
        step["objects"] = [{"type": k[0], "tenant": recorder.tenants[k], "object": copy.deepcopy(recorder.objects[k])}
                           for k in sorted(recorder.objects)]
    vector["calls_total"] = sum(len(step["calls"]) for step in vector["steps"])
    json.dump(vector, sys.stdout, indent=1, sort_keys=True)


if __name__ == "__main__":
    main()
