package cloudsim_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/cloudsim"
)

// withExtras adds a second domain and an application credential to the demonstration cloud.
func withExtras(o *cloudsim.Options) {
	o.Domains = append(o.Domains, cloudsim.Domain{Name: "Other"})
	o.Projects = append(o.Projects, cloudsim.Project{Name: "demo", Domain: "Other"})
	o.Users = append(o.Users,
		cloudsim.User{
			Name: "demo", Domain: "Other", Password: "other-secret",
			Grants: []cloudsim.Grant{{Role: "member", Project: "demo"}, {Role: "reader", Domain: "Other"}},
		},
		cloudsim.User{
			ID: "ci-user", Name: "ci", Password: "pw", Grants: []cloudsim.Grant{{Role: "member", Project: "demo"}, {Role: "extra", Project: "demo"}},
			ApplicationCredentials: []cloudsim.ApplicationCredential{
				{ID: "cred-1", Name: "robot", Secret: "beep", Project: "demo", Roles: []string{"member"}},
				{ID: "cred-2", Name: "all", Secret: "boop", Project: "demo"},
			},
		},
		cloudsim.User{Name: "nobody"},
	)
}

const (
	demoPassword = `"identity":{"methods":["password"],"password":{"user":{"name":"demo","domain":{"name":"Default"},"password":"secret"}}}`
	adminLogin   = `"identity":{"methods":["password"],"password":{"user":{"name":"admin","domain":{"id":"default"},"password":"secret"}}}`
)

