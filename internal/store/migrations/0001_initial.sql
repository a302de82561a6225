-- +goose Up
CREATE TABLE load_balancers (
    id                  VARCHAR(36)  NOT NULL PRIMARY KEY,
    project_id          VARCHAR(64)  NOT NULL,
    name                VARCHAR(255) NOT NULL,
    description         VARCHAR(255) NOT NULL,
    admin_state_up      SMALLINT     NOT NULL,
    provisioning_status VARCHAR(64)  NOT NULL,
    operating_status    VARCHAR(64)  NOT NULL,
    created_at          BIGINT       NOT NULL,
    updated_at          BIGINT       NOT NULL, -- 0: never
    doomed              SMALLINT     NOT NULL,
    provider            VARCHAR(255) NOT NULL,
    vip_address         VARCHAR(64)  NOT NULL,
    vip_subnet_id       VARCHAR(64)  NOT NULL,
    vip_network_id      VARCHAR(64)  NOT NULL,
    vip_port_id         VARCHAR(64)  NOT NULL,
    owns_port           SMALLINT     NOT NULL,
    status_reason       TEXT         NOT NULL,
    -- The queue: see worker.go.
    revision            BIGINT       NOT NULL DEFAULT 1, -- of the tree: +1 with every accepted request
    due_at              BIGINT,                          -- NULL: nothing to do
    attempts            INTEGER      NOT NULL DEFAULT 0, -- since the last accepted request
    lease_seq           BIGINT       NOT NULL DEFAULT 0, -- +1 with every claim
    lease_owner         VARCHAR(255) NOT NULL DEFAULT '',
    lease_until         BIGINT       NOT NULL DEFAULT 0
);
CREATE INDEX load_balancers_due ON load_balancers (due_at);
CREATE INDEX load_balancers_list ON load_balancers (project_id, created_at, id);

CREATE TABLE pools (
    id                  VARCHAR(36)  NOT NULL PRIMARY KEY,
    project_id          VARCHAR(64)  NOT NULL,
    name                VARCHAR(255) NOT NULL,
    description         VARCHAR(255) NOT NULL,
    admin_state_up      SMALLINT     NOT NULL,
    provisioning_status VARCHAR(64)  NOT NULL,
    operating_status    VARCHAR(64)  NOT NULL,
    created_at          BIGINT       NOT NULL,
    updated_at          BIGINT       NOT NULL,
    doomed              SMALLINT     NOT NULL,
    load_balancer_id    VARCHAR(36)  NOT NULL,
    protocol            VARCHAR(64)  NOT NULL,
    lb_algorithm        VARCHAR(64)  NOT NULL,
    session_persistence TEXT         NOT NULL, -- JSON, or empty
    FOREIGN KEY (load_balancer_id) REFERENCES load_balancers (id)
);
CREATE INDEX pools_tree ON pools (load_balancer_id);
CREATE INDEX pools_list ON pools (project_id, created_at, id);

CREATE TABLE listeners (
    id                  VARCHAR(36)  NOT NULL PRIMARY KEY,
    project_id          VARCHAR(64)  NOT NULL,
    name                VARCHAR(255) NOT NULL,
    description         VARCHAR(255) NOT NULL,
    admin_state_up      SMALLINT     NOT NULL,
    provisioning_status VARCHAR(64)  NOT NULL,
    operating_status    VARCHAR(64)  NOT NULL,
    created_at          BIGINT       NOT NULL,
    updated_at          BIGINT       NOT NULL,
    doomed              SMALLINT     NOT NULL,
    load_balancer_id    VARCHAR(36)  NOT NULL,
    protocol            VARCHAR(64)  NOT NULL,
    protocol_port       INTEGER      NOT NULL,
    l4_protocol         VARCHAR(64)  NOT NULL,
    connection_limit    INTEGER      NOT NULL,
    default_pool_id     VARCHAR(36)  NOT NULL, -- empty: none
    FOREIGN KEY (load_balancer_id) REFERENCES load_balancers (id)
);
CREATE UNIQUE INDEX listeners_port ON listeners (load_balancer_id, protocol_port, l4_protocol);
CREATE INDEX listeners_pool ON listeners (default_pool_id);
CREATE INDEX listeners_list ON listeners (project_id, created_at, id);

