//go:build verify

package verify_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// asNeutron is the demonstration in a region as Neutron's clients of LBaaS v2 know it: the network endpoint serves /v2.0/lbaas too.
func asNeutron(t *testing.T, d demonstration) demonstration {
	t.Helper()
	cloud := ""
	for _, entry := range d.environment {
		if address, ok := strings.CutPrefix(entry, "OS_AUTH_URL=http://"); ok {
			cloud, _, _ = strings.Cut(address, "/")
		}
	}
	both := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		if _, path, ok := strings.Cut(r.In.URL.Path, "/v2.0/lbaas/"); ok {
			r.SetURL(&url.URL{Scheme: "http", Host: d.api})
			r.Out.URL.Path = "/v2.0/lbaas/" + path
			return
		}
		r.SetURL(&url.URL{Scheme: "http", Host: cloud})
		r.Out.Host = r.In.Host // which the catalogue's addresses are made of
	}})
	t.Cleanup(both.Close)
	for i, entry := range d.environment {
		if strings.HasPrefix(entry, "OS_AUTH_URL=") {
			d.environment[i] = strings.Replace(entry, "http://"+cloud, both.URL, 1)
		}
	}
	return d
}

// neutron runs the neutron client; a table of one object is given by its fields.
func (c cli) neutron(arguments ...string) (out string, fields map[string]string) {
	c.t.Helper()
	cmd := exec.CommandContext(c.t.Context(), "neutron", arguments...)
	cmd.Env = c.environment
	text, err := cmd.CombinedOutput()
	if err != nil {
		c.t.Fatalf("neutron %s: %v\n%s", strings.Join(arguments, " "), err, text)
	}
	fields = map[string]string{}
	for line := range strings.Lines(string(text)) {
		if cells := strings.Split(line, "|"); len(cells) == 4 {
			fields[strings.TrimSpace(cells[1])] = strings.TrimSpace(cells[2])
		}
	}
	return string(text), fields
}

// watcher looks at a load balancer without the client, which takes seconds for each look.
type watcher struct {
	t              *testing.T
	address, token string
}

// status is the load balancer's provisioning status; empty when there is none.
func (w watcher) status() string {
	w.t.Helper()
	request, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.address, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	request.Header.Set("X-Auth-Token", w.token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var body struct {
		LoadBalancer struct {
			Status string `json:"provisioning_status"`
		} `json:"loadbalancer"`
	}
	if err := json.NewDecoder(response.Body).Decode(&body); err != nil {
		w.t.Fatal(err)
	}
	return body.LoadBalancer.Status
}

// until waits for a status.
func (w watcher) until(status string) {
	w.t.Helper()
	ticks := time.NewTicker(50 * time.Millisecond)
	defer ticks.Stop()
	patience := time.After(time.Minute)
	for w.status() != status {
		select {
		case <-ticks.C:
		case <-patience:
			w.t.Fatalf("the load balancer is %q after a minute, want %q", w.status(), status)
		}
	}
}

// TestNeutronClient drives a load balancer with the client of neutron-lbaas, by names as its users do.
func TestNeutronClient(t *testing.T) {
	d := asNeutron(t, startDemonstration(t))
	c := cli{t: t, demonstration: d}

	_, lb := c.neutron("lbaas-loadbalancer-create", "--name", "old", c.subnet())
	if lb["name"] != "old" || lb["vip_address"] == "" || lb["tenant_id"] == "" || lb["tenant_id"] != lb["project_id"] {
		t.Errorf("created %v", lb)
	}
	token, _ := c.show("token", "issue")["id"].(string)
	w := watcher{t, "http://" + d.api + "/v2.0/lbaas/loadbalancers/" + lb["id"], token}
	w.until("ACTIVE")
	_, listener := c.neutron("lbaas-listener-create", "--name", "front", "--loadbalancer", "old", "--protocol", "HTTP", "--protocol-port", "18081")
	w.until("ACTIVE")
	_, pool := c.neutron("lbaas-pool-create", "--name", "web", "--listener", "front", "--protocol", "HTTP", "--lb-algorithm", "ROUND_ROBIN")
	w.until("ACTIVE")
	c.neutron("lbaas-member-create", "--name", "one", "--address", "192.0.2.7", "--protocol-port", "80", "--subnet", c.subnet(), "web")
	w.until("ACTIVE")
	_, monitor := c.neutron("lbaas-healthmonitor-create", "--name", "check", "--type", "HTTP", "--delay", "5", "--timeout", "3",
		"--max-retries", "2", "--pool", "web")
	if !strings.Contains(monitor["pools"], pool["id"]) {
		t.Errorf("the monitor's pools are %q, want %s", monitor["pools"], pool["id"])
	}
	w.until("ACTIVE")
	_, policy := c.neutron("lbaas-l7policy-create", "--name", "no", "--listener", "front", "--action", "REJECT")
	w.until("ACTIVE")
	c.neutron("lbaas-l7rule-create", "--type", "PATH", "--compare-type", "STARTS_WITH", "--value", "/private", "no")
	w.until("ACTIVE")

	statuses, _ := c.neutron("lbaas-loadbalancer-status", "old")
	for _, part := range []string{
		`"loadbalancer": {`, `"listeners": [`, `"pools": [`, `"members": [`, `"healthmonitor": {`, `"l7policies": [`,
		`"rules": [`, listener["id"], pool["id"], monitor["id"], policy["id"], `"address": "192.0.2.7"`,
	} {
		if !strings.Contains(statuses, part) {
			t.Errorf("the statuses lack %s:\n%s", part, statuses)
		}
	}
	if stats, _ := c.neutron("lbaas-loadbalancer-stats", "old"); !strings.Contains(stats, "total_connections") {
		t.Errorf("the statistics are %s", stats)
	}
	c.neutron("lbaas-listener-update", "--name", "renamed", "--admin-state-up", "False", "front")
	w.until("ACTIVE")
	if _, got := c.neutron("lbaas-listener-show", "renamed"); got["admin_state_up"] != "False" {
		t.Errorf("after the change the listener is %v", got)
	}
	list, _ := c.neutron("lbaas-listener-list", "--sort-key", "name", "--sort-dir", "desc", "--sort-key", "id", "--sort-dir", "asc",
		"--tenant-id", lb["tenant_id"], "-P", "1")
	if !strings.Contains(list, listener["id"]) {
		t.Errorf("the list lacks the listener:\n%s", list)
	}
	for _, removal := range [][]string{
		{"lbaas-l7policy-delete", "no"},
		{"lbaas-healthmonitor-delete", "check"},
		{"lbaas-member-delete", "one", "web"},
		{"lbaas-pool-delete", "web"},
		{"lbaas-listener-delete", "renamed"},
	} {
		c.neutron(removal...)
		w.until("ACTIVE")
	}
	c.neutron("lbaas-loadbalancer-delete", "old")
	w.until("")
}
