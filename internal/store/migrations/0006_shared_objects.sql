-- +goose Up
-- Objects at the Controller that several load balancers may have: who takes one into its inventory, and who gives one up, writes
-- its row, so that the two can be told in an order. See shared.go.
CREATE TABLE shared_objects (
    provider    VARCHAR(255) NOT NULL,
    type        VARCHAR(64)  NOT NULL,
    uuid        VARCHAR(128) NOT NULL,
    tenant      VARCHAR(64)  NOT NULL,
    actual_uuid VARCHAR(128) NOT NULL DEFAULT '', -- the uuid that it has at the Controller when that is another
    seq         BIGINT       NOT NULL,            -- +1 with every write
    removing_by VARCHAR(36)  NOT NULL DEFAULT '', -- the load balancer that is removing it, or a word of shared.go's
    busy_until  BIGINT       NOT NULL DEFAULT 0,  -- until then nobody else may begin to use it, or to remove it
    PRIMARY KEY (provider, type, uuid)
);

-- In milliseconds, 0 is the Controller's.
ALTER TABLE listeners ADD COLUMN timeout_client_data BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE listeners DROP COLUMN timeout_client_data;
DROP TABLE shared_objects;
