-- +goose Up
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
CREATE INDEX l7_policies_tree ON l7_policies (load_balancer_id);
CREATE INDEX l7_policies_listener ON l7_policies (listener_id, position);
CREATE INDEX l7_policies_pool ON l7_policies (redirect_pool_id);
CREATE INDEX l7_policies_list ON l7_policies (project_id, created_at, id);

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
CREATE INDEX l7_rules_tree ON l7_rules (load_balancer_id);
CREATE INDEX l7_rules_policy ON l7_rules (l7policy_id);

ALTER TABLE listeners ADD COLUMN insert_headers TEXT NOT NULL DEFAULT ''; -- JSON, or empty
ALTER TABLE listeners ADD COLUMN allowed_cidrs TEXT NOT NULL DEFAULT '';  -- JSON, or empty

-- +goose Down
ALTER TABLE listeners DROP COLUMN allowed_cidrs;
ALTER TABLE listeners DROP COLUMN insert_headers;
DROP TABLE l7_rules;
DROP TABLE l7_policies;
