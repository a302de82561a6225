-- +goose Up
-- The tags of load balancers and of all that hangs from them.
CREATE TABLE tags (
    resource_id      VARCHAR(36)  NOT NULL,
    tag              VARCHAR(255) NOT NULL,
    load_balancer_id VARCHAR(36)  NOT NULL, -- of the resource; its own id if it is one
    PRIMARY KEY (resource_id, tag)
);
CREATE INDEX tags_tag ON tags (tag, resource_id);
CREATE INDEX tags_tree ON tags (load_balancer_id);

-- +goose Down
DROP TABLE tags;
