"""Runs Avi's Python driver for neutron-lbaas (avi_lbaasv2, 18.2.x) without OpenStack: LBaaS v2 operations go in, and the driver
itself sends its requests to a Controller.

The driver is not part of this project: PYTHON_DRIVER names a checkout of it. It is Python 2.7, and the interpreter needs
"requests" (the copy inside its pip will do). What the driver imports of OpenStack are stand-ins of this file, no more than it
uses: the data models with the relations that neutron-lbaas' own have, the certificate manager, and Neutron's flavors.

Reads a JSON object from standard input:

  controller    host:port; user and password
  config        options of [avi_adc] that differ from their defaults
  flavors       flavor id -> metainfo of its service profile
  subnets       subnet id -> what Neutron says of it
  certificates  container reference -> {"certificate", "private_key", "intermediates": [...], "passphrase"}
  steps         [{"op", "type", "id", "body"}]: create, update and delete with LBaaS v2's own attribute names

and writes what neutron-lbaas' tables hold afterwards, and the steps that failed:

  {"tables": {"lbaas_loadbalancers": [{column: value}]}, "failed": ["..."]}
"""
from __future__ import print_function

import json
import logging
import os
import sys
import types


def module(name, **members):
    """Makes a module, with its parents, and gives it."""
    parent = None
    path = ""
    for part in name.split("."):
        path = path + "." + part if path else part
        if path not in sys.modules:
            sys.modules[path] = types.ModuleType(path)
            sys.modules[path].__path__ = []
        if parent is not None:
            setattr(parent, part, sys.modules[path])
        parent = sys.modules[path]
    for key, value in members.items():
        setattr(parent, key, value)
    return parent


def vendored(name):
    """Takes what pip brings where the interpreter has no package of its own."""
    try:
        __import__(name)
    except ImportError:
        __import__("pip._internal")  # in this order, or the two import each other
        __import__("pip._vendor." + name)
        for key, value in list(sys.modules.items()):
            prefix = "pip._vendor." + name
            if key == prefix or key.startswith(prefix + "."):
                sys.modules[key[len("pip._vendor."):]] = value


class Record(object):
    """One row, with the relations of neutron-lbaas' models as properties."""

    def __init__(self, plugin, columns):
        self.__dict__.update(columns)
        self.plugin = plugin

    def __repr__(self):
        return "<%s %s>" % (type(self).__name__, getattr(self, "id", ""))


class LoadBalancer(Record):
    table = "lbaas_loadbalancers"
    defaults = {"name": "", "description": "", "admin_state_up": True, "flavor_id": None, "vip_port_id": None}

    @property
    def listeners(self):
        return [l for l in self.plugin.all(Listener) if l.loadbalancer_id == self.id]

    @property
    def pools(self):
        return [p for p in self.plugin.all(Pool) if p.loadbalancer_id == self.id]

    @property
    def root_loadbalancer(self):
        return self


class Listener(Record):
    table = "lbaas_listeners"
    defaults = {"name": "", "description": "", "admin_state_up": True, "connection_limit": -1, "default_pool_id": None,
                "default_tls_container_id": None}

    @property
    def loadbalancer(self):
        return self.plugin.get(LoadBalancer, self.loadbalancer_id)

    @property
    def default_pool(self):
        return self.plugin.get(Pool, self.default_pool_id)

    @property
    def sni_containers(self):
        rows = [s for s in self.plugin.all(SNI) if s.listener_id == self.id]
        return sorted(rows, key=lambda s: s.position)

    @property
    def root_loadbalancer(self):
        return self.loadbalancer


class SNI(Record):
    table = "lbaas_sni"
    defaults = {}


