package main

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/avi"
	"github.com/avi-lbaas/avi-lbaas/internal/avisim"
	"github.com/avi-lbaas/avi-lbaas/internal/cloudsim"
	"github.com/avi-lbaas/avi-lbaas/internal/keystone"
	"github.com/avi-lbaas/avi-lbaas/internal/neutron"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
)

// installation is a configuration with a Controller, on which no service runs yet.
type installation struct {
	controller *avisim.Server
	client     *avi.Client // someone else who works at the Controller
	file       string      // the configuration
	database   string
}

func install(t *testing.T) installation {
	t.Helper()
	dir := t.TempDir()
	controller, err := avisim.New(avisim.Options{Password: "avi-simulator", AutoTenants: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := controller.Start(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := controller.Close(); err != nil {
			t.Error(err)
		}
	})
	i := installation{controller: controller, file: filepath.Join(dir, "avi-lbaas.conf"), database: filepath.Join(dir, "db.sqlite")}
	ca := filepath.Join(dir, "ca.pem")
	config := fmt.Sprintf(serveConfig, i.database, controller.Addr(), ca)
	for name, content := range map[string][]byte{ca: controller.CAPEM(), i.file: []byte(config)} {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(controller.CAPEM())
	if i.client, err = avi.New(avi.Config{Address: controller.Addr(), User: "admin", Password: "avi-simulator", RootCAs: roots}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = i.client.Close(context.WithoutCancel(t.Context())) }) // it need not say good-bye
	return i
}

// Ids of the load balancer in the dump.
const (
	dumpedLB       = "779c41b8-7e75-5556-ac0b-8a3f5d12a0cb"
	dumpedListener = "59ff4999-203c-5435-9072-1f54e3b5be3e"
	dumpedPool     = "3541953d-d19e-54a0-9896-1b8038e26dbd"
	dumpedTenant   = "tenant-9f1b2c3d-4e5f-4071-8293-a4b5c6d7e8f9"
)

// dump writes the tables of a neutron-lbaas with a load balancer that can be taken over and one that cannot.
func dump(t *testing.T) string {
	t.Helper()
	const project = "9f1b2c3d4e5f40718293a4b5c6d7e8f9"
	tables := map[string][][]string{
		"lbaas_loadbalancers": {
			{"project_id", "id", "name", "vip_address", "admin_state_up", "flavor_id"},
			{project, dumpedLB, "web", "10.0.0.10", "1", "NULL"},
			{project, "00000000-0000-4000-8000-000000000001", "special", "10.0.0.11", "1", "NULL"},
		},
		"lbaas_listeners": {
			{"project_id", "id", "name", "protocol", "protocol_port", "loadbalancer_id", "default_pool_id", "admin_state_up", "conjured"},
			{project, dumpedListener, "l1", "HTTP", "80", dumpedLB, dumpedPool, "1", "NULL"},
			{project, "00000000-0000-4000-8000-000000000002", "l2", "HTTP", "80", "00000000-0000-4000-8000-000000000001", "NULL", "1", "up"},
		},
		"lbaas_pools": {
			{"project_id", "id", "name", "protocol", "lb_algorithm", "loadbalancer_id", "admin_state_up"},
			{project, dumpedPool, "p1", "HTTP", "ROUND_ROBIN", dumpedLB, "1"},
		},
		"lbaas_members": {}, "lbaas_healthmonitors": {}, "lbaas_sessionpersistences": {}, "lbaas_sni": {}, "lbaas_l7policies": {},
	}
	dir := t.TempDir()
	for name, rows := range tables {
		text := ""
		for _, row := range rows {
			text += strings.Join(row, "\t") + "\n"
		}
		if err := os.WriteFile(filepath.Join(dir, name+".tsv"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// expect wants a command line to end with a code, and texts in what it says.
func expect(t *testing.T, code int, said []string, args ...string) ran {
	t.Helper()
	got := runCommand(t, args...)
	if got.code != code {
		t.Errorf("%v ended with %d, want %d:\n%s%s", args, got.code, code, got.stdout, got.stderr)
	}
	for _, text := range said {
		if !strings.Contains(got.stdout+got.stderr, text) {
			t.Errorf("%v does not say %q:\n%s%s", args, text, got.stdout, got.stderr)
		}
	}
	return got
}

// An operator's way: adopt, look at the plan, serve, find drift, resync.
func TestAdoptPlanAndDrift(t *testing.T) {
	t.Parallel()
	i, source := install(t), dump(t)
	pool, config := translate.PoolUUID(dumpedPool, dumpedListener), []string{"--config-file", i.file}
	with := func(args ...string) []string { return append(args, config...) }

	expect(t, exitFound, []string{
		"(web), project 9f1b2c3d4e5f40718293a4b5c6d7e8f9, provider avi_adc: taken over, 0 objects found", "create pool " + pool,
		"left out", `conjured = "up" is not supported`, "2 load balancers: 1 taken over, 0 here already, 1 left out.", "nothing was written",
	}, with("adopt", "--source-dir", source)...)
	if _, err := os.Stat(i.database); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a plan has made a database: %v", err)
	}
	expect(t, exitFailed, []string{"no database"}, with("plan", dumpedLB)...)
	expect(t, exitFailed, []string{"no database"}, with("drift")...)
	expect(t, exitFound, []string{"1 taken over"}, with("adopt", "--source-dir", source, "--apply")...)
	expect(t, exitFound, []string{"here already", "0 taken over"}, with("adopt", "--source-dir", source, "--apply")...)
	expect(t, exitOK, []string{
		"is PENDING_UPDATE", "The next convergence will:", "create virtualservice virtualservice-" + dumpedListener,
		`name: "web:l1"`, "services[0].port: 80",
	}, with("plan", dumpedLB)...)
	expect(t, exitOK, []string{"is being worked on: not compared", "0 load balancers compared"}, with("drift")...)
	for _, r := range i.controller.Requests() {
		if r.Method != http.MethodGet && r.Path != "/login" && r.Path != "/logout" {
			t.Errorf("without a service: %s %s", r.Method, r.Path)
		}
	}

	service := start(t, "serve", "--config-file", i.file)
	service.stderr.times(t, settled, 1)
	expect(t, exitOK, []string{"1 load balancers compared, 0 objects differ"}, with("drift")...)
	expect(t, exitOK, []string{"nothing to do"}, with("plan", dumpedLB)...)

	edit := avi.Object{"lb_algorithm": "LB_ALGORITHM_RANDOM", "graceful_disable_timeout": 30}
	if _, err := i.client.Patch(t.Context(), dumpedTenant, "pool", pool, avi.PatchReplace, edit); err != nil {
		t.Fatal(err)
	}
	const field = `lb_algorithm: "LB_ALGORITHM_RANDOM" -> "LB_ALGORITHM_ROUND_ROBIN"`
	expect(t, exitFound, []string{"Load balancer " + dumpedLB, "changed pool " + pool, field, "1 objects differ"}, with("drift")...)
	expect(t, exitFound, []string{field}, with("drift", "--provider", "AVI_ADC", dumpedLB)...)
	expect(t, exitOK, []string{"nothing to do", "Changed by others", field}, with("plan", dumpedLB)...)
	var report struct {
		Findings []struct{ Kind, UUID string }
	}
	if got := expect(t, exitFound, nil, with("drift", "--json")...); json.Unmarshal([]byte(got.stdout), &report) != nil ||
		len(report.Findings) != 1 || report.Findings[0].UUID != pool {
		t.Errorf("drift as JSON: %s", got.stdout)
	}
	var effects struct{ Effects []struct{ Action string } }
	if got := expect(t, exitOK, nil, with("plan", "--json", dumpedLB)...); json.Unmarshal([]byte(got.stdout), &effects) != nil ||
		len(effects.Effects) != 1 || effects.Effects[0].Action != "change" {
		t.Errorf("the plan as JSON: %s", got.stdout)
	}
	expect(t, exitOK, nil, with("resync", dumpedLB)...)
	service.stderr.times(t, settled, 2)
	expect(t, exitOK, []string{"0 objects differ"}, with("drift")...)

	expect(t, exitFailed, []string{"not found"}, with("plan", "no-such")...)
	expect(t, exitFailed, []string{"not found"}, with("drift", "no-such")...)
	expect(t, exitUsage, []string{`no provider "other"`}, with("drift", "--provider", "other")...)
}

func TestAdoptRefusesWrongCommandLines(t *testing.T) {
	t.Parallel()
	i := install(t)
	for text, args := range map[string][]string{
		"give one of --source-url":    {"adopt"},
		"--plan or --apply, not both": {"adopt", "--source-dir", "x", "--plan", "--apply"},
	} {
		expect(t, exitUsage, []string{text}, append(args, "--config-file", i.file)...)
	}
	expect(t, exitFailed, []string{"no such file"}, "adopt", "--source-dump", "no-such.xml", "--config-file", i.file)
	expect(t, exitFailed, []string{"the dump has no table lbaas_sni"}, "adopt", "--source-dump", writeFile(t, "<mysqldump/>"), "--config-file", i.file)
	expect(t, exitFailed, []string{"table lbaas_loadbalancers"}, "adopt", "--source-dir", t.TempDir(), "--config-file", i.file)
	expect(t, exitFailed, []string{`no provider "ours"`}, "adopt", "--source-dir", dump(t), "--provider", "theirs=ours", "--config-file", i.file)
}

// networkConfig is a service of which only the network service matters.
const networkConfig = `
[keystone_authtoken]
auth_url = %s
username = avi-lbaas
password = %s
user_domain_name = Default
project_name = service
project_domain_name = Default
[database]
connection = sqlite:///%s
[avi_adc]
address = 127.0.0.1
password = x
cert_verify = true
`

func TestNetworkCommands(t *testing.T) {
	t.Parallel()
	cloud, err := cloudsim.New(cloudsim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := cloud.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	session, err := keystone.NewSession(keystone.Config{
		AuthURL: cloud.IdentityURL(), Username: "avi-lbaas", Password: cloudsim.DemoPassword, ProjectName: "service",
	}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		session.Close()
		if err := cloud.Close(); err != nil {
			t.Error(err)
		}
	})
	network := neutron.New(neutron.Config{}, session, slog.New(slog.DiscardHandler))
	port, err := network.CreateVIPPort(t.Context(), neutron.VIPPort{
		LoadBalancerID: dumpedLB, ProjectID: cloud.ProjectID("demo"), NetworkID: cloud.NetworkID("demo-net"),
	})
	if err != nil {
		t.Fatal(err)
	}
	file := writeFile(t, fmt.Sprintf(networkConfig, cloud.IdentityURL(), cloudsim.DemoPassword, filepath.Join(t.TempDir(), "db.sqlite")))
	with := func(args ...string) []string {
		return append(append([]string{"network"}, args...), "--config-file", file)
	}
	held := []string{
		"1 ports hold network", port.ID, "load balancer: name", "(load balancer " + dumpedLB + ")", "waited 0s: 1 ports", "Gave up:",
		"delete them first",
	}
	quick := []string{"--timeout", "30ms", "--interval", "10ms"}
	expect(t, exitTimedOut, held, with(append([]string{"wait", "demo-net"}, quick...)...)...)
	expect(t, exitTimedOut, append(held, "Neutron says: Unable to complete operation on network"),
		with(append([]string{"delete", cloud.NetworkID("demo-net")}, quick...)...)...)

	waiting := start(t, with("delete", "demo-net", "--interval", "10ms")...)
	waiting.stdout.times(t, "waited", 1)
	if err := network.DeletePort(t.Context(), port.ID); err != nil {
		t.Error(err)
	}
	waiting.stdout.times(t, "(demo-net) is deleted", 1)
	expect(t, exitOK, []string{"No port holds network"}, with("wait", "alt-net")...)
	expect(t, exitFailed, []string{`No network has the id or the name "demo-net"`}, with("delete", "demo-net")...)
	expect(t, exitUsage, []string{"--interval"}, with("wait", "alt-net", "--interval", "0s")...)
	expect(t, exitFailed, []string{"has no network service"}, "network", "wait", "x", "--config-file", install(t).file)
}
