//go:build verify

package realcloud

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
)

// databaseUser is who the services are towards MariaDB.
const databaseUser = "openstack"

// databaseScript is run by MariaDB at its start, one statement a line. It takes the user's name and password.
const databaseScript = `CREATE DATABASE keystone CHARACTER SET utf8mb3;
CREATE DATABASE neutron CHARACTER SET utf8mb3;
CREATE DATABASE barbican CHARACTER SET utf8mb3;
CREATE DATABASE heat CHARACTER SET utf8mb3;
CREATE USER '%[1]s'@'127.0.0.1' IDENTIFIED BY '%[2]s';
GRANT ALL ON *.* TO '%[1]s'@'127.0.0.1';
`

// startDatabase makes a MariaDB with a database for each service.
func (c *Cloud) startDatabase(ctx context.Context) error {
	_, err := c.host.startMariaDB(ctx, mariaDB{
		name: "mariadb", address: c.database, script: fmt.Sprintf(databaseScript, databaseUser, c.password),
	})
	return err
}

func (c *Cloud) databaseURL(name string) string {
	return fmt.Sprintf("mysql+pymysql://%s:%s@%s/%s?charset=utf8", databaseUser, c.password, c.database, name)
}

// uwsgi runs a WSGI program, with the settings that matter of those in Debian's own configuration. It has processes instead of
// threads: the first requests of a Keystone with threads may find its policy half loaded, and are refused with 403. Each process
// loads the program for itself, so that none shares a connection with another.
func (c *Cloud) uwsgi(ctx context.Context, name, url, program string, processes int, environment ...string) error {
	address := strings.TrimPrefix(url, "http://")
	p, err := c.host.start(ctx, name, environment, "/usr/bin/uwsgi_python3", "--http-socket", address, "--wsgi-file", program,
		"--need-app", "--master", "--lazy-apps", "--die-on-term", "--no-orphans", "--enable-threads", "--thunder-lock",
		"--processes", strconv.Itoa(processes), "--buffer-size", "65535", "--disable-logging",
		"--rem-header", "Content-Length", "--add-header", "Connection: close")
	if err != nil {
		return err
	}
	return c.host.await(ctx, p, url)
}

// startKeystone makes the user admin and the catalog's own entry, and serves.
func (c *Cloud) startKeystone(ctx context.Context) error {
	fernet, credential := c.host.path("keystone", "fernet"), c.host.path("keystone", "credential")
	// What keystone-manage's fernet_setup and credential_setup make, without the time that they take: 0 is the next key, 1 the
	// one in use.
	for _, file := range []string{"fernet/0", "fernet/1", "credential/0", "credential/1"} {
		if _, err := c.host.write(newKey(), "keystone", file); err != nil {
			return err
		}
	}
	config, err := c.host.write(ini(
		[]string{"DEFAULT", "use_stderr = true"},
		[]string{"database", "connection = " + c.databaseURL("keystone")},
		[]string{"fernet_tokens", "key_repository = " + fernet},
		[]string{"fernet_receipts", "key_repository = " + fernet},
		[]string{"credential", "key_repository = " + credential},
		// Passwords are hashed with little effort, as there is nothing to protect and much to log in.
		[]string{"identity", "password_hash_rounds = 4"},
	), "keystone", "keystone.conf")
	if err != nil {
		return err
	}
	file := "--config-file=" + config
	if err := c.host.run(ctx, "keystone-setup", nil, "keystone-manage", file, "db_sync"); err != nil {
		return err
	}
	environment := []string{"OS_BOOTSTRAP_PASSWORD=" + c.password}
	if err := c.host.run(ctx, "keystone-setup", environment, "keystone-manage", file, "bootstrap", "--bootstrap-region-id", Region,
		"--bootstrap-public-url", c.IdentityURL, "--bootstrap-internal-url", c.IdentityURL); err != nil {
		return err
	}
	return c.uwsgi(ctx, "keystone", strings.TrimSuffix(c.IdentityURL, "/v3"), "/usr/bin/keystone-wsgi-public", 3,
		"OS_KEYSTONE_CONFIG_FILES="+config)
}

