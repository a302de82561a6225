package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/avi"
	"github.com/avi-lbaas/avi-lbaas/internal/avisim"
)

// left is what the Python driver left at a Controller and in neutron-lbaas' tables: see verify/pythondriver.
type left struct {
	Tables  map[string][]map[string]any `json:"tables"`
	Objects []struct {
		Type   string     `json:"type"`
		Tenant string     `json:"tenant"`
		Object avi.Object `json:"object"`
	} `json:"objects"`
}

func readLeft(t *testing.T, scenario string) left {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "internal", "adopt", "testdata", "pythondriver", scenario+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var l left
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	if err := d.Decode(&l); err != nil {
		t.Fatal(err)
	}
	return l
}

// restore makes the objects at a Controller.
func (l left) restore(t *testing.T, client *avi.Client) {
	t.Helper()
	for _, typ := range []string{"healthmonitor", "applicationpersistenceprofile", "pool", "vsvip", "virtualservice"} {
		for _, o := range l.Objects {
			if o.Type != typ {
				continue
			}
			if _, err := client.Create(t.Context(), o.Tenant, o.Type, o.Object.UUID(), o.Object); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// writeDump writes tables as "mysql --batch" does. Of each scenario the load balancers are of one provider.
func writeDump(t *testing.T, ofProvider map[string]left) string {
	t.Helper()
	dir, tables := t.TempDir(), map[string][]map[string]any{"lbaas_l7policies": nil}
	for provider, l := range ofProvider {
		for name, rows := range l.Tables {
			tables[name] = append(tables[name], rows...)
		}
		for _, lb := range l.Tables["lbaas_loadbalancers"] {
			tables["providerresourceassociations"] = append(tables["providerresourceassociations"],
				map[string]any{"provider_name": provider, "resource_id": lb["id"]})
		}
	}
	for name, rows := range tables {
		text := ""
		for i, row := range rows {
			columns := slices.Sorted(maps.Keys(row))
			if i == 0 {
				text = strings.Join(columns, "\t") + "\n"
			}
			values := make([]string, len(columns))
			for j, column := range columns {
				values[j] = strings.NewReplacer("<nil>", "NULL", "true", "1", "false", "0").Replace(fmt.Sprint(row[column]))
			}
			text += strings.Join(values, "\t") + "\n"
		}
		if err := os.WriteFile(filepath.Join(dir, name+".tsv"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// neutronConf is the neutron.conf of the Python driver, with two Controllers.
const neutronConf = `
[DEFAULT]
core_plugin = ml2
service_plugins = router,lbaasv2
[service_providers]
service_provider = LOADBALANCERV2:avi_adc:neutron_lbaas.drivers.avi.avi_driver.AviDriver:default
service_provider = LOADBALANCERV2:avi_two:neutron_lbaas.drivers.avi.avi_driver.AviDriver
[avi_adc]
address = %s
user = admin
password = avi-simulator
cert_verify = False
cloud = Default-Cloud
[avi_two]
address = %s
user = admin
password = avi-simulator
cert_verify = False
`

// ourConf is the file of our own beside it.
const ourConf = `
[api_settings]
auth_strategy = noauth
bind_port = 0
[database]
connection = sqlite:///%s
`

// hosts are Controllers of tests.
var hosts = regexp.MustCompile(`https://127\.0\.0\.1:[0-9]+`)

// The worked run of docs/upgrade-from-python-driver.md: the Python driver's own neutron.conf, two Controllers, and what adopt
// prints, word for word.
func TestWorkedRunOfAdopt(t *testing.T) {
	t.Parallel()
	one, two := install(t), install(t)
	first, second := readLeft(t, "shared-pool"), readLeft(t, "monitors")
	first.restore(t, one.client)
	second.restore(t, two.client)
	theirs := writeFile(t, fmt.Sprintf(neutronConf, one.controller.Addr(), two.controller.Addr()))
	ours := writeFile(t, fmt.Sprintf(ourConf, filepath.Join(t.TempDir(), "db.sqlite")))
	source := writeDump(t, map[string]left{"avi_adc": first, "Avi_Two": second})
	adopt := []string{"adopt", "--config-file", theirs, "--config-file", ours, "--source-dir", source}

	mustBeInTheDocs(t, expect(t, exitOK, nil, adopt...).stdout)
	for _, c := range []*avisim.Server{one.controller, two.controller} {
		c.ResetRequests()
	}
	expect(t, exitOK, []string{"2 taken over"}, append(adopt, "--apply")...)
	mustBeInTheDocs(t, expect(t, exitOK, nil, append(adopt, "--apply")...).stdout)
	service := start(t, "serve", "--config-file", theirs, "--config-file", ours)
	service.stderr.times(t, settled, 2)
	mustBeInTheDocs(t, expect(t, exitOK, nil, "drift", "--config-file", theirs, "--config-file", ours).stdout)
	for name, c := range map[string]*avisim.Server{"one": one.controller, "two": two.controller} {
		for _, r := range c.Requests() {
			if r.Method == http.MethodPost && r.Type != "" || r.Method == http.MethodDelete && r.Type == "virtualservice" {
				t.Errorf("Controller %s: %s %s", name, r.Method, r.Path)
			}
		}
	}
	if _, err := one.client.Get(context.WithoutCancel(t.Context()), second.Objects[0].Tenant, "pool", second.uuid("pool")); err == nil {
		t.Error("the second Controller's pool is at the first")
	}
}

// uuid is that of the first object of a type.
func (l left) uuid(typ string) string {
	for _, o := range l.Objects {
		if o.Type == typ {
			return o.Object.UUID()
		}
	}
	return ""
}

func mustBeInTheDocs(t *testing.T, out string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "upgrade-from-python-driver.md"))
	if err != nil {
		t.Fatal(err)
	}
	block := ""
	for line := range strings.Lines(hosts.ReplaceAllString(out, "https://controller.example.com")) {
		block += strings.TrimRight("    "+line, " ")
	}
	if !strings.Contains(string(text), block) {
		t.Errorf("docs/upgrade-from-python-driver.md lacks this output:\n%s", block)
	}
}