func TestLogin(t *testing.T) {
	s := start(t, withExtras)
	project := s.ProjectID("demo")
	tests := []struct {
		name, auth string
		status     int
		roles      []string // of a success
		scope      string   // of a success: which of project, domain, system the token has
	}{
		{"default project", demoPassword, 201, []string{"member", "reader", "load-balancer_member"}, "project"},
		{"explicitly unscoped", demoPassword + `,"scope":"unscoped"`, 201, nil, ""},
		{"unscoped object", demoPassword + `,"scope":{"unscoped":{}}`, 201, nil, ""},
		{"project by name", demoPassword + `,"scope":{"project":{"name":"demo","domain":{"id":"default"}}}`, 201, []string{"member", "reader", "load-balancer_member"}, "project"},
		{"project by id", demoPassword + `,"scope":{"project":{"id":"` + project + `"}}`, 201, []string{"member", "reader", "load-balancer_member"}, "project"},
		{"no default project", adminLogin, 201, nil, ""},
		{"domain", adminLogin + `,"scope":{"domain":{"id":"default"}}`, 201, []string{"admin", "member", "reader"}, "domain"},
		{"system", adminLogin + `,"scope":{"system":{"all":true}}`, 201, []string{"admin", "member", "reader"}, "system"},
		{"user of another domain", `"identity":{"methods":["password"],"password":{"user":{"name":"demo","domain":{"name":"Other"},"password":"other-secret"}}},"scope":{"project":{"name":"demo","domain":{"name":"Other"}}}`, 201, []string{"member", "reader"}, "project"},
		{"user by id", `"identity":{"methods":["password"],"password":{"user":{"id":"ci-user","password":"pw"}}}`, 201, nil, ""},
		{"application credential", `"identity":{"methods":["application_credential"],"application_credential":{"id":"cred-1","secret":"beep"}}`, 201, []string{"member"}, "project"},
		{"application credential by name", `"identity":{"methods":["application_credential"],"application_credential":{"name":"all","secret":"boop","user":{"id":"ci-user"}}}`, 201, []string{"member", "reader", "extra"}, "project"},

		{"wrong password", strings.ReplaceAll(demoPassword, "secret", "wrong"), 401, nil, ""},
		{"empty password of a user without one", `"identity":{"methods":["password"],"password":{"user":{"name":"nobody","domain":{"id":"default"},"password":""}}}`, 401, nil, ""},
		{"unknown user", strings.ReplaceAll(demoPassword, `"demo"`, `"who"`), 401, nil, ""},
		{"unknown domain", strings.ReplaceAll(demoPassword, "Default", "Nowhere"), 401, nil, ""},
		{"project without a role", demoPassword + `,"scope":{"project":{"name":"alt","domain":{"id":"default"}}}`, 401, nil, ""},
		{"unknown project", demoPassword + `,"scope":{"project":{"id":"nope"}}`, 401, nil, ""},
		{"system without a role", demoPassword + `,"scope":{"system":{"all":true}}`, 401, nil, ""},
		{"unknown method", `"identity":{"methods":["totp"]}`, 401, nil, ""},
		{"methods that disagree", `"identity":{"methods":["password","application_credential"],"password":{"user":{"id":"ci-user","password":"pw"}},"application_credential":{"id":"cred-1","secret":"wrong"}}`, 401, nil, ""},
		{"application credential with a scope", `"identity":{"methods":["application_credential"],"application_credential":{"id":"cred-1","secret":"beep"}},"scope":{"project":{"id":"x"}}`, 401, nil, ""},
		{"application credential's wrong secret", `"identity":{"methods":["application_credential"],"application_credential":{"id":"cred-1","secret":"x"}}`, 401, nil, ""},

		{"no identity", `"scope":{}`, 400, nil, ""},
		{"no methods", `"identity":{}`, 400, nil, ""},
		{"method without its object", `"identity":{"methods":["password"]}`, 400, nil, ""},
		{"user name without a domain", `"identity":{"methods":["password"],"password":{"user":{"name":"demo","password":"secret"}}}`, 400, nil, ""},
		{"token without an id", `"identity":{"methods":["token"],"token":{}}`, 400, nil, ""},
		{"credential without a name", `"identity":{"methods":["application_credential"],"application_credential":{"secret":"x"}}`, 400, nil, ""},
		{"empty scope", demoPassword + `,"scope":{}`, 400, nil, ""},
		{"scope of a wrong type", demoPassword + `,"scope":7`, 400, nil, ""},
		{"project name without a domain", demoPassword + `,"scope":{"project":{"name":"demo"}}`, 400, nil, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := s.identity("POST", "/auth/tokens", "", `{"auth":{`+test.auth+`}}`)
			if got.status != test.status {
				t.Fatalf("status %d, want %d: %v", got.status, test.status, got.body)
			}
			if test.status != http.StatusCreated {
				if got.at("error", "code") != float64(test.status) || got.text("error", "title") == "" || got.text("error", "message") == "" {
					t.Errorf("not Keystone's error body: %v", got.body)
				}
				return
			}
			if got.header.Get("X-Subject-Token") == "" {
				t.Error("no X-Subject-Token")
			}
			var roles []string
			for i := range got.list("token", "roles") {
				roles = append(roles, got.text("token", "roles", i, "name"))
			}
			if diff := cmp.Diff(test.roles, roles); diff != "" {
				t.Errorf("roles (-want +got):\n%s", diff)
			}
			for _, scope := range []string{"project", "domain", "system"} {
				if has := got.at("token", scope) != nil; has != (scope == test.scope) {
					t.Errorf("the token has a %s: %v, want %v", scope, has, !has)
				}
			}
			if has := got.at("token", "catalog") != nil; has != (test.scope != "") {
				t.Errorf("the token has a catalog: %v", has)
			}
		})
	}
	for _, body := range []string{"", "{", "[]", "{}", `{"auth":{}} trailing`} {
		if got := s.identity("POST", "/auth/tokens", "", body); got.status != http.StatusBadRequest {
			t.Errorf("body %q: %d", body, got.status)
		}
	}
}