CREATE TABLE members (
    id                  VARCHAR(36)  NOT NULL PRIMARY KEY,
    project_id          VARCHAR(64)  NOT NULL,
    name                VARCHAR(255) NOT NULL,
    admin_state_up      SMALLINT     NOT NULL,
    provisioning_status VARCHAR(64)  NOT NULL,
    operating_status    VARCHAR(64)  NOT NULL,
    created_at          BIGINT       NOT NULL,
    updated_at          BIGINT       NOT NULL,
    doomed              SMALLINT     NOT NULL,
    load_balancer_id    VARCHAR(36)  NOT NULL,
    pool_id             VARCHAR(36)  NOT NULL,
    address             VARCHAR(64)  NOT NULL,
    protocol_port       INTEGER      NOT NULL,
    weight              INTEGER      NOT NULL,
    subnet_id           VARCHAR(64)  NOT NULL,
    FOREIGN KEY (load_balancer_id) REFERENCES load_balancers (id),
    FOREIGN KEY (pool_id) REFERENCES pools (id)
);
CREATE UNIQUE INDEX members_address ON members (pool_id, address, protocol_port);
CREATE INDEX members_tree ON members (load_balancer_id);

CREATE TABLE health_monitors (
    id                  VARCHAR(36)   NOT NULL PRIMARY KEY,
    project_id          VARCHAR(64)   NOT NULL,
    name                VARCHAR(255)  NOT NULL,
    admin_state_up      SMALLINT      NOT NULL,
    provisioning_status VARCHAR(64)   NOT NULL,
    operating_status    VARCHAR(64)   NOT NULL,
    created_at          BIGINT        NOT NULL,
    updated_at          BIGINT        NOT NULL,
    doomed              SMALLINT      NOT NULL,
    load_balancer_id    VARCHAR(36)   NOT NULL,
    pool_id             VARCHAR(36)   NOT NULL,
    type                VARCHAR(64)   NOT NULL,
    delay               INTEGER       NOT NULL,
    timeout             INTEGER       NOT NULL,
    max_retries         INTEGER       NOT NULL,
    max_retries_down    INTEGER       NOT NULL, -- 0: not given
    http_method         VARCHAR(64)   NOT NULL,
    url_path            VARCHAR(2048) NOT NULL,
    expected_codes      VARCHAR(255)  NOT NULL,
    FOREIGN KEY (load_balancer_id) REFERENCES load_balancers (id),
    FOREIGN KEY (pool_id) REFERENCES pools (id)
);
CREATE UNIQUE INDEX health_monitors_pool ON health_monitors (pool_id);
CREATE INDEX health_monitors_tree ON health_monitors (load_balancer_id);
CREATE INDEX health_monitors_list ON health_monitors (project_id, created_at, id);

CREATE TABLE listener_statistics (
    listener_id        VARCHAR(36) NOT NULL PRIMARY KEY,
    bytes_in           BIGINT      NOT NULL,
    bytes_out          BIGINT      NOT NULL,
    active_connections BIGINT      NOT NULL,
    total_connections  BIGINT      NOT NULL,
    request_errors     BIGINT      NOT NULL,
    -- What the sums are continued from: see the poller.
    sampled            TEXT        NOT NULL,
    FOREIGN KEY (listener_id) REFERENCES listeners (id) ON DELETE CASCADE
);

-- What was made, or is about to be made, at the Controller for a load balancer.
CREATE TABLE avi_objects (
    load_balancer_id VARCHAR(36)  NOT NULL,
    type             VARCHAR(64)  NOT NULL,
    uuid             VARCHAR(255) NOT NULL,
    tenant           VARCHAR(255) NOT NULL,
    -- The fields that were last written, as JSON; empty when a write was begun whose end is not known, or none was made.
    applied          TEXT         NOT NULL,
    PRIMARY KEY (load_balancer_id, type, uuid),
    FOREIGN KEY (load_balancer_id) REFERENCES load_balancers (id)
);

-- Load balancers whose VIP port is being made in Neutron: a row that outlives its request names a port that may have leaked.
CREATE TABLE port_intents (
    load_balancer_id VARCHAR(36) NOT NULL PRIMARY KEY,
    created_at       BIGINT      NOT NULL
);