class Pool(Record):
    table = "lbaas_pools"
    defaults = {"name": "", "description": "", "admin_state_up": True, "healthmonitor_id": None}

    @property
    def loadbalancer(self):
        return self.plugin.get(LoadBalancer, self.loadbalancer_id)

    root_loadbalancer = loadbalancer

    @property
    def listeners(self):
        return [l for l in self.plugin.all(Listener) if l.default_pool_id == self.id]

    @property
    def listener(self):
        return self.listeners[0] if self.listeners else None

    @property
    def members(self):
        return [m for m in self.plugin.all(Member) if m.pool_id == self.id]

    @property
    def healthmonitor(self):
        return self.plugin.get(HealthMonitor, self.healthmonitor_id)

    @property
    def session_persistence(self):
        return self.plugin.get(SessionPersistence, self.id)


class SessionPersistence(Record):
    table = "lbaas_sessionpersistences"
    defaults = {"cookie_name": None}


class Member(Record):
    table = "lbaas_members"
    defaults = {"name": "", "weight": 1, "admin_state_up": True, "subnet_id": None}

    @property
    def pool(self):
        return self.plugin.get(Pool, self.pool_id)

    @property
    def root_loadbalancer(self):
        return self.pool.loadbalancer


class HealthMonitor(Record):
    table = "lbaas_healthmonitors"
    defaults = {"name": "", "admin_state_up": True, "http_method": "GET", "url_path": "/", "expected_codes": "200",
                "max_retries_down": 3}

    @property
    def pool(self):
        return next((p for p in self.plugin.all(Pool) if p.healthmonitor_id == self.id), None)

    @property
    def root_loadbalancer(self):
        return self.pool.loadbalancer


class Plugin(object):
    """What the driver sees of neutron-lbaas' plugin: the database, and the core plugin's subnets."""

    def __init__(self, subnets):
        self.rows = {}
        self.subnets = subnets
        self.db = self
        self._core_plugin = self

    def all(self, model):
        return [r for r in self.rows.get(model.table, [])]

    def get(self, model, key):
        return next((r for r in self.all(model) if getattr(r, "id", getattr(r, "pool_id", None)) == key), None)

    def add(self, model, columns):
        row = dict(model.defaults)
        row.update(columns)
        record = model(self, row)
        self.rows.setdefault(model.table, []).append(record)
        return record

    def remove(self, model, condition):
        self.rows[model.table] = [r for r in self.all(model) if not condition(r)]

    def get_loadbalancer(self, context, id):
        return self.get(LoadBalancer, id)

    def get_listener(self, context, id):
        return self.get(Listener, id)

    def get_pool(self, context, id):
        return self.get(Pool, id)

    def get_subnet(self, context, id):
        return self.subnets[id]


class Manager(object):
    """The base of the driver's managers: what they say of how an operation ended goes into the table."""

    def __init__(self, driver):
        self.driver = driver

    def successful_completion(self, context, obj, delete=False):
        obj.provisioning_status = "DELETED" if delete else "ACTIVE"

    def failed_completion(self, context, obj):
        obj.provisioning_status = "ERROR"


class Driver(object):
    def __init__(self, plugin):
        self.plugin = plugin


class Certificate(object):
    """A certificate as neutron-lbaas' certificate manager gives it."""

    def __init__(self, of):
        self.of = of

    def get_certificate(self):
        return self.of["certificate"]

    def get_private_key(self):
        return self.of["private_key"]

    def get_private_key_passphrase(self):
        return self.of.get("passphrase")

    def get_intermediates(self):
        return self.of.get("intermediates")


