-- +goose Up
-- The jobs that one replica does for all: reading statuses, audits, sweeping. A row comes into being when the job is first asked for.
CREATE TABLE job_leases (
    job         VARCHAR(64)  NOT NULL PRIMARY KEY,
    owner_id    VARCHAR(255) NOT NULL,
    lease_until BIGINT       NOT NULL,
    due_soon    SMALLINT     NOT NULL -- another replica asks for the job to be done before its time
);
