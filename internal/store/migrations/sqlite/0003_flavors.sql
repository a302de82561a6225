-- +goose Up
ALTER TABLE load_balancers ADD COLUMN vip_qos_policy_id TEXT NOT NULL DEFAULT ''; -- that the VIP's port is to have
ALTER TABLE load_balancers ADD COLUMN vip_qos_applied   TEXT NOT NULL DEFAULT ''; -- that it was given last
ALTER TABLE load_balancers ADD COLUMN flavor_id         TEXT NOT NULL DEFAULT ''; -- of flavors below, or of Neutron
ALTER TABLE load_balancers ADD COLUMN flavor_settings   TEXT NOT NULL DEFAULT '{}'; -- JSON: what the flavor fixed at creation
ALTER TABLE load_balancers ADD COLUMN vrf_key           TEXT NOT NULL DEFAULT ''; -- of the VRF context made for it; empty: none
CREATE INDEX load_balancers_flavor ON load_balancers (flavor_id);
CREATE INDEX load_balancers_vrf ON load_balancers (vrf_key);
CREATE INDEX avi_objects_uuid ON avi_objects (uuid);

CREATE TABLE flavor_profiles (
    id            TEXT    NOT NULL PRIMARY KEY,
    name          TEXT    NOT NULL,
    provider_name TEXT    NOT NULL,
    flavor_data   TEXT    NOT NULL, -- JSON, as it was given
    created_at    INTEGER NOT NULL
);

CREATE TABLE flavors (
    id                TEXT    NOT NULL PRIMARY KEY,
    name              TEXT    NOT NULL,
    description       TEXT    NOT NULL,
    enabled           INTEGER NOT NULL,
    flavor_profile_id TEXT    NOT NULL REFERENCES flavor_profiles (id),
    created_at        INTEGER NOT NULL
);
CREATE UNIQUE INDEX flavors_name ON flavors (name);
CREATE INDEX flavors_profile ON flavors (flavor_profile_id);

-- +goose Down
DROP TABLE flavors;
DROP TABLE flavor_profiles;
DROP INDEX avi_objects_uuid;
DROP INDEX load_balancers_vrf;
DROP INDEX load_balancers_flavor;
ALTER TABLE load_balancers DROP COLUMN vrf_key;
ALTER TABLE load_balancers DROP COLUMN flavor_settings;
ALTER TABLE load_balancers DROP COLUMN flavor_id;
ALTER TABLE load_balancers DROP COLUMN vip_qos_applied;
ALTER TABLE load_balancers DROP COLUMN vip_qos_policy_id;
