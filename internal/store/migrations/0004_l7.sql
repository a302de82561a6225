-- +goose Up
CREATE TABLE l7_policies (
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
    listener_id         VARCHAR(36)  NOT NULL,
    action              VARCHAR(64)  NOT NULL,
    redirect_pool_id    VARCHAR(36)  NOT NULL, -- empty: none
    redirect_url        VARCHAR(255) NOT NULL,
    redirect_prefix     VARCHAR(255) NOT NULL,
    redirect_http_code  INTEGER      NOT NULL, -- 0: none
    position            INTEGER      NOT NULL, -- from 1; those of doomed policies do not count
    FOREIGN KEY (load_balancer_id) REFERENCES load_balancers (id),
    FOREIGN KEY (listener_id) REFERENCES listeners (id)
);
CREATE INDEX l7_policies_tree ON l7_policies (load_balancer_id);
CREATE INDEX l7_policies_listener ON l7_policies (listener_id, position);
CREATE INDEX l7_policies_pool ON l7_policies (redirect_pool_id);
CREATE INDEX l7_policies_list ON l7_policies (project_id, created_at, id);

CREATE TABLE l7_rules (
    id                  VARCHAR(36)  NOT NULL PRIMARY KEY,
    project_id          VARCHAR(64)  NOT NULL,
    name                VARCHAR(255) NOT NULL, -- always empty: LBaaS v2's rules have none
    admin_state_up      SMALLINT     NOT NULL,
    provisioning_status VARCHAR(64)  NOT NULL,
    operating_status    VARCHAR(64)  NOT NULL,
    created_at          BIGINT       NOT NULL,
    updated_at          BIGINT       NOT NULL,
    doomed              SMALLINT     NOT NULL,
    load_balancer_id    VARCHAR(36)  NOT NULL,
    listener_id         VARCHAR(36)  NOT NULL,
    l7policy_id         VARCHAR(36)  NOT NULL,
    type                VARCHAR(64)  NOT NULL,
    compare_type        VARCHAR(64)  NOT NULL,
    rule_key            VARCHAR(255) NOT NULL,
    rule_value          VARCHAR(255) NOT NULL,
    invert              SMALLINT     NOT NULL,
    FOREIGN KEY (load_balancer_id) REFERENCES load_balancers (id),
    FOREIGN KEY (listener_id) REFERENCES listeners (id),
    FOREIGN KEY (l7policy_id) REFERENCES l7_policies (id)
);
CREATE INDEX l7_rules_tree ON l7_rules (load_balancer_id);
CREATE INDEX l7_rules_policy ON l7_rules (l7policy_id);

ALTER TABLE listeners ADD COLUMN insert_headers TEXT NOT NULL DEFAULT (''); -- JSON, or empty
ALTER TABLE listeners ADD COLUMN allowed_cidrs TEXT NOT NULL DEFAULT ('');  -- JSON, or empty