def stand_in(request):
    """Puts modules in place of what the driver imports."""
    certificates, flavors = request.get("certificates", {}), request.get("flavors", {})

    class CertManager(object):
        def get_cert(self, project_id, cert_ref, **kwargs):
            return Certificate(certificates[cert_ref])

    backend = types.ModuleType("backend")
    backend.CertManager = CertManager
    module("neutron_lbaas.common.cert_manager", get_backend=lambda: backend)
    module("neutron_lbaas.services.loadbalancer.constants", STATS_IN_BYTES="bytes_in", STATS_OUT_BYTES="bytes_out",
           STATS_ACTIVE_CONNECTIONS="active_connections", STATS_TOTAL_CONNECTIONS="total_connections")
    module("neutron_lbaas.drivers.driver_base", LoadBalancerBaseDriver=Driver, BaseLoadBalancerManager=Manager,
           BaseListenerManager=Manager, BasePoolManager=Manager, BaseMemberManager=Manager, BaseHealthMonitorManager=Manager)

    class Binding(object):
        @staticmethod
        def get_objects(context, flavor_id):
            if flavor_id not in flavors:
                return []
            binding = Binding()
            binding.service_profile_id = flavor_id
            return [binding]

    class Profile(object):
        @staticmethod
        def get_object(context, id):
            profile = Profile()
            profile.metainfo = flavors[id]
            return profile

    module("neutron.objects.flavor", FlavorServiceProfileBinding=Binding, ServiceProfile=Profile)
    stand_in_oslo(request.get("config", {}), request)


def stand_in_oslo(options, request):
    values = {"address": request["controller"], "user": request["user"], "password": request["password"]}
    values.update(options)

    class Option(object):
        def __init__(self, name, default=None, **kwargs):
            self.name, self.default = name, default

    class Conf(dict):
        def register_opts(self, opts, group):
            section = self.setdefault(group, types.ModuleType(str(group)))
            for opt in opts:
                setattr(section, opt.name, values.get(opt.name, opt.default))

    module("oslo_config.cfg", StrOpt=Option, BoolOpt=Option, CONF=Conf())

    class Reraise(object):
        def __enter__(self):
            self.pending = sys.exc_info()

        def __exit__(self, kind, value, trace):
            raise self.pending[1]

    module("oslo_utils.excutils", save_and_reraise_exception=Reraise)

    class IPAddress(object):
        def __init__(self, text):
            self.version = 6 if ":" in text else 4

    try:
        import netaddr  # noqa: F401
    except ImportError:
        module("netaddr", IPAddress=IPAddress)