func TestRescopedTokenEndsWithItsOrigin(t *testing.T) {
	var time_ clock
	s := start(t, func(o *cloudsim.Options) { o.Now = time_.now; o.TokenLifetime = time.Hour })
	first := s.identity("POST", "/auth/tokens", "", `{"auth":{`+demoPassword+`,"scope":"unscoped"}}`)
	time_.advance(30 * time.Minute)
	rescope := fmt.Sprintf(`{"auth":{"identity":{"methods":["token"],"token":{"id":%q}},"scope":{"project":{"name":"demo","domain":{"id":"default"}}}}}`,
		first.header.Get("X-Subject-Token"))
	second := s.identity("POST", "/auth/tokens", "", rescope)
	if second.status != http.StatusCreated {
		t.Fatalf("rescoping: %v", second.body)
	}
	if first.text("token", "expires_at") != second.text("token", "expires_at") {
		t.Errorf("expiry %s, want %s", second.text("token", "expires_at"), first.text("token", "expires_at"))
	}
	if first.text("token", "audit_ids", 0) != second.text("token", "audit_ids", 1) {
		t.Error("the audit chain is broken")
	}
	token := second.header.Get("X-Subject-Token")
	time_.advance(29 * time.Minute)
	if got := s.network("GET", "/networks", token, ""); got.status != http.StatusOK {
		t.Errorf("before its end: %d", got.status)
	}
	time_.advance(time.Minute)
	if got := s.network("GET", "/networks", token, ""); got.status != http.StatusUnauthorized || got.header.Get("WWW-Authenticate") == "" {
		t.Errorf("after its end: %d", got.status)
	}
	if got := s.identity("POST", "/auth/tokens", "", rescope); got.status != http.StatusUnauthorized {
		t.Errorf("rescoping an expired token: %d", got.status)
	}
}

func TestTokenValidationAndRevocation(t *testing.T) {
	s := start(t, nil)
	service, demo, alt := s.token("avi-lbaas", "service"), s.token("demo", "demo"), s.token("alt", "alt")
	check := func(name, method, caller, subject string, want int) {
		t.Helper()
		if got := s.identity(method, "/auth/tokens", caller, "", "X-Subject-Token", subject); got.status != want {
			t.Errorf("%s: %d, want %d: %v", name, got.status, want, got.body)
		}
	}
	check("a service validates", "GET", service, demo, 200)
	check("a service checks", "HEAD", service, demo, 200)
	check("a user validates its own", "GET", demo, demo, 200)
	check("a user validates another's", "GET", alt, demo, 403)
	check("a service validates nonsense", "GET", service, "nonsense", 404)
	check("without a subject", "GET", service, "", 404)
	check("without a caller", "GET", "", demo, 401)
	if got := s.Counts().Validations; got != 6 {
		t.Errorf("%d validations were counted", got)
	}
	without := s.identity("GET", "/auth/tokens?nocatalog", service, "", "X-Subject-Token", demo)
	if without.at("token", "catalog") != nil || without.text("token", "user", "name") != "demo" {
		t.Errorf("nocatalog: %v", without.body)
	}
	check("a user revokes another's", "DELETE", alt, demo, 403)
	check("a user revokes its own", "DELETE", demo, demo, 204)
	check("a revoked token", "GET", service, demo, 404)
	s.Revoke(alt)
	check("a token revoked by the hook", "GET", service, alt, 404)
	s.RevokeAll()
	check("all revoked", "GET", service, service, 401)
}

func TestCatalogNamesTheLoadBalancerOnlyWhenThereIsOne(t *testing.T) {
	s := start(t, func(o *cloudsim.Options) { o.Region = "North" })
	token := s.token("demo", "demo")
	types := func() (got []string) {
		answer := s.identity("GET", "/auth/catalog", token, "")
		for i := range answer.list("catalog") {
			got = append(got, answer.text("catalog", i, "type"))
			if region := answer.text("catalog", i, "endpoints", 2, "region_id"); region != "North" {
				t.Errorf("region %q", region)
			}
		}
		return got
	}
	if diff := cmp.Diff([]string{"identity", "network", "key-manager"}, types()); diff != "" {
		t.Error(diff)
	}
	s.SetLoadBalancerURL("http://127.0.0.1:1")
	if diff := cmp.Diff([]string{"identity", "network", "key-manager", "load-balancer"}, types()); diff != "" {
		t.Error(diff)
	}
	unscoped, err := s.Token("admin", "")
	if err != nil {
		t.Fatal(err)
	}
	if got := s.identity("GET", "/auth/catalog", unscoped, ""); got.status != http.StatusForbidden {
		t.Errorf("the catalog of an unscoped token: %d", got.status)
	}
}

