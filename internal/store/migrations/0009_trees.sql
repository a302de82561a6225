-- +goose Up
ALTER TABLE load_balancers ADD COLUMN additional_vips   TEXT         NOT NULL DEFAULT (''); -- JSON, or empty
ALTER TABLE load_balancers ADD COLUMN vip_sg_ids        TEXT         NOT NULL DEFAULT (''); -- JSON: that the VIP's ports are to have
ALTER TABLE load_balancers ADD COLUMN vip_sg_applied    TEXT         NOT NULL DEFAULT (''); -- JSON: that they were given last
ALTER TABLE load_balancers ADD COLUMN availability_zone VARCHAR(255) NOT NULL DEFAULT ''; -- of availability_zones below; empty: none
ALTER TABLE load_balancers ADD COLUMN zone_settings     TEXT         NOT NULL DEFAULT (''); -- JSON: what the zone fixed at creation
ALTER TABLE health_monitors ADD COLUMN http_version     VARCHAR(8)   NOT NULL DEFAULT ''; -- empty: not given
ALTER TABLE health_monitors ADD COLUMN domain_name      VARCHAR(255) NOT NULL DEFAULT '';
CREATE INDEX load_balancers_zone ON load_balancers (availability_zone);

CREATE TABLE availability_zone_profiles (
    id                     VARCHAR(36)  NOT NULL PRIMARY KEY,
    name                   VARCHAR(255) NOT NULL,
    provider_name          VARCHAR(255) NOT NULL,
    availability_zone_data TEXT         NOT NULL, -- JSON, as it was given
    created_at             BIGINT       NOT NULL
);

CREATE TABLE availability_zones (
    id                           VARCHAR(255) NOT NULL PRIMARY KEY, -- the zone's name, by which it is known
    description                  VARCHAR(255) NOT NULL,
    enabled                      SMALLINT     NOT NULL,
    availability_zone_profile_id VARCHAR(36)  NOT NULL REFERENCES availability_zone_profiles (id),
    created_at                   BIGINT       NOT NULL,
    revision                     BIGINT       NOT NULL DEFAULT 1 -- +1 with every load balancer that is made in it
);
CREATE INDEX availability_zones_profile ON availability_zones (availability_zone_profile_id);

-- +goose Down
DROP TABLE availability_zones;
DROP TABLE availability_zone_profiles;
DROP INDEX load_balancers_zone;
ALTER TABLE health_monitors DROP COLUMN domain_name;
ALTER TABLE health_monitors DROP COLUMN http_version;
ALTER TABLE load_balancers DROP COLUMN zone_settings;
ALTER TABLE load_balancers DROP COLUMN availability_zone;
ALTER TABLE load_balancers DROP COLUMN vip_sg_applied;
ALTER TABLE load_balancers DROP COLUMN vip_sg_ids;
ALTER TABLE load_balancers DROP COLUMN additional_vips;
