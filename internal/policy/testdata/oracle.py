#!/usr/bin/python3
"""What oslo.policy itself decides: writes oracle.json beside this file, or released.json when told "released".

Run it with PYTHONPATH at a tree of Octavia's sources; it needs python3-oslo.policy. The expected decisions were made with
oslo.policy 4.0.0 and Octavia as of 2026-08; those of released.json with Octavia 14 (2024.1), whose rules know the
load-balancer_* roles only.
"""
import itertools
import json
import os
import random
import sys
import warnings

from oslo_config import cfg
from oslo_policy import _checks, policy

from octavia import policies

warnings.simplefilter('ignore')


@policy.register('is_admin')
class IsAdminCheck(policy.Check):
    """Octavia's own check (octavia/common/policy.py)."""

    def __init__(self, kind, match):
        self.expected = match.lower() == 'true'
        super().__init__(kind, str(self.expected))

    def __call__(self, target, creds, enforcer):
        return creds['is_admin'] == self.expected


def enforcer(**options):
    conf = cfg.ConfigOpts()
    conf([], project='none')
    e = policy.Enforcer(conf, use_conf=False)
    for name, value in options.items():
        conf.set_override(name, value, group='oslo_policy')
    return e


def credentials(who):
    keys = ['user_id', 'user_domain_id', 'system_scope', 'domain_id', 'project_id', 'project_domain_id', 'service_user_id',
            'service_user_domain_id', 'service_project_id', 'service_project_domain_id']
    c = {k: who.get(k) for k in keys}
    c['roles'], c['service_roles'], c['is_admin_project'] = who.get('roles', []), who.get('service_roles', []), True
    c['is_admin'] = False
    return c


def bearer(e, who):
    c = credentials(who)
    try:
        c['is_admin'] = e.enforce('context_is_admin', dict(c), dict(c))
    except policy.InvalidScope:
        pass
    return c


def may(e, name, target, c):
    try:
        return bool(e.enforce(name, target, dict(c)))
    except policy.InvalidScope:
        return False


roles = ['admin', 'member', 'reader', 'service', 'load-balancer_admin', 'load-balancer_member', 'load-balancer_observer',
         'load-balancer_global_observer', 'load-balancer_quota_admin', 'Load-Balancer_Admin', 'MEMBER', 'creator']
people = [{'user_id': 'u', 'project_id': 'own', 'roles': [r]} for r in roles]
people += [{'user_id': 'u', 'system_scope': 'all', 'roles': [r]} for r in roles]
people += [{'user_id': 'u', 'domain_id': 'd', 'roles': [r]} for r in roles[:6]]
people += [{'user_id': 'u', 'project_id': 'own', 'roles': r} for r in ([], ['member', 'reader'], ['reader', 'load-balancer_member'])]

defaults = [{'name': r.name, 'rule': r.check_str, 'deprecated': r.deprecated_rule.check_str if r.deprecated_rule else '',
             'scopes': r.scope_types or []} for r in policies.list_rules()]


def write(name, content):
    with open(os.path.join(os.path.dirname(__file__), name), 'w') as f:
        json.dump(content, f, separators=(',', ':'))
        f.write('\n')


released = sys.argv[1:] == ['released']
decisions = []
for new, scope in itertools.product([False] if released else [False, True], [False, True]):
    e = enforcer(enforce_new_defaults=new, enforce_scope=scope)
    e.register_defaults(list(policies.list_rules()))
    e.use_conf = True
    e.load_rules()
    for who in people:
        for project in ['own', 'other', None]:
            c = bearer(e, who)
            decisions.append({'new': new, 'scope': scope, 'who': who, 'project': project, 'allowed': ''.join(
                '1' if may(e, n['name'], {'project_id': project}, c) else '0' for n in defaults)})

if released:
    write('released.json', {'defaults': defaults, 'decisions': decisions})
    sys.exit()

who = {'user_id': 'u', 'project_id': 'own', 'roles': ['Member', 'reader'], 'service_roles': ['service'], 'service_user_id': 's'}
target = {'project_id': 'own', 'user_id': 'x', 'role': 'reader', 'target.project.id': 'own', 'empty': None}
checks = ['@', '!', 'role:member', 'role:MEMBER', 'role:admin', 'role:%(role)s', 'role:%(nothing)s', 'project_id:%(project_id)s',
          'user_id:%(user_id)s', 'user_id:u', 'roles:Member', 'roles:member', "'own':%(project_id)s", '"own":%(project_id)s',
          'None:%(empty)s', 'domain_id:%(empty)s', 'domain_id:None', 'True:True', '1:1', 'project_id:%(target.project.id)s',
          'system_scope:all', 'service_roles:service', 'service_user_id:s', 'rule:yes', 'rule:no', 'rule:missing', 'is_admin:True',
          'is_admin:False', 'is_admin:nonsense', 'project_id:%%', 'nothing:%(project_id)s', 'user_id:%(project_id)s%(user_id)s',
          'is_admin_project:True', 'project_id:o%(missing)s']
rnd = random.Random(7)


def expression(depth):
    kind = rnd.random()
    if depth == 0 or kind < 0.3:
        return rnd.choice(checks)
    if kind < 0.45:
        return rnd.choice(['not ', 'NOT  ']) + operand(depth)
    joined = rnd.choice([' and ', ' or ', ' AND ', ' Or ', ' and ', ' or\n '])
    return joined.join(operand(depth) if rnd.random() < .5 else expression(depth - 1) for _ in range(rnd.randint(2, 3)))


def operand(depth):
    return rnd.choice(['(%s)', '( %s )', '((%s))']) % expression(depth - 1)


mistakes = ['', 'a', 'role:a role:b', 'and', 'not', 'role:a and', 'or role:a', '(role:a', 'role:a)', '()', "'quoted'", '"role:a"',
            'role:a not role:b', 'not not role:member', 'not (not role:member)']
lists = [[], [[]], ['role:member'], [['role:member', 'role:admin'], ['rule:yes']], [['role:member', 'role:admin']], [[], 'rule:no'],
         ['role:admin', ['project_id:%(project_id)s']], ['@'], ['!'], [['!', '@']]]
e = enforcer()
language = []
for rule in checks + [expression(3) for _ in range(200)] + mistakes + lists:
    rules = policy.Rules.from_dict({'yes': '@', 'no': '!'})
    rules['asked'] = policy._parser.parse_rule(rule)
    if isinstance(rules['asked'], str):  # a quoted text alone slips through the parser and breaks the judging
        language.append({'rule': rule, 'failed': True, 'allowed': False})
        continue
    failed = isinstance(rules['asked'], _checks.FalseCheck) and rule not in ('!', [[]], ['!'], [[], 'rule:no'])
    e.set_rules(rules)
    language.append({'rule': rule, 'failed': failed, 'allowed': may(e, 'asked', target, credentials(who))})

write('oracle.json', {'defaults': defaults, 'who': who, 'target': target, 'language': language, 'decisions': decisions})
