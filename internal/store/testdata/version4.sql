BEGIN TRANSACTION;
CREATE TABLE avi_objects (
    load_balancer_id TEXT    NOT NULL REFERENCES load_balancers (id),
    type             TEXT    NOT NULL,
    uuid             TEXT    NOT NULL,
    tenant           TEXT    NOT NULL,
    -- The fields that were last written, as JSON; empty when a write was begun whose end is not known, or none was made.
    applied          TEXT    NOT NULL, actual_uuid TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (load_balancer_id, type, uuid)
);
INSERT INTO "avi_objects" VALUES('a','pool','pool-1','t','{"name":"p"}','');
CREATE TABLE flavor_profiles (
    id            TEXT    NOT NULL PRIMARY KEY,
    name          TEXT    NOT NULL,
    provider_name TEXT    NOT NULL,
    flavor_data   TEXT    NOT NULL, -- JSON, as it was given
    created_at    INTEGER NOT NULL
);
CREATE TABLE flavors (
    id                TEXT    NOT NULL PRIMARY KEY,
    name              TEXT    NOT NULL,
    description       TEXT    NOT NULL,
    enabled           INTEGER NOT NULL,
    flavor_profile_id TEXT    NOT NULL REFERENCES flavor_profiles (id),
    created_at        INTEGER NOT NULL
);
CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO "goose_db_version" VALUES(1,0,1,'2026-01-01 00:00:00');
INSERT INTO "goose_db_version" VALUES(2,1,1,'2026-01-01 00:00:00');
INSERT INTO "goose_db_version" VALUES(3,2,1,'2026-01-01 00:00:00');
INSERT INTO "goose_db_version" VALUES(4,3,1,'2026-01-01 00:00:00');
INSERT INTO "goose_db_version" VALUES(5,4,1,'2026-01-01 00:00:00');
CREATE TABLE health_monitors (
    id                  TEXT    NOT NULL PRIMARY KEY,
    project_id          TEXT    NOT NULL,
    name                TEXT    NOT NULL,
    admin_state_up      INTEGER NOT NULL,
    provisioning_status TEXT    NOT NULL,
    operating_status    TEXT    NOT NULL,
    created_at          INTEGER NOT NULL,
    updated_at          INTEGER NOT NULL,
    doomed              INTEGER NOT NULL,
    load_balancer_id    TEXT    NOT NULL REFERENCES load_balancers (id),
    pool_id             TEXT    NOT NULL REFERENCES pools (id),
    type                TEXT    NOT NULL,
    delay               INTEGER NOT NULL,
    timeout             INTEGER NOT NULL,
    max_retries         INTEGER NOT NULL,
    max_retries_down    INTEGER NOT NULL, -- 0: not given
    http_method         TEXT    NOT NULL,
    url_path            TEXT    NOT NULL,
    expected_codes      TEXT    NOT NULL
);
CREATE TABLE l7_policies (
    id                  TEXT    NOT NULL PRIMARY KEY,
    project_id          TEXT    NOT NULL,
    name                TEXT    NOT NULL,
    description         TEXT    NOT NULL,
    admin_state_up      INTEGER NOT NULL,
    provisioning_status TEXT    NOT NULL,
    operating_status    TEXT    NOT NULL,
    created_at          INTEGER NOT NULL,
    updated_at          INTEGER NOT NULL,
    doomed              INTEGER NOT NULL,
    load_balancer_id    TEXT    NOT NULL REFERENCES load_balancers (id),
    listener_id         TEXT    NOT NULL REFERENCES listeners (id),
    action              TEXT    NOT NULL,
    redirect_pool_id    TEXT    NOT NULL, -- empty: none
    redirect_url        TEXT    NOT NULL,
    redirect_prefix     TEXT    NOT NULL,
    redirect_http_code  INTEGER NOT NULL, -- 0: none
    position            INTEGER NOT NULL  -- from 1; those of doomed policies do not count
);
CREATE TABLE l7_rules (
    id                  TEXT    NOT NULL PRIMARY KEY,
    project_id          TEXT    NOT NULL,
    name                TEXT    NOT NULL, -- always empty: LBaaS v2's rules have none
    admin_state_up      INTEGER NOT NULL,
    provisioning_status TEXT    NOT NULL,
    operating_status    TEXT    NOT NULL,
    created_at          INTEGER NOT NULL,
    updated_at          INTEGER NOT NULL,
    doomed              INTEGER NOT NULL,
    load_balancer_id    TEXT    NOT NULL REFERENCES load_balancers (id),
    listener_id         TEXT    NOT NULL REFERENCES listeners (id),
    l7policy_id         TEXT    NOT NULL REFERENCES l7_policies (id),
    type                TEXT    NOT NULL,
    compare_type        TEXT    NOT NULL,
    rule_key            TEXT    NOT NULL,
    rule_value          TEXT    NOT NULL,
    invert              INTEGER NOT NULL
);
CREATE TABLE listener_statistics (
    listener_id        TEXT    NOT NULL PRIMARY KEY REFERENCES listeners (id) ON DELETE CASCADE,
    bytes_in           INTEGER NOT NULL,
    bytes_out          INTEGER NOT NULL,
    active_connections INTEGER NOT NULL,
    total_connections  INTEGER NOT NULL,
    request_errors     INTEGER NOT NULL,
    -- What the sums are continued from: see the poller.
    sampled            TEXT    NOT NULL
);
CREATE TABLE listeners (
    id                  TEXT    NOT NULL PRIMARY KEY,
    project_id          TEXT    NOT NULL,
    name                TEXT    NOT NULL,
    description         TEXT    NOT NULL,
    admin_state_up      INTEGER NOT NULL,
    provisioning_status TEXT    NOT NULL,
    operating_status    TEXT    NOT NULL,
    created_at          INTEGER NOT NULL,
    updated_at          INTEGER NOT NULL,
    doomed              INTEGER NOT NULL,
    load_balancer_id    TEXT    NOT NULL REFERENCES load_balancers (id),
    protocol            TEXT    NOT NULL,
    protocol_port       INTEGER NOT NULL,
    l4_protocol         TEXT    NOT NULL,
    connection_limit    INTEGER NOT NULL,
    default_pool_id     TEXT    NOT NULL -- empty: none
, tls TEXT NOT NULL DEFAULT '', insert_headers TEXT NOT NULL DEFAULT '', allowed_cidrs TEXT NOT NULL DEFAULT '');
INSERT INTO "listeners" VALUES('a-l','project','name of a-l','',1,'ACTIVE','ONLINE',1767323045000006,0,0,'a','HTTP',80,'TCP',-1,'a-p','','','["10.0.0.0/8"]');
CREATE TABLE load_balancers (
    id                  TEXT    NOT NULL PRIMARY KEY,
    project_id          TEXT    NOT NULL,
    name                TEXT    NOT NULL,
    description         TEXT    NOT NULL,
    admin_state_up      INTEGER NOT NULL,
    provisioning_status TEXT    NOT NULL,
    operating_status    TEXT    NOT NULL,
    created_at          INTEGER NOT NULL,
    updated_at          INTEGER NOT NULL, -- 0: never
    doomed              INTEGER NOT NULL,
    provider            TEXT    NOT NULL,
    vip_address         TEXT    NOT NULL,
    vip_subnet_id       TEXT    NOT NULL,
    vip_network_id      TEXT    NOT NULL,
    vip_port_id         TEXT    NOT NULL,
    owns_port           INTEGER NOT NULL,
    status_reason       TEXT    NOT NULL,
    -- The queue: see worker.go.
    revision            INTEGER NOT NULL DEFAULT 1, -- of the tree: +1 with every accepted request
    due_at              INTEGER,                    -- NULL: nothing to do
    attempts            INTEGER NOT NULL DEFAULT 0, -- since the last accepted request
    lease_seq           INTEGER NOT NULL DEFAULT 0, -- +1 with every claim
    lease_owner         TEXT    NOT NULL DEFAULT '',
    lease_until         INTEGER NOT NULL DEFAULT 0
, vip_qos_policy_id TEXT NOT NULL DEFAULT '', vip_qos_applied   TEXT NOT NULL DEFAULT '', flavor_id         TEXT NOT NULL DEFAULT '', flavor_settings   TEXT NOT NULL DEFAULT '{}', vrf_key           TEXT NOT NULL DEFAULT '');
INSERT INTO "load_balancers" VALUES('a','project','name of a','d',1,'ACTIVE','ONLINE',1767323045000006,0,0,'avi_adc','10.0.0.10','s','n','o',1,'',3,NULL,0,0,'',0,'','','','{}','');
CREATE TABLE members (
    id                  TEXT    NOT NULL PRIMARY KEY,
    project_id          TEXT    NOT NULL,
    name                TEXT    NOT NULL,
    admin_state_up      INTEGER NOT NULL,
    provisioning_status TEXT    NOT NULL,
    operating_status    TEXT    NOT NULL,
    created_at          INTEGER NOT NULL,
    updated_at          INTEGER NOT NULL,
    doomed              INTEGER NOT NULL,
    load_balancer_id    TEXT    NOT NULL REFERENCES load_balancers (id),
    pool_id             TEXT    NOT NULL REFERENCES pools (id),
    address             TEXT    NOT NULL,
    protocol_port       INTEGER NOT NULL,
    weight              INTEGER NOT NULL,
    subnet_id           TEXT    NOT NULL
);
CREATE TABLE pools (
    id                  TEXT    NOT NULL PRIMARY KEY,
    project_id          TEXT    NOT NULL,
    name                TEXT    NOT NULL,
    description         TEXT    NOT NULL,
    admin_state_up      INTEGER NOT NULL,
    provisioning_status TEXT    NOT NULL,
    operating_status    TEXT    NOT NULL,
    created_at          INTEGER NOT NULL,
    updated_at          INTEGER NOT NULL,
    doomed              INTEGER NOT NULL,
    load_balancer_id    TEXT    NOT NULL REFERENCES load_balancers (id),
    protocol            TEXT    NOT NULL,
    lb_algorithm        TEXT    NOT NULL,
    session_persistence TEXT    NOT NULL -- JSON, or empty
, tls TEXT NOT NULL DEFAULT '');
INSERT INTO "pools" VALUES('a-p','project','name of a-p','',1,'ACTIVE','ONLINE',1767323045000006,0,0,'a','HTTP','ROUND_ROBIN','{"type":"HTTP_COOKIE"}','');
CREATE TABLE port_intents (
    load_balancer_id TEXT    NOT NULL PRIMARY KEY,
    created_at       INTEGER NOT NULL
);
CREATE TABLE tls_containers (
    load_balancer_id TEXT NOT NULL REFERENCES load_balancers (id) ON DELETE CASCADE,
    ref              TEXT NOT NULL,
    summary          TEXT NOT NULL, -- JSON
    PRIMARY KEY (load_balancer_id, ref)
);
CREATE INDEX load_balancers_due ON load_balancers (due_at);
CREATE INDEX load_balancers_list ON load_balancers (project_id, created_at, id);
CREATE INDEX pools_tree ON pools (load_balancer_id);
CREATE INDEX pools_list ON pools (project_id, created_at, id);
CREATE UNIQUE INDEX listeners_port ON listeners (load_balancer_id, protocol_port, l4_protocol);
CREATE INDEX listeners_pool ON listeners (default_pool_id);
CREATE INDEX listeners_list ON listeners (project_id, created_at, id);
CREATE UNIQUE INDEX members_address ON members (pool_id, address, protocol_port);
CREATE INDEX members_tree ON members (load_balancer_id);
CREATE UNIQUE INDEX health_monitors_pool ON health_monitors (pool_id);
CREATE INDEX health_monitors_tree ON health_monitors (load_balancer_id);
CREATE INDEX health_monitors_list ON health_monitors (project_id, created_at, id);
CREATE INDEX load_balancers_flavor ON load_balancers (flavor_id);
CREATE INDEX load_balancers_vrf ON load_balancers (vrf_key);
CREATE INDEX avi_objects_uuid ON avi_objects (uuid);
CREATE UNIQUE INDEX flavors_name ON flavors (name);
CREATE INDEX flavors_profile ON flavors (flavor_profile_id);
CREATE INDEX l7_policies_tree ON l7_policies (load_balancer_id);
CREATE INDEX l7_policies_listener ON l7_policies (listener_id, position);
CREATE INDEX l7_policies_pool ON l7_policies (redirect_pool_id);
CREATE INDEX l7_policies_list ON l7_policies (project_id, created_at, id);
CREATE INDEX l7_rules_tree ON l7_rules (load_balancer_id);
CREATE INDEX l7_rules_policy ON l7_rules (l7policy_id);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('goose_db_version',5);
COMMIT;
