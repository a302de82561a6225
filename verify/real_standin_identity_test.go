//go:build verify

package verify_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// identityStep is a request to both identity services.
type identityStep struct {
	what, user, method, path, body string
	subject                        string // whose token it is about
}

// login is the body that asks for a token; the users' passwords differ between the sides, so only failures can be compared.
func login(user, project string) string {
	scope := ""
	if project != "" {
		scope = `, "scope": {"project": {"name": "` + project + `", "domain": {"id": "default"}}}`
	}
	return `{"auth": {"identity": {"methods": ["password"], "password": {"user": {"name": "` + user +
		`", "domain": {"id": "default"}, "password": "surely not this"}}}` + scope + `}}`
}

func identitySteps() []identityStep {
	return []identityStep{
		{"a wrong password", "", "POST", "/auth/tokens", login("demo", "demo"), ""},
		{"no such user", "", "POST", "/auth/tokens", login("mallory", "demo"), ""},
		{"no such credential", "", "POST", "/auth/tokens", `{"auth": {"identity": {"methods": ["application_credential"],
			"application_credential": {"id": "0123456789abcdef0123456789abcdef", "secret": "x"}}}}`, ""},
		{"a body without auth", "", "POST", "/auth/tokens", `{}`, ""},
		{"ask about a token", "admin", "GET", "/auth/tokens?nocatalog", "", "demo"},
		{"ask about a token that is none", "admin", "GET", "/auth/tokens?nocatalog", "", "nobody"},
		{"ask about no token", "admin", "GET", "/auth/tokens", "", ""},
		{"ask with a token that is none", "nobody", "GET", "/auth/tokens", "", "demo"},
		{"ask without a token", "", "GET", "/auth/tokens", "", "demo"},
		{"ask about another's token", "alt", "GET", "/auth/tokens?nocatalog", "", "demo"},
		{"ask about an own token", "alt", "GET", "/auth/tokens?nocatalog", "", "alt"},
		{"revoke a token that is none", "admin", "DELETE", "/auth/tokens", "", "nobody"},
		{"a project as its member", "demo", "GET", "/projects/{demo}", "", ""},
		{"another's project", "alt", "GET", "/projects/{demo}", "", ""},
		{"no such project", "admin", "GET", "/projects/0123456789abcdef0123456789abcdef", "", ""},
	}
}

func compareIdentity(t *testing.T, st identityStep, actual, made side) {
	t.Helper()
	var said [2]answer
	for i, side := range []side{actual, made} {
		var body any
		if st.body != "" {
			body = json.RawMessage(side.put(st.body))
		}
		header := []string{}
		if st.subject != "" {
			header = append(header, "X-Subject-Token: "+side.tokens[st.subject])
		}
		said[i] = request(t, side.tokens[st.user], st.method, side.identity+side.put(st.path), body, header...)
	}
	if said[0].status != said[1].status {
		t.Errorf("Keystone answers %d %v, the stand-in %d %v", said[0].status, said[0].body, said[1].status, said[1].body)
		return
	}
	if said[0].status < 400 {
		compareFields(t, said[0].body, said[1].body)
		return
	}
	if diff := cmp.Diff(normal(t, actual, said[0].body, said[1].body), normal(t, made, said[1].body, said[1].body)); diff != "" {
		t.Errorf("they answer %d, but with different bodies (-Keystone +stand-in):\n%s", said[0].status, diff)
	}
	if got, want := said[1].header.Get("WWW-Authenticate") != "", said[0].header.Get("WWW-Authenticate") != ""; got != want {
		t.Errorf("a challenge of Keystone's: %t, of the stand-in: %t", want, got)
	}
}

// compareFields wants the real answer to have the fields that the stand-in has: their values are chance.
func compareFields(t *testing.T, actual, made map[string]any) {
	t.Helper()
	for name, value := range made {
		other, found := actual[name]
		if !found {
			t.Errorf("only the stand-in has %s", name)
		}
		if inner, ok := value.(map[string]any); ok {
			otherInner, _ := other.(map[string]any)
			compareFields(t, otherInner, inner)
		}
		if text, ok := value.(string); ok && strings.HasSuffix(name, "_at") {
			if otherText, _ := other.(string); len(otherText) != len(text) {
				t.Errorf("%s is %q of Keystone, %q of the stand-in", name, otherText, text)
			}
		}
	}
}
