-- +goose Up
ALTER TABLE listeners ADD COLUMN tls TEXT NOT NULL DEFAULT ''; -- JSON, or empty
ALTER TABLE pools ADD COLUMN tls TEXT NOT NULL DEFAULT ''; -- JSON, or empty
-- The uuid that the object has at the Controller when that is another; empty otherwise.
ALTER TABLE avi_objects ADD COLUMN actual_uuid TEXT NOT NULL DEFAULT '';

-- What is remembered of the key manager's containers that a load balancer refers to. Nothing of it is secret.
CREATE TABLE tls_containers (
    load_balancer_id TEXT NOT NULL REFERENCES load_balancers (id) ON DELETE CASCADE,
    ref              TEXT NOT NULL,
    summary          TEXT NOT NULL, -- JSON
    PRIMARY KEY (load_balancer_id, ref)
);

-- +goose Down
DROP TABLE tls_containers;
ALTER TABLE avi_objects DROP COLUMN actual_uuid;
ALTER TABLE pools DROP COLUMN tls;
ALTER TABLE listeners DROP COLUMN tls;
