-- +goose Up
-- What one replica at a time does for all, every so often. A row comes into being when the job is first tried.
CREATE TABLE job_leases (
    job         VARCHAR(64)  NOT NULL PRIMARY KEY,
    lease_owner VARCHAR(255) NOT NULL,
    lease_until BIGINT       NOT NULL, -- 0: nobody is at it
    done_at     BIGINT       NOT NULL, -- when it was done last, or given up; 0: never
    due_soon    SMALLINT     NOT NULL  -- somebody asks for it to be done before its time
);
