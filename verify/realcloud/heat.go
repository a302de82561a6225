//go:build verify

package realcloud

import (
	"context"
	"net"
)

// StartHeat adds a Heat to the cloud and to its catalog. API and engine are one process, which needs no message broker.
func (c *Cloud) StartHeat(ctx context.Context) error {
	const user = "heat"
	if err := c.addUser(ctx, account{user, "service", []string{RoleAdmin, RoleService}}); err != nil {
		return err
	}
	address, err := freeAddress(ctx)
	if err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	config, err := c.host.write(ini(
		[]string{
			"DEFAULT", "use_stderr = true", "transport_url = fake://", "num_engine_workers = 1",
			"region_name_for_services = " + Region, "auth_encryption_key = " + newKey()[:32],
		},
		[]string{"heat_all", "enabled_services = engine,api"},
		[]string{"heat_api", "bind_host = " + host, "bind_port = " + port, "workers = 1"},
		[]string{"paste_deploy", "api_paste_config = /etc/heat/api-paste.ini"},
		[]string{"database", "connection = " + c.databaseURL("heat")},
		c.authToken(user),
		// Stacks act as those who make them, by a trust of theirs in the service's user.
		[]string{
			"trustee", "auth_type = password", "auth_url = " + c.IdentityURL, "username = " + user, "password = " + c.password,
			"user_domain_id = default",
		},
		[]string{"clients_keystone", "auth_uri = " + c.IdentityURL},
		[]string{"clients", "endpoint_type = publicURL"},
	), "heat", "heat.conf")
	if err != nil {
		return err
	}
	if err := c.host.run(ctx, "heat-setup", nil, "heat-manage", "--config-file", config, "db_sync"); err != nil {
		return err
	}
	p, err := c.host.start(ctx, "heat", nil, "/usr/bin/heat-all", "--config-file", config)
	if err != nil {
		return err
	}
	url := "http://" + address
	if err := c.host.await(ctx, p, url); err != nil {
		return err
	}
	return c.addService(ctx, "orchestration", url+"/v1/%(project_id)s")
}
