-- +goose Up
ALTER TABLE listeners ADD COLUMN tls TEXT NOT NULL DEFAULT (''); -- JSON, or empty
ALTER TABLE pools ADD COLUMN tls TEXT NOT NULL DEFAULT (''); -- JSON, or empty
-- The uuid that the object has at the Controller when that is another; empty otherwise.
ALTER TABLE avi_objects ADD COLUMN actual_uuid VARCHAR(255) NOT NULL DEFAULT '';

-- What is remembered of the key manager's containers that a load balancer refers to. Nothing of it is secret.
CREATE TABLE tls_containers (
    load_balancer_id VARCHAR(36)  NOT NULL,
    ref              VARCHAR(512) NOT NULL,
    summary          TEXT         NOT NULL, -- JSON
    PRIMARY KEY (load_balancer_id, ref),
    FOREIGN KEY (load_balancer_id) REFERENCES load_balancers (id) ON DELETE CASCADE
);
