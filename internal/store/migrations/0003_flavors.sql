-- +goose Up
ALTER TABLE load_balancers ADD COLUMN vip_qos_policy_id VARCHAR(64) NOT NULL DEFAULT ''; -- that the VIP's port is to have
ALTER TABLE load_balancers ADD COLUMN vip_qos_applied   VARCHAR(64) NOT NULL DEFAULT ''; -- that it was given last
ALTER TABLE load_balancers ADD COLUMN flavor_id         VARCHAR(36) NOT NULL DEFAULT ''; -- of flavors below, or of Neutron
ALTER TABLE load_balancers ADD COLUMN flavor_settings   TEXT NOT NULL DEFAULT ('{}'); -- JSON: what the flavor fixed at creation
ALTER TABLE load_balancers ADD COLUMN vrf_key           VARCHAR(255) NOT NULL DEFAULT ''; -- of the VRF context made for it; empty: none
CREATE INDEX load_balancers_flavor ON load_balancers (flavor_id);
CREATE INDEX load_balancers_vrf ON load_balancers (vrf_key);
CREATE INDEX avi_objects_uuid ON avi_objects (uuid);

CREATE TABLE flavor_profiles (
    id            VARCHAR(36)  NOT NULL PRIMARY KEY,
    name          VARCHAR(255) NOT NULL,
    provider_name VARCHAR(255) NOT NULL,
    flavor_data   TEXT         NOT NULL, -- JSON, as it was given
    created_at    BIGINT       NOT NULL
);

CREATE TABLE flavors (
    id                VARCHAR(36)  NOT NULL PRIMARY KEY,
    name              VARCHAR(255) NOT NULL,
    description       VARCHAR(255) NOT NULL,
    enabled           SMALLINT     NOT NULL,
    flavor_profile_id VARCHAR(36)  NOT NULL,
    created_at        BIGINT       NOT NULL,
    FOREIGN KEY (flavor_profile_id) REFERENCES flavor_profiles (id)
);
CREATE UNIQUE INDEX flavors_name ON flavors (name);
CREATE INDEX flavors_profile ON flavors (flavor_profile_id);