func TestIdentityReads(t *testing.T) {
	s := start(t, nil)
	admin, demo := s.token("admin", "admin"), s.token("demo", "demo")
	project, alt := s.ProjectID("demo"), s.ProjectID("alt")
	user := s.identity("GET", "/users?name=demo", admin, "").text("users", 0, "id")
	role := s.identity("GET", "/roles?name=member", admin, "").text("roles", 0, "id")
	tests := []struct {
		caller, path string
		status       int
		collection   string
		count        int
	}{
		{admin, "/projects", 200, "projects", 4},
		{admin, "/projects?name=demo&domain_id=default", 200, "projects", 1},
		{admin, "/projects?name=nope", 200, "projects", 0},
		{demo, "/projects", 403, "", 0},
		{admin, "/projects/" + alt, 200, "", 0},
		{demo, "/projects/" + project, 200, "", 0},
		{demo, "/projects/" + alt, 403, "", 0},
		{admin, "/projects/nope", 404, "", 0},
		{demo, "/auth/projects", 200, "projects", 1},
		{demo, "/auth/domains", 200, "domains", 0},
		{admin, "/auth/domains", 200, "domains", 1},
		{demo, "/auth/system", 200, "system", 0},
		{admin, "/auth/system", 200, "system", 1},
		{admin, "/users?name=demo", 200, "users", 1},
		{demo, "/users", 403, "", 0},
		{demo, "/users/" + user, 200, "", 0},
		{admin, "/users/nope", 404, "", 0},
		{demo, "/users/nope", 403, "", 0},
		{demo, "/users/" + user + "/projects", 200, "projects", 1},
		{admin, "/domains", 200, "domains", 1},
		{admin, "/domains/default", 200, "", 0},
		{admin, "/domains/nope", 404, "", 0},
		{demo, "/domains", 403, "", 0},
		{demo, "/domains/default", 403, "", 0},
		{admin, "/roles?name=member", 200, "roles", 1},
		{admin, "/roles/" + role, 200, "", 0},
		{admin, "/roles/nope", 404, "", 0},
		{demo, "/roles", 403, "", 0},
		{demo, "/roles/" + role, 403, "", 0},
		{"", "/projects", 401, "", 0},
	}
	for _, test := range tests {
		got := s.identity("GET", test.path, test.caller, "")
		if got.status != test.status {
			t.Errorf("GET %s: %d, want %d: %v", test.path, got.status, test.status, got.body)
		}
		if test.collection != "" && len(got.list(test.collection)) != test.count {
			t.Errorf("GET %s: %d %s, want %d", test.path, len(got.list(test.collection)), test.collection, test.count)
		}
	}
}

func TestUsersAndProjectsCanBeAdded(t *testing.T) {
	s := start(t, nil)
	if _, err := s.AddUser(cloudsim.User{Name: "late", Grants: []cloudsim.Grant{{Role: "member", Project: "later"}}}); err == nil {
		t.Error("a user with a grant on no project must be refused")
	}
	id, err := s.AddProject(cloudsim.Project{Name: "later"})
	if err != nil || id == "" || id != s.ProjectID("later") {
		t.Fatalf("%q, %v", id, err)
	}
	if _, err := s.AddUser(cloudsim.User{Name: "late", Grants: []cloudsim.Grant{{Role: "member", Project: "later"}}}); err != nil {
		t.Fatal(err)
	}
	if got := s.identity("GET", "/projects/"+id, s.token("late", "later"), ""); got.text("project", "name") != "later" {
		t.Errorf("%v", got.body)
	}
	for _, wrong := range [][2]string{{"who", ""}, {"late", "nope"}, {"late", "demo"}} {
		if _, err := s.Token(wrong[0], wrong[1]); err == nil {
			t.Errorf("a token of user %q in project %q", wrong[0], wrong[1])
		}
	}
}
