-- +goose Up
-- How many objects of a kind each project has: the sum over its slots, of which each transaction that adds or removes objects
-- changes one, so that those of one project need not wait for each other. A project's rows are made by the first change of the
-- number of its objects, all at once. They take the place of quota_usage, and are counted anew.
CREATE TABLE quota_slots (
    project_id VARCHAR(36) NOT NULL,
    kind       VARCHAR(36) NOT NULL,
    slot       SMALLINT    NOT NULL,
    used       BIGINT      NOT NULL, -- may be negative: objects may be removed through another slot
    epoch      BIGINT      NOT NULL, -- +1, in all slots, when limits change: whoever has seen the old ones looks again
    PRIMARY KEY (project_id, kind, slot)
);
DROP TABLE quota_usage;

-- +goose Down
CREATE TABLE quota_usage (
    project_id VARCHAR(36) NOT NULL,
    kind       VARCHAR(36) NOT NULL,
    used       BIGINT      NOT NULL,
    counted_at BIGINT      NOT NULL,
    PRIMARY KEY (project_id, kind)
);
DROP TABLE quota_slots;
