-- +goose Up
ALTER TABLE members ADD COLUMN address_written VARCHAR(64) NOT NULL DEFAULT ''; -- as the user wrote it; empty: as in address

-- +goose Down
ALTER TABLE members DROP COLUMN address_written;
