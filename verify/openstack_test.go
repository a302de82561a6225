//go:build verify

package verify_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestOpenStackClient drives the whole life of a load balancer with the openstack client, and sends traffic through it.
func TestOpenStackClient(t *testing.T) {
	c := cli{t: t, demonstration: startDemonstration(t)}
	backends := startBackends(t, "red", "green", "blue")

	if got := c.list("loadbalancer", "provider", "list"); len(got) != 1 || got[0]["name"] != "avi_adc" {
		t.Errorf("providers: %v", got)
	}
	lb := c.show("loadbalancer", "create", "--name", "cli", "--vip-subnet-id", c.subnet(), "--wait")
	c.expect(lb, "provisioning_status", "ACTIVE")
	vip, lbID := lb["vip_address"].(string), lb["id"].(string)

	listener := c.show("loadbalancer", "listener", "create", "--name", "http", "--protocol", "HTTP", "--protocol-port", "18080",
		"--connection-limit", "100", "cli", "--wait")
	c.expect(listener, "connection_limit", 100.0)
	c.show("loadbalancer", "pool", "create", "--name", "web", "--listener", "http", "--protocol", "HTTP",
		"--lb-algorithm", "ROUND_ROBIN", "--wait")
	c.show("loadbalancer", "healthmonitor", "create", "--name", "check", "--type", "HTTP", "--delay", "2", "--timeout", "1",
		"--max-retries", "1", "--max-retries-down", "1", "--url-path", "/health", "web", "--wait")
	for i, name := range []string{"red", "green", "blue"} {
		host, port, err := net.SplitHostPort(backends[i].Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		c.show("loadbalancer", "member", "create", "--name", name, "--address", host, "--protocol-port", port, "web", "--wait")
	}
	c.until("every member is ONLINE", func() bool {
		for _, m := range c.list("loadbalancer", "member", "list", "web") {
			if m["operating_status"] != "ONLINE" {
				return false
			}
		}
		return true
	})
	url := "http://" + net.JoinHostPort(vip, "18080") + "/"
	if got := ask(t, url, 30); len(got) != 3 || got["red"] != 10 {
		t.Errorf("30 requests went to %v, want 10 to each", got)
	}

	c.change(lbID, url, backends)
	c.refuse(lbID)
	c.remove(lbID)
}

// change changes each kind of object and wants to see it in the traffic or in what is shown.
func (c cli) change(lbID, url string, backends []*httptest.Server) {
	c.t.Helper()
	c.run("loadbalancer", "member", "set", "--weight", "0", "--wait", "web", "red")
	c.expect(c.show("loadbalancer", "member", "show", "web", "red"), "weight", 0.0)
	if got := ask(c.t, url, 20); got["red"] != 0 || got["green"] == 0 || got["blue"] == 0 {
		c.t.Errorf("with red drained, requests went to %v", got)
	}
	c.run("loadbalancer", "pool", "set", "--lb-algorithm", "SOURCE_IP", "--description", "sticky", "--wait", "web")
	if got := ask(c.t, url, 10); len(got) != 1 {
		c.t.Errorf("with SOURCE_IP, requests of one client went to %v", got)
	}
	c.run("loadbalancer", "pool", "set", "--lb-algorithm", "ROUND_ROBIN", "--wait", "web")
	c.run("loadbalancer", "listener", "set", "--name", "front", "--connection-limit", "50", "--wait", "http")
	c.expect(c.show("loadbalancer", "listener", "show", "front"), "connection_limit", 50.0)
	c.run("loadbalancer", "healthmonitor", "set", "--url-path", "/healthz", "--delay", "3", "--wait", "check")
	c.expect(c.show("loadbalancer", "healthmonitor", "show", "check"), "url_path", "/healthz")
	c.run("loadbalancer", "set", "--name", "renamed", "--description", "by the client", "--wait", "cli")
	c.expect(c.show("loadbalancer", "show", "renamed"), "id", lbID)

	backends[1].Close()
	c.until("the member whose server stopped is in ERROR", func() bool {
		return c.show("loadbalancer", "member", "show", "web", "green")["operating_status"] == "ERROR"
	})
	if got := ask(c.t, url, 20); len(got) != 1 || got["blue"] != 20 {
		c.t.Errorf("with green stopped and red drained, requests went to %v", got)
	}
	c.until("the counters are there", func() bool {
		total, _ := strconv.Atoi(fmt.Sprint(c.show("loadbalancer", "stats", "show", "renamed")["total_connections"]))
		return total > 0
	})
	if status := c.run("loadbalancer", "status", "show", "renamed"); !strings.Contains(status, `"operating_status"`) {
		c.t.Errorf("status tree: %s", status)
	}
	if got := c.controllerObjects(c.t, lbID); got["virtualservice"] != 1 || got["pool"] != 1 || got["vsvip"] != 1 {
		c.t.Errorf("the Controller holds %v of the load balancer", got)
	}
}

// refuse wants the client to be told what is wrong.
func (c cli) refuse(lbID string) {
	c.t.Helper()
	c.fails("already using protocol", "loadbalancer", "listener", "create", "--protocol", "TCP", "--protocol-port", "18080", lbID)
	c.fails("has children", "loadbalancer", "delete", lbID)
	c.fails("TERMINATED_HTTPS", "loadbalancer", "listener", "create", "--protocol", "TERMINATED_HTTPS", "--protocol-port", "443", lbID)
	c.fails("already using ip", "loadbalancer", "member", "create", "--address", "127.0.0.1", "--protocol-port",
		fmt.Sprint(c.list("loadbalancer", "member", "list", "web")[0]["protocol_port"]), "web")
}

// remove deletes in the order of the API, down to nothing.
func (c cli) remove(lbID string) {
	c.t.Helper()
	c.run("loadbalancer", "member", "delete", "--wait", "web", "blue")
	c.run("loadbalancer", "healthmonitor", "delete", "--wait", "check")
	c.run("loadbalancer", "pool", "delete", "--wait", "web")
	c.run("loadbalancer", "listener", "delete", "--wait", "front")
	c.run("loadbalancer", "delete", "--wait", lbID)
	for _, lb := range c.list("loadbalancer", "list") {
		if lb["id"] == lbID {
			c.t.Errorf("the load balancer is still listed: %v", lb)
		}
	}
	if got := c.controllerObjects(c.t, lbID); len(got) != 0 {
		c.t.Errorf("the Controller still holds %v", got)
	}
	if ports := c.list("port", "list", "--device-id", "lb-"+lbID); len(ports) != 0 {
		c.t.Errorf("the network still has %v", ports)
	}
}

// cli is the openstack client.
type cli struct {
	t *testing.T
	demonstration
}

// openstack is the client of Debian's package, whatever else is in the PATH.
const openstack = "/usr/bin/openstack"

func (c cli) try(arguments ...string) (string, error) {
	ctx, cancel := context.WithTimeout(c.t.Context(), 90*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, openstack, arguments...)
	cmd.Env = c.environment
	out, err := cmd.CombinedOutput()
	c.t.Logf("openstack %s", strings.Join(arguments, " "))
	return string(out), err
}

func (c cli) run(arguments ...string) string {
	c.t.Helper()
	out, err := c.try(arguments...)
	if err != nil {
		c.t.Fatalf("openstack %s: %v\n%s", strings.Join(arguments, " "), err, out)
	}
	return out
}

// fails wants a command to be refused, with a text that says why.
func (c cli) fails(why string, arguments ...string) {
	c.t.Helper()
	out, err := c.try(arguments...)
	if err == nil || !strings.Contains(out, why) {
		c.t.Errorf("openstack %s: %v, want it refused with %q\n%s", strings.Join(arguments, " "), err, why, out)
	}
}

func (c cli) show(arguments ...string) map[string]any {
	c.t.Helper()
	var object map[string]any
	c.decode(c.run(append(arguments, "-f", "json")...), &object)
	return object
}

func (c cli) list(arguments ...string) []map[string]any {
	c.t.Helper()
	var objects []map[string]any
	c.decode(c.run(append(arguments, "-f", "json")...), &objects)
	return objects
}

// decode reads the JSON of an output that may begin with warnings of the client's own libraries.
func (c cli) decode(out string, into any) {
	c.t.Helper()
	start := strings.IndexAny(out, "{[")
	if start < 0 {
		c.t.Fatalf("no JSON in %q", out)
	}
	if err := json.Unmarshal([]byte(out[start:]), into); err != nil {
		c.t.Fatalf("%v in %q", err, out)
	}
}

func (c cli) expect(object map[string]any, field string, want any) {
	c.t.Helper()
	if got := object[field]; got != want {
		c.t.Errorf("%s is %v, want %v", field, got, want)
	}
}

// subnet is a subnet of the project.
func (c cli) subnet() string {
	c.t.Helper()
	for _, s := range c.list("subnet", "list") {
		if name, _ := s["Name"].(string); strings.Contains(name, "demo") {
			return s["ID"].(string)
		}
	}
	c.t.Fatal("no demo subnet")
	return ""
}

// until waits for a condition; each look at it takes the client some seconds anyway.
func (c cli) until(what string, condition func() bool) {
	c.t.Helper()
	for deadline := time.Now().Add(time.Minute); !condition(); {
		if time.Now().After(deadline) {
			c.t.Fatalf("waited in vain until %s", what)
		}
	}
}

// startBackends starts small HTTP servers that answer with their names.
func startBackends(t *testing.T, names ...string) []*httptest.Server {
	t.Helper()
	var servers []*httptest.Server
	for _, name := range names {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, name)
		}))
		t.Cleanup(s.Close)
		servers = append(servers, s)
	}
	return servers
}

// ask sends requests, each on a connection of its own, and counts who answered.
func ask(t *testing.T, url string, n int) map[string]int {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}
	answers := map[string]int{}
	for range n {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err != nil || response.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s, %v", url, response.Status, err)
		}
		answers[string(body)]++
	}
	return answers
}