class Cloud(object):
    """Carries out LBaaS v2 operations as neutron-lbaas' plugin does: the row first, as PENDING, then the driver."""

    models = {"loadbalancer": LoadBalancer, "listener": Listener, "pool": Pool, "member": Member,
              "healthmonitor": HealthMonitor}

    def __init__(self, plugin, driver):
        self.plugin, self.driver = plugin, driver
        self.managers = {
            "loadbalancer": driver.load_balancer, "listener": driver.listener, "pool": driver.pool, "member": driver.member,
            "healthmonitor": driver.health_monitor,
        }

    def take(self, op, kind, key, body):
        getattr(self, op)(kind, self.models[kind], key, dict(body or {}))

    def create(self, kind, model, key, body):
        owner = self.project(kind, body)
        columns, extra = self.columns(kind, body)
        columns.setdefault("project_id", owner)
        columns["tenant_id"] = columns["project_id"]
        columns.update(provisioning_status="PENDING_CREATE", operating_status="OFFLINE")
        if kind == "pool" and extra.get("listener_id"):
            columns.setdefault("loadbalancer_id", self.plugin.get(Listener, extra["listener_id"]).loadbalancer_id)
        row = self.plugin.add(model, columns)
        self.relate(kind, row, extra)
        self.managers[kind].create(None, row)

    def update(self, kind, model, key, body):
        row = self.plugin.get(model, key)
        old = model(self.plugin, {k: v for k, v in row.__dict__.items() if k != "plugin"})
        columns, extra = self.columns(kind, body)
        row.__dict__.update(columns)
        self.relate(kind, row, extra)
        row.provisioning_status = "PENDING_UPDATE"
        self.managers[kind].update(None, old, row)

    def delete(self, kind, model, key, body):
        row = self.plugin.get(model, key)
        row.provisioning_status = "PENDING_DELETE"
        self.managers[kind].delete(None, row)
        self.plugin.remove(model, lambda r: r.id == key)
        if kind == "listener":
            self.plugin.remove(SNI, lambda s: s.listener_id == key)
        if kind == "healthmonitor":
            for pool in self.plugin.all(Pool):
                if pool.healthmonitor_id == key:
                    pool.healthmonitor_id = None
        if kind == "pool":
            self.plugin.remove(Member, lambda m: m.pool_id == key)
            self.plugin.remove(SessionPersistence, lambda s: s.pool_id == key)
            for listener in self.plugin.all(Listener):
                if listener.default_pool_id == key:
                    listener.default_pool_id = None

    def columns(self, kind, body):
        """Divides the attributes of a request into columns of the object's own table and what is kept elsewhere."""
        extra = {}
        for name in ("listener_id", "session_persistence", "sni_container_refs"):
            if name in body and kind in ("pool", "listener"):
                extra[name] = body.pop(name)
        if kind == "healthmonitor" and "pool_id" in body:
            extra["pool_id"] = body.pop("pool_id")
        if "default_tls_container_ref" in body:
            body["default_tls_container_id"] = body.pop("default_tls_container_ref")
        return body, extra

    def relate(self, kind, row, extra):
        if kind == "pool" and extra.get("listener_id"):
            self.plugin.get(Listener, extra["listener_id"]).default_pool_id = row.id
        if kind == "healthmonitor" and extra.get("pool_id"):
            self.plugin.get(Pool, extra["pool_id"]).healthmonitor_id = row.id
        if "session_persistence" in extra:
            self.plugin.remove(SessionPersistence, lambda s: s.pool_id == row.id)
            if extra["session_persistence"]:
                self.plugin.add(SessionPersistence, dict(extra["session_persistence"], pool_id=row.id))
        if "sni_container_refs" in extra:
            self.plugin.remove(SNI, lambda s: s.listener_id == row.id)
            for position, ref in enumerate(extra["sni_container_refs"] or []):
                self.plugin.add(SNI, {"listener_id": row.id, "tls_container_id": ref, "position": position})

    def project(self, kind, body):
        """A part belongs to the project of what it is part of."""
        if body.get("project_id"):
            return body["project_id"]
        for name, model in (("loadbalancer_id", LoadBalancer), ("listener_id", Listener), ("pool_id", Pool)):
            if body.get(name):
                return self.plugin.get(model, body[name]).project_id
        raise KeyError("no project for a " + kind)


def tables(plugin):
    """The rows as a dump has them."""
    out = {}
    for model in (LoadBalancer, Listener, Pool, Member, HealthMonitor, SessionPersistence, SNI):
        out[model.table] = [
            {k: v for k, v in r.__dict__.items() if k not in ("plugin", "tenant_id")} for r in plugin.all(model)]
    return out


def main():
    checkout = os.environ.get("PYTHON_DRIVER")
    if not checkout:
        sys.exit("PYTHON_DRIVER has to name a checkout of the Python driver")
    if sys.version_info[0] != 2:
        sys.exit("the Python driver is Python 2.7: its arithmetic comes out otherwise in Python 3")
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    vendored("requests")
    request = json.load(sys.stdin)
    stand_in(request)
    sys.path.insert(0, checkout)
    from avi_lbaasv2 import avi_driver
    avi_driver.time.sleep = lambda seconds: None  # after the deletion of a load balancer
    plugin = Plugin(request.get("subnets", {}))
    cloud = Cloud(plugin, avi_driver.AviDriver(plugin))
    failed = []
    for number, step in enumerate(request["steps"], 1):
        try:
            cloud.take(step["op"], step["type"], step.get("id"), step.get("body"))
        except Exception as e:  # whatever the driver stumbles over is the finding
            failed.append("step %d (%s %s): %s: %s" % (number, step["op"], step["type"], type(e).__name__, e))
    json.dump({"tables": tables(plugin), "failed": failed}, sys.stdout, indent=1, sort_keys=True)


if __name__ == "__main__":
    main()