// authToken is how a service checks its callers' tokens; the service's user has its name.
func (c *Cloud) authToken(service string) []string {
	return []string{
		"keystone_authtoken", "auth_type = password", "auth_url = " + c.IdentityURL, "www_authenticate_uri = " + c.IdentityURL,
		"username = " + service, "password = " + c.password, "user_domain_name = Default",
		"project_name = service", "project_domain_name = Default", "service_token_roles_required = true",
	}
}

// startNeutron serves networks, subnets and ports, without an agent: ports stay DOWN. No other process is told of anything, so
// no message broker is needed.
func (c *Cloud) startNeutron(ctx context.Context) error {
	address, port, err := net.SplitHostPort(strings.TrimPrefix(c.NetworkURL, "http://"))
	if err != nil {
		return err
	}
	state := c.host.path("neutron", "state")
	unlimited := []string{"quotas"}
	for _, kind := range []string{"network", "subnet", "port", "router", "security_group", "security_group_rule", "rbac_policy"} {
		unlimited = append(unlimited, "quota_"+kind+" = -1")
	}
	config, err := c.host.write(ini(
		[]string{
			"DEFAULT", "use_stderr = true", "bind_host = " + address, "bind_port = " + port,
			"api_workers = 1", "rpc_workers = 0", "rpc_state_report_workers = 0",
			"api_paste_config = /etc/neutron/api-paste.ini", "auth_strategy = keystone", "core_plugin = ml2", "service_plugins = router,qos",
			"state_path = " + state, "transport_url = fake://",
			"notify_nova_on_port_status_changes = false", "notify_nova_on_port_data_changes = false",
		},
		[]string{"oslo_concurrency", "lock_path = " + state},
		[]string{"database", "connection = " + c.databaseURL("neutron")},
		unlimited,
		c.authToken("neutron"),
		[]string{
			"ml2", "type_drivers = local,vxlan", "tenant_network_types = vxlan", "mechanism_drivers = openvswitch",
			"extension_drivers = port_security,qos",
		},
		[]string{"ml2_type_vxlan", "vni_ranges = 1:65000"},
		[]string{"securitygroup", "enable_security_group = true"},
	), "neutron", "neutron.conf")
	if err == nil {
		err = os.MkdirAll(state, 0o700)
	}
	if err != nil {
		return err
	}
	if err := c.host.run(ctx, "neutron-setup", nil, "neutron-db-manage", "--config-file", config, "upgrade", "head"); err != nil {
		return err
	}
	p, err := c.host.start(ctx, "neutron", nil, "/usr/bin/neutron-server", "--config-file", config)
	if err != nil {
		return err
	}
	return c.host.await(ctx, p, c.NetworkURL)
}

// startBarbican serves secrets, encrypted with a key of its own. It takes no --config-file under WSGI, but looks in its home.
func (c *Cloud) startBarbican(ctx context.Context) error {
	_, err := c.host.write(ini(
		[]string{
			"DEFAULT", "use_stderr = true", "host_href = " + c.KeyManagerURL, "sql_connection = " + c.databaseURL("barbican"),
			"db_auto_create = false", "transport_url = fake://",
		},
		[]string{"queue", "enable = false"},
		[]string{"keystone_notifications", "enable = false"},
		[]string{"secretstore", "enabled_secretstore_plugins = store_crypto"},
		[]string{"crypto", "enabled_crypto_plugins = simple_crypto"},
		[]string{"simple_crypto_plugin", "kek = '" + newKey() + "'"},
		c.authToken("barbican"),
	), "barbican", ".barbican", "barbican.conf")
	if err != nil {
		return err
	}
	home := "HOME=" + c.host.path("barbican")
	if err := c.host.run(ctx, "barbican-setup", []string{home}, "barbican-db-manage", "upgrade"); err != nil {
		return err
	}
	return c.uwsgi(ctx, "barbican", c.KeyManagerURL, "/usr/bin/barbican-wsgi-api", 2, home)
}

// newKey is a random key of 32 bytes in the form that Fernet wants.
func newKey() string {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	return base64.URLEncoding.EncodeToString(key)
}
