-- +goose Up
ALTER TABLE members ADD COLUMN is_backup SMALLINT NOT NULL DEFAULT 0;
ALTER TABLE members ADD COLUMN monitor_address VARCHAR(64) NOT NULL DEFAULT ''; -- as the user wrote it; empty: the member's own
ALTER TABLE members ADD COLUMN monitor_port BIGINT NOT NULL DEFAULT 0;          -- 0: the member's own
ALTER TABLE listeners ADD COLUMN timeout_member_connect BIGINT NOT NULL DEFAULT 0; -- milliseconds; 0: the Controller's
ALTER TABLE listeners ADD COLUMN timeout_member_data BIGINT NOT NULL DEFAULT 0;    -- the same
ALTER TABLE listeners ADD COLUMN timeout_tcp_inspect BIGINT NOT NULL DEFAULT 0;    -- milliseconds

-- +goose Down
ALTER TABLE listeners DROP COLUMN timeout_tcp_inspect;
ALTER TABLE listeners DROP COLUMN timeout_member_data;
ALTER TABLE listeners DROP COLUMN timeout_member_connect;
ALTER TABLE members DROP COLUMN monitor_port;
ALTER TABLE members DROP COLUMN monitor_address;
ALTER TABLE members DROP COLUMN is_backup;
