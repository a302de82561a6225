-- +goose Up
-- The id of what several services do together, of the request that the work on a load balancer comes from; empty when there was none.
ALTER TABLE load_balancers ADD COLUMN global_request_id VARCHAR(64) NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE load_balancers DROP COLUMN global_request_id;
