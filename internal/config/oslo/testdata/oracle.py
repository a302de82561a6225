"""Writes oracle.json: what oslo.config makes of the cases below.

Run it with the Python that has oslo.config (Debian: python3-oslo.config):

    /usr/bin/python3 oracle.py > oracle.json

The Go tests read oracle.json only.
"""
import json
import os
import sys
import tempfile

from oslo_config import cfg
from oslo_config import types

FILES = [
    "", "\n\n", "[a]\nk = v\n", "[a]\nk: v\n", "[a]\nk=v=w:x\n", "[a]\nk:v=w\n",
    "[a]\nk =\n", "[a]\nk\n", "[a]\n= v\n", "[a]\n : v\n", "k = v\n", "k = v\n[a]\n",
    "[a]\nk = 'v'\n", '[a]\nk = "v"\n', "[a]\nk = 'v\"\n", "[a]\nk = '\n", "[a]\nk = ''\n", "[a]\nk = 'a' b 'c'\n",
    "[a]\nk = 'v\n  w'\n", "[a]\nk = \"v\"\n  w\n",
    "[a]\nk = v\n  w\n\tx\n", "[a]\nk = v\n\n  w\n", "[a]\nk = v\n# c\n  w\n", "[a]\nk = v\n  # c\n", "  k = v\n", "[a]\n  k = v\n",
    "[a]\nk =\n  one\n  two\n", "[a]\nk = v\n   \n  w\n",
    "# c\n; c\n[a]\nk = a # b ; c\n", "[a] # c\nk = v\n", "[a\nk = v\n", "[]\nk = v\n", "[ a ]\nk = v\n", "[a]b]\nk = v\n",
    "[a]\nk = 1\nk = 2\n", "[a]\nk = 1\n[b]\nk = 2\n[a]\nk = 3\n", "[A]\nk = 1\n[a]\nk = 2\n", "[DEFAULT]\nk = 1\n[default]\nk = 2\n",
    "[a]\r\nk = v\r\n  w\r\n", "[a]\rk = v\r", "[a]\nk = v\x0b\n", "[a]\nk = v\x1c\n", "[a]\n\u00a0k\u3000= \u2003v\u00a0\n", "[a]\nk\u00e4 = \u00fc\n",
    "[a]\npw1 = abc#def\npw2 = abc ; def\npw3 = `tick`\npw4 = %(host)s\npw5 = a\\\npw6 = b\n", "\ufeff[a]\nk = v\n",
    "[a]\nK = 1\nk = 2\na-b = 3\n", "[a]\nk = v", "[a]\nk = v\n bad\nx\n", "[a]\nk = [x]\n[b]\n",
]

EXPANSIONS = [
    "[a]\nk = $x\nx = 1\n", "[a]\nk = ${x}y\nx = 1\n", "[a]\nk = $x\n[DEFAULT]\nx = d\n", "[a]\nk = $x\nx = own\n[DEFAULT]\nx = d\n",
    "[a]\nk = $b.x/${b.x}\n[b]\nx = 1\n", "[a]\nk = $B.x\n[b]\nx = 1\n", "[a]\nk = $X\nx = 1\n", "[a]\nk = $$x $$ \\$x $ $1 ${x ${} $-\nx = 1\n",
    "[a]\nk = $x\nx = $b.y\n[b]\ny = $z\nz = deep\n[DEFAULT]\nz = no\n", "[a]\nk = $none\n", "[a]\nk = $none.x\n", "[a]\nk = $k\n", "[a]\nk = $x\nx = $k\n",
    "[a]\nk = $x.\nx = 1\n", "[a]\nk = $x-y\nx = 1\n", "[a]\nk = pa$$$$wd\n", "[a]\nk = $x\nx = $$y\ny = 1\n",
    "[DEFAULT]\nk = $x\nx = 1\n", "[a]\nk = 1\n  $x\nx = 2\n", "[a]\nk = $x$x\nx = 1\n",
]

BOOLEANS = ["true", "True", "TRUE", "yes", "on", "1", "false", "No", "OFF", "0", "", "t", "y", "2", " true", "none"]
INTEGERS = ["0", "12", "-3", "+4", " 5 ", "1_000", "_1", "1_", "1__0", "0x10", "1.0", "abc", "007", "- 1"]
FLOATS = ["0", "1.5", "-2", "+.5", "5.", "1e3", "1E-2", "1_0.2_5", "inf", "-Infinity", "nan", "0x1p-2", "abc", ".", "1e", "1e400", " 7 "]
LISTS = ["", "a", "a,b", " a , b ", "a,,b", "a,b,", "a,b,,", ",", ",a", "'a', 'b'", "'a,b',c", "\"a\", 'b", "'", "''", "a'b,c'd", "'a' x,b'", "a, ,", "'a,'"]
DICTS = ["", "a:1", "a:1,b:2", " a : 1 , b : 2 ", "a:1:2", "a", "a:1,b", "a,b:1", ":1", "a:1,a:2", "a:1,", "a:", "a: x, y, b: z", "avi_adc: Avi, amphora: 'The driver'"]


def parsed(text):
    with tempfile.TemporaryDirectory() as tmp:
        path = os.path.join(tmp, "x.conf")
        with open(path, "w", newline="") as f:
            f.write(text)
        normalized = {}
        parser = cfg.ConfigParser(path, {})
        parser._add_normalized(normalized)
        try:
            parser.parse()
        except cfg.iniparser.ParseError as e:
            return {"file": text, "error_line": e.lineno}
        return {"file": text, "sections": normalized}


def expanded(text):
    with tempfile.TemporaryDirectory() as tmp:
        path = os.path.join(tmp, "x.conf")
        with open(path, "w", newline="") as f:
            f.write(text)
        normalized = {}
        parser = cfg.ConfigParser(path, {})
        parser._add_normalized(normalized)
        parser.parse()
        conf = cfg.ConfigOpts()
        for section, keys in normalized.items():
            conf.register_opts([cfg.StrOpt(k) for k in keys], None if section == "DEFAULT" else section)
        conf(["--config-file", path], project="x")
        try:
            return {"file": text, "value": conf.a.k if "a" in normalized else conf.k}
        except (cfg.Error, RecursionError):
            return {"file": text, "error": True}


def converted(kind, texts):
    cases = []
    for text in texts:
        try:
            value = kind(text)
        except ValueError:
            cases.append({"text": text, "error": True})
            continue
        if isinstance(value, dict):
            value = [[k, v] for k, v in value.items()]
        elif isinstance(value, (bool, int, float)):
            value = repr(value)
        cases.append({"text": text, "value": value})
    return cases


json.dump({
    "files": [parsed(t) for t in FILES],
    "expansions": [expanded(t) for t in EXPANSIONS],
    "booleans": converted(types.Boolean(), BOOLEANS),
    "integers": converted(types.Integer(), INTEGERS),
    "floats": converted(types.Float(), FLOATS),
    "lists": converted(types.List(), LISTS),
    "quoted_lists": converted(types.List(types.String(quotes=True)), LISTS),
    "dicts": converted(types.Dict(), DICTS),
}, sys.stdout, indent=1)
sys.stdout.write("\n")
