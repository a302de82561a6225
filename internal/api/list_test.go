package api_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/api"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/service"
)

func TestListsAskTheService(t *testing.T) {
	none := map[string]string{}
	for _, test := range []struct {
		query string
		want  service.Query
	}{
		{"", service.Query{Equal: none, Limit: 1000}},
		{"?limit=0&page_reverse=false", service.Query{Equal: none, Limit: 1000}},
		{"?limit=-1", service.Query{Equal: none, Limit: 1000}},
		{"?limit=infinite", service.Query{Equal: none, Limit: 1000}},
		{"?limit=5000", service.Query{Equal: none, Limit: 1000}},
		{"?limit=2&page_reverse=True", service.Query{Equal: none, Limit: 2, Reverse: true}},
		{"?name=web&tenant_id=" + project, service.Query{Equal: map[string]string{"name": "web", "project_id": project}, Limit: 1000}},
		{"?sort=name", service.Query{Equal: none, Limit: 1000, Sort: []service.SortKey{{Attribute: "name"}}}},
		{"?sort=name:DESC,tenant_id:asc", service.Query{Equal: none, Limit: 1000, Sort: []service.SortKey{
			{Attribute: "name", Descending: true}, {Attribute: "project_id"},
		}}},
		{"?sort_key=name,id,created_at&sort_dir=desc,asc", service.Query{Equal: none, Limit: 1000, Sort: []service.SortKey{
			{Attribute: "name", Descending: true}, {Attribute: "id"}, {Attribute: "created_at"},
		}}},
		{"?sort_key=name&sort_key=id&sort_dir=desc&sort_dir=asc", service.Query{Equal: none, Limit: 1000, Sort: []service.SortKey{
			{Attribute: "name", Descending: true}, {Attribute: "id"},
		}}},
		{"?name=a&name=b&id=c", service.Query{Equal: map[string]string{"id": "c"}, OneOf: map[string][]string{"name": {"a", "b"}}, Limit: 1000}},
		{"?tags=a,b&tags=c&tags-any=d&not-tags=e,f&not-tags-any=g", service.Query{Equal: none, Limit: 1000, Tags: lbaas.TagFilter{
			All: []string{"a", "b", "c"}, Any: []string{"d"}, NotAll: []string{"e", "f"}, NotAny: []string{"g"},
		}}},
		{"?sort=&sort_key=name", service.Query{Equal: none, Limit: 1000, Sort: []service.SortKey{{Attribute: "name"}}}},
		{"?sort_dir=desc", service.Query{Equal: none, Limit: 1000}},
	} {
		t.Run(test.query, func(t *testing.T) {
			f := newFront(t)
			f.must(t, "GET", "/v2/lbaas/loadbalancers"+test.query, "")
			if diff := cmp.Diff([]service.Query{test.want}, f.memory.queries); diff != "" {
				t.Errorf("the service was asked (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWrongLists(t *testing.T) {
	f := newFront(t)
	f.populate(t)
	for _, test := range []struct {
		query  string
		status int
		want   string
	}{
		{"limit=few", 400, "Supplied pagination limit 'few' is not valid."},
		{"limit=", 400, "Supplied pagination limit '' is not valid."},
		{"limit=1&limit=2", 400, "One or more arguments are either duplicate or invalid"},
		{"project_id=a&tenant_id=a", 400, "One or more arguments are either duplicate or invalid"},
		{"sort=name:up", 400, "Supplied sort direction 'up' is not valid."},
		{"sort=name:", 400, "Supplied sort direction '' is not valid."},
		{"sort=name:asc:desc", 400, "Supplied sort key 'name:asc:desc' is not valid."},
		{"sort=name,", 400, "Supplied sort key '' is not valid."},
		{"sort_key=name&sort_dir=sideways", 400, "Supplied sort direction 'sideways' is not valid."},
		{"marker=", 400, "Supplied pagination marker '' is not valid."},
		{"marker=unknown", 400, "marker"},
		{"page_reverse=perhaps", 400, "page_reverse. Value: 'perhaps'"},
		{"colour=red", 400, "colour"},
		{"name=%00", 400, "field/attribute name"},
		{"name=%ff", 400, "field/attribute name"},
		{"a=%zz", 400, "The request's query could not be read."},
		{"project_id=a&project_id=b", 400, "One or more arguments are either duplicate or invalid"},
		{"tags=a%00", 400, "field/attribute tags"},
	} {
		got := f.do("GET", "/v2/lbaas/loadbalancers?"+test.query, "")
		if got.status != test.status || !strings.Contains(got.fault(t), test.want) {
			t.Errorf("?%s answered %d %s, want %d with %q", test.query, got.status, got.body, test.status, test.want)
		}
	}
}

// names are the names of a page's entries, links its links by their rel.
func names(t *testing.T, got reply) (names []string, links map[string]string) {
	t.Helper()
	body := got.object(t)
	for _, item := range body["loadbalancers"].([]any) {
		names = append(names, item.(map[string]any)["name"].(string))
	}
	links = map[string]string{}
	for _, l := range body["loadbalancers_links"].([]any) {
		l := l.(map[string]any)
		links[l["rel"].(string)] = l["href"].(string)
	}
	return names, links
}

func TestLinksLeadThroughAList(t *testing.T) {
	f := newFront(t)
	for i := range 5 {
		f.must(t, "POST", "/v2/loadbalancers", fmt.Sprintf(`{"loadbalancer": {"name": "lb%d", "vip_subnet_id": %q}}`, i, subnetID))
	}
	follow := func(href string) ([]string, map[string]string) {
		u, err := url.Parse(href)
		if err != nil {
			t.Fatal(err)
		}
		if u.Host != "lb.example.org" || u.Path != "/v2.0/lbaas/loadbalancers" || u.Query().Get("fields") != "name" ||
			u.Query().Get("project_id") != project || u.Query().Get("limit") != "2" {
			t.Errorf("a link leads to %s", href)
		}
		// Links are for the service's public address, whose path may have a prefix that the API itself does not see.
		return names(t, f.must(t, "GET", u.RequestURI(), ""))
	}
	first, links := names(t, f.must(t, "GET", "/v2.0/lbaas/loadbalancers?limit=2&project_id="+project+"&fields=name", ""))
	second, links2 := follow(links["next"])
	third, links3 := follow(links2["next"])
	back, linksBack := follow(links3["previous"])
	start, linksStart := follow(linksBack["previous"])
	got := [][]string{first, second, third, back, start}
	want := [][]string{{"lb0", "lb1"}, {"lb2", "lb3"}, {"lb4"}, {"lb2", "lb3"}, {"lb0", "lb1"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
	for name, test := range map[string]struct {
		links map[string]string
		want  string
	}{
		"first": {links, "next"}, "second": {links2, "next previous"}, "third": {links3, "previous"},
		"back": {linksBack, "next previous"}, "start": {linksStart, "next"},
	} {
		var rels []string
		for _, rel := range []string{"next", "previous"} {
			if test.links[rel] != "" {
				rels = append(rels, rel)
			}
		}
		if strings.Join(rels, " ") != test.want {
			t.Errorf("the %s page has links %v, want %s", name, rels, test.want)
		}
	}
}

func TestAnEmptyListIsAList(t *testing.T) {
	f := newFront(t)
	got := f.must(t, "GET", "/v2/lbaas/listeners", "")
	if want := `{"listeners":[],"listeners_links":[]}`; strings.TrimSpace(string(got.body)) != want {
		t.Errorf("answered %s, want %s", got.body, want)
	}
}

func TestCallersAreHeldToTheirProjectByTheService(t *testing.T) {
	f := newFront(t)
	f.populate(t)
	f.must(t, "POST", "/v2/loadbalancers", `{"loadbalancer": {"name": "theirs", "vip_subnet_id": "`+subnetID+`"}}`,
		"X-Project-Id: "+otherProject)
	list := func(query string, roles ...string) []string {
		g := newFront(t, func(o *api.Options) { o.Service, o.Authenticator = f.memory, as(roles...) })
		got, _ := names(t, g.must(t, http.MethodGet, "/v2/loadbalancers"+query, ""))
		return got
	}
	for _, test := range []struct {
		query string
		role  string
		want  []string
	}{
		{"", "load-balancer_observer", []string{"web"}},
		{"", "load-balancer_global_observer", []string{"web", "theirs"}},
		{"?tenant_id=" + otherProject, "admin", []string{"theirs"}},
	} {
		if diff := cmp.Diff(test.want, list(test.query, test.role)); diff != "" {
			t.Errorf("GET %s of a %s (-want +got):\n%s", test.query, test.role, diff)
		}
	}
}

// Octavia says 403 where a list is asked of a project that the caller has no part in; of members and rules the project is a
// filter like others.
func TestListsOfForeignProjects(t *testing.T) {
	f := newFront(t)
	f.populate(t)
	g := newFront(t, func(o *api.Options) { o.Service, o.Authenticator = f.memory, as("load-balancer_member") })
	for path, want := range map[string]int{
		"/v2/lbaas/loadbalancers": 403, "/v2/lbaas/listeners": 403, "/v2/lbaas/pools": 403, "/v2/lbaas/healthmonitors": 403,
		"/v2/lbaas/l7policies": 403, "/v2/lbaas/pools/" + poolID() + "/members": 200,
	} {
		for _, name := range []string{"project_id", "tenant_id"} {
			if got := g.do("GET", path+"?"+name+"="+otherProject, ""); got.status != want {
				t.Errorf("GET %s of another %s answered %d, want %d", path, name, got.status, want)
			}
		}
		if got := g.do("GET", path+"?project_id="+project, ""); got.status != 200 {
			t.Errorf("GET %s of the caller's own project answered %d", path, got.status)
		}
	}
}

// An operator may leave conventions out, in Octavia's way: what is not allowed is not looked at.
func TestListsWithoutConventions(t *testing.T) {
	everything := "?limit=1&marker=x&page_reverse=True&sort=name:up&name=web&tags=a&project_id=" + project + "&fields=name"
	for name, test := range map[string]struct {
		rules  api.ListRules
		path   string
		want   service.Query
		status int
	}{
		"pages":   {api.ListRules{NoPagination: true}, "?limit=few&marker=&sort=name", service.Query{Sort: []service.SortKey{{Attribute: "name"}}}, 200},
		"order":   {api.ListRules{NoSorting: true}, "?limit=1&sort=name:up", service.Query{Limit: 1}, 200},
		"filters": {api.ListRules{NoFiltering: true}, "?limit=1&name=x&tags=a&colour=red", service.Query{Limit: 1}, 200},
		"all": {
			api.ListRules{NoPagination: true, NoSorting: true, NoFiltering: true, NoFieldSelection: true},
			everything,
			service.Query{Equal: map[string]string{"project_id": project}},
			200,
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFront(t, func(o *api.Options) { o.Lists = test.rules })
			got := f.do("GET", "/v2/lbaas/listeners"+test.path, "")
			if test.want.Equal == nil {
				test.want.Equal = map[string]string{}
			}
			if diff := cmp.Diff([]service.Query{test.want}, f.memory.queries); diff != "" || got.status != test.status {
				t.Errorf("answered %d; the service was asked (-want +got):\n%s", got.status, diff)
			}
		})
	}
}

func TestFieldsMayBeLeftOut(t *testing.T) {
	f := newFront(t, func(o *api.Options) { o.Lists.NoFieldSelection = true })
	f.populate(t)
	for _, path := range []string{"/v2/lbaas/loadbalancers", "/v2/lbaas/loadbalancers/" + lbID()} {
		if got := f.must(t, "GET", path+"?fields=name", ""); !strings.Contains(string(got.body), `"vip_address"`) {
			t.Errorf("GET %s answered %s", path, got.body)
		}
	}
}

func TestQuotasAreListedByTheSameConventions(t *testing.T) {
	s := newSite(t, nil, func(o *api.Options) { o.Lists.NoPagination = true })
	for _, id := range []string{project, otherProject} {
		s.must(t, "PUT", "/v2/lbaas/quotas/"+id, `{"quota": {"pool": 1}}`, "X-Auth-Token: quota-admin")
	}
	got := s.must(t, "GET", "/v2/lbaas/quotas?limit=1", "", "X-Auth-Token: quota-admin").object(t)
	if quotas, _ := got["quotas"].([]any); len(quotas) != 2 || got["quotas_links"] != nil {
		t.Errorf("a list without pages has %d of 2 projects and the links %v", len(quotas), got["quotas_links"])
	}
}
