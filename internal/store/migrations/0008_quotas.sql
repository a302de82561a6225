-- +goose Up
-- The limits that projects have instead of the defaults.
CREATE TABLE quotas (
    id         VARCHAR(36) NOT NULL PRIMARY KEY, -- of the project
    limits     TEXT        NOT NULL DEFAULT (''), -- JSON: the limits by kind; one that is missing is the default
    created_at BIGINT      NOT NULL
);
CREATE INDEX quotas_list ON quotas (created_at, id);

-- How many objects of a kind each project has. A project's rows are made by the first change of the number of its objects, all
-- at once; from then on every transaction that adds or removes objects changes them.
CREATE TABLE quota_usage (
    project_id VARCHAR(36) NOT NULL,
    kind       VARCHAR(36) NOT NULL,
    used       BIGINT      NOT NULL,
    counted_at BIGINT      NOT NULL, -- when the objects themselves were counted last
    PRIMARY KEY (project_id, kind)
);

-- +goose Down
DROP TABLE quota_usage;
DROP TABLE quotas;
