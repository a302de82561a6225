-- +goose Up
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
);
CREATE INDEX load_balancers_due ON load_balancers (due_at);
CREATE INDEX load_balancers_list ON load_balancers (project_id, created_at, id);

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
);
CREATE INDEX pools_tree ON pools (load_balancer_id);
CREATE INDEX pools_list ON pools (project_id, created_at, id);

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
);
CREATE UNIQUE INDEX listeners_port ON listeners (load_balancer_id, protocol_port, l4_protocol);
CREATE INDEX listeners_pool ON listeners (default_pool_id);
CREATE INDEX listeners_list ON listeners (project_id, created_at, id);

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
CREATE UNIQUE INDEX members_address ON members (pool_id, address, protocol_port);
CREATE INDEX members_tree ON members (load_balancer_id);

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
CREATE UNIQUE INDEX health_monitors_pool ON health_monitors (pool_id);
CREATE INDEX health_monitors_tree ON health_monitors (load_balancer_id);
CREATE INDEX health_monitors_list ON health_monitors (project_id, created_at, id);

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

-- What was made, or is about to be made, at the Controller for a load balancer.
CREATE TABLE avi_objects (
    load_balancer_id TEXT    NOT NULL REFERENCES load_balancers (id),
    type             TEXT    NOT NULL,
    uuid             TEXT    NOT NULL,
    tenant           TEXT    NOT NULL,
    -- The fields that were last written, as JSON; empty when a write was begun whose end is not known, or none was made.
    applied          TEXT    NOT NULL,
    PRIMARY KEY (load_balancer_id, type, uuid)
);

-- Load balancers whose VIP port is being made in Neutron: a row that outlives its request names a port that may have leaked.
CREATE TABLE port_intents (
    load_balancer_id TEXT    NOT NULL PRIMARY KEY,
    created_at       INTEGER NOT NULL
);

-- +goose Down
DROP TABLE port_intents;
DROP TABLE avi_objects;
DROP TABLE listener_statistics;
DROP TABLE health_monitors;
DROP TABLE members;
DROP TABLE listeners;
DROP TABLE pools;
DROP TABLE load_balancers;
