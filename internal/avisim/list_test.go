package avisim

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// names are the names of a collection's objects.
func names(t *testing.T, list map[string]any) []string {
	t.Helper()
	out := []string{}
	for _, entry := range list["results"].([]any) {
		out = append(out, at(t, entry, "name").(string))
	}
	return out
}

func TestListFilters(t *testing.T) {
	c := newClient(t, newServer(t, Options{}))
	for i, body := range []string{
		`{"name":"alpha","created_by":"us","markers":[{"key":"owner","values":["us"]}],"health_monitor_refs":["/api/healthmonitor?name=System-TCP"]}`,
		`{"name":"beta two","created_by":"us","default_server_port":443}`,
		`{"name":"Gamma","description":"a test","markers":[{"key":"owner","values":["them"]}]}`,
	} {
		c.mustMake("pool", fmt.Sprintf("pool-%d", i), body)
	}
	monitor := at(t, c.get("/api/healthmonitor?name=System-TCP"), "results.0.uuid").(string)
	tests := []struct {
		query url.Values
		want  []string
	}{
		{nil, []string{"alpha", "beta two", "Gamma"}},
		{url.Values{"name": {"beta two"}}, []string{"beta two"}},
		{url.Values{"name": {"beta"}}, []string{}},
		{url.Values{"name.contains": {"a"}}, []string{"alpha", "beta two", "Gamma"}},
		{url.Values{"name.contains": {"g"}}, []string{}},
		{url.Values{"name.icontains": {"g"}}, []string{"Gamma"}},
		{url.Values{"name.in": {"alpha,Gamma"}}, []string{"alpha", "Gamma"}},
		{url.Values{"uuid.in": {"pool-0,pool-2"}}, []string{"alpha", "Gamma"}},
		{url.Values{"uuid.in": {"pool-0,pool-2"}, "exclude": {"uuid.in"}}, []string{"beta two"}},
		{url.Values{"created_by": {"us"}, "name.contains": {"beta"}}, []string{"beta two"}},
		{url.Values{"default_server_port": {"443"}}, []string{"beta two"}},
		{url.Values{"cloud_ref.name": {"Default-Cloud"}}, []string{"alpha", "beta two", "Gamma"}},
		{url.Values{"cloud_ref.name": {"other"}}, []string{}},
		{url.Values{"cloud_uuid": {defaultCloudUUID}, "name": {"alpha"}}, []string{"alpha"}},
		{url.Values{"health_monitor_refs": {"/api/healthmonitor/" + monitor}}, []string{"alpha"}},
		{url.Values{"refers_to": {"healthmonitor:" + monitor}}, []string{"alpha"}},
		{url.Values{"no_such_field": {"x"}}, []string{}},
		{url.Values{"label_key": {"owner"}}, []string{"alpha", "Gamma"}},
		{url.Values{"label_key": {"owner"}, "label_value": {"us"}}, []string{"alpha"}},
		{url.Values{"search": {"(name,alp)|(description,test)"}}, []string{"alpha", "Gamma"}},
		{url.Values{"isearch": {"(name,ALP)"}}, []string{"alpha"}},
		{url.Values{"sort": {"name"}}, []string{"Gamma", "alpha", "beta two"}},
		{url.Values{"sort": {"-default_server_port"}, "limit_by": {"1"}}, []string{"beta two"}},
	}
	for _, test := range tests {
		t.Run(test.query.Encode(), func(t *testing.T) {
			got := c.get("/api/pool?" + test.query.Encode())
			if diff := cmp.Diff(test.want, names(t, got)); diff != "" {
				t.Errorf("names (-want +got):\n%s", diff)
			}
			if got["count"] != float64(len(test.want)) {
				t.Errorf("count is %v", got["count"])
			}
		})
	}
	if got := names(t, c.get("/api/healthmonitor?referred_by=pool:pool-0")); !cmp.Equal(got, []string{"System-TCP"}) {
		t.Errorf("referred_by finds %v", got)
	}
}

func TestListPages(t *testing.T) {
	c := newClient(t, newServer(t, Options{}))
	for i := range 60 {
		c.mustMake("pool", fmt.Sprintf("pool-%d", i), fmt.Sprintf(`{"name":"p%d"}`, i))
	}
	seen := map[string]bool{}
	path, pages := "/api/pool/?name.contains=p&include_name=", 0
	for path != "" {
		page := c.get(path)
		if page["count"] != 60.0 {
			t.Errorf("count is %v on page %d", page["count"], pages+1)
		}
		for _, name := range names(t, page) {
			seen[name] = true
		}
		pages++
		next, _ := page["next"].(string)
		if next != "" && !strings.HasPrefix(next, "https://controller.example.com/api/pool?") {
			t.Fatalf("next is %q", next)
		}
		path = strings.TrimPrefix(next, "https://controller.example.com")
	}
	if pages != 3 || len(seen) != 60 {
		t.Errorf("%d pages of 25 with %d objects", pages, len(seen))
	}
	if got := c.get("/api/pool?page_size=200"); got["next"] != nil || len(names(t, got)) != 60 {
		t.Errorf("page_size 200: next %v", got["next"])
	}
	for query, status := range map[string]int{"page_size=201": 400, "page_size=0": 400, "page_size=x": 400, "page=4": 404, "page=-1": 400, "a=%zz": 400} {
		if got := c.do(http.MethodGet, "/api/pool?"+query, ""); got.status != status {
			t.Errorf("%s: %d, want %d", query, got.status, status)
		}
	}
	c.do(http.MethodGet, "/api/vsvip", "").wants(http.StatusOK, `{"count":0,"results":[]}`)
}

func TestListShape(t *testing.T) {
	c := newClient(t, newServer(t, Options{}))
	c.lone()
	entry := at(t, c.get("/api/pool?fields=enabled"), "results.0").(map[string]any)
	if len(entry) != 4 || entry["enabled"] != true || entry["name"] != "pool" || entry["url"] == nil || entry["uuid"] == nil {
		t.Errorf("fields=enabled shows %v", entry)
	}
	if state := at(t, c.get("/api/pool?join_subresources=runtime"), "results.0.runtime.oper_status.state"); state != "OPER_UP" {
		t.Errorf("joined runtime is %v", state)
	}
	short := at(t, c.get("/api/pool?skip_default=true"), "results.0").(map[string]any)
	if _, ok := short["enabled"]; ok || short["name"] != "pool" {
		t.Errorf("skip_default shows %v", short)
	}
}
