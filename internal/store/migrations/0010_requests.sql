-- +goose Up
-- Where the work on a load balancer comes from: the last accepted request, in the log's words and in the trace's, and when that was in
-- microseconds since the epoch; 0 when that request has been carried out.
ALTER TABLE load_balancers ADD COLUMN request_id VARCHAR(255) NOT NULL DEFAULT '';
ALTER TABLE load_balancers ADD COLUMN trace_parent VARCHAR(64) NOT NULL DEFAULT '';
ALTER TABLE load_balancers ADD COLUMN accepted_at BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE load_balancers DROP COLUMN accepted_at;
ALTER TABLE load_balancers DROP COLUMN trace_parent;
ALTER TABLE load_balancers DROP COLUMN request_id;
