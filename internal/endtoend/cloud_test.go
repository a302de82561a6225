package endtoend_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/app"
	"github.com/avi-lbaas/avi-lbaas/internal/avisim"
	"github.com/avi-lbaas/avi-lbaas/internal/cloudsim"
	"github.com/avi-lbaas/avi-lbaas/internal/config"
)

// deployment is the service as an operator installs it: with a Keystone, a Neutron, a Barbican and a Controller, which are
// stand-ins. Clients find it by Keystone's catalog.
type deployment struct {
	cloud      *cloudsim.Cloud
	controller *avisim.Server
}

// deploy starts everything; it ends with the test.
func deploy(t *testing.T) deployment {
	t.Helper()
	dir, background := t.TempDir(), context.WithoutCancel(t.Context())
	cloud, err := cloudsim.New(cloudsim.Demo())
	must(t, err)
	must(t, cloud.Start(background))
	t.Cleanup(func() { must(t, cloud.Close()) })
	controller, err := avisim.New(avisim.Options{Password: "a password for tests", AutoTenants: true})
	must(t, err)
	must(t, controller.Start(background))
	t.Cleanup(func() { must(t, controller.Close()) })
	ca, file := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "avi-lbaas.conf")
	must(t, os.WriteFile(ca, controller.CAPEM(), 0o600))
	must(t, os.WriteFile(file, fmt.Appendf(nil, `
[api_settings]
bind_host = 127.0.0.1
bind_port = 0
[worker]
status_interval = 1
[database]
connection = sqlite:///%s
[keystone_authtoken]
auth_url = %s
username = avi-lbaas
password = %s
user_domain_name = Default
project_name = service
project_domain_name = Default
[avi_adc]
address = %s
user = admin
password = a password for tests
cert_verify = true
ca_file = %s
`, filepath.Join(dir, "db.sqlite"), strings.TrimSuffix(cloud.IdentityURL(), "/v3"), cloudsim.DemoPassword, controller.Addr(), ca), 0o600))
	cfg, err := config.Load([]string{file}, nil)
	must(t, err)
	service, err := app.New(t.Context(), cfg, slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})))
	must(t, err)
	serving, stop := context.WithCancel(background)
	ended := make(chan error, 1)
	go func() { ended <- service.Run(serving) }()
	t.Cleanup(func() {
		stop()
		must(t, <-ended)
	})
	cloud.SetLoadBalancerURL("http://" + service.Address().String())
	return deployment{cloud, controller}
}

// mustBeEmpty wants nothing of users' to be left at the Controller.
func (d deployment) mustBeEmpty(t *testing.T) {
	t.Helper()
	for _, o := range d.controller.Objects() {
		if o.Type != "tenant" {
			t.Errorf("left at the Controller: %s %v", o.Type, o.Object["name"])
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
