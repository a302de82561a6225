package cloudsim_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/cloudsim"
)

// askKeys makes a request of the key manager and gives the answer's status and text.
func askKeys(t *testing.T, cloud *cloudsim.Cloud, token, method, path, body string, header ...string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, cloud.KeyManagerURL()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Auth-Token", token)
	request.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// Barbican's rules, as its clients meet them.
func TestKeyManagerIsStrict(t *testing.T) {
	t.Cleanup(http.DefaultTransport.(*http.Transport).CloseIdleConnections)
	s := start(t, func(*cloudsim.Options) {})
	owner, reader, stranger := s.token("demo", "demo"), s.token("demo-reader", "demo"), s.token("alt", "alt")
	admin := s.token("admin", "admin")
	add := func(path, body string) string {
		t.Helper()
		status, text := askKeys(t, s.Cloud, owner, "POST", path, body)
		var made map[string]string
		if err := json.Unmarshal([]byte(text), &made); err != nil || status != http.StatusCreated {
			t.Fatalf("%s: %d %s", path, status, text)
		}
		for _, ref := range made {
			return strings.TrimPrefix(ref, s.KeyManagerURL())
		}
		return ""
	}
	secret := add("/v1/secrets", `{"name":"s","payload":"TEXT","payload_content_type":"text/plain"}`)
	blank := add("/v1/secrets", `{"name":"later"}`)
	container := add("/v1/containers", `{"type":"certificate","secret_refs":[{"name":"certificate","secret_ref":"`+s.KeyManagerURL()+secret+`"}]}`)
	acl := `{"read":{"users":["` + s.UserID("alt") + `"]}}`
	for _, test := range []struct {
		name, token, method, path, body string
		status                          int
		header                          []string
	}{
		{"no token", "", "GET", secret, "", 401, nil},
		{"the owner's secret", owner, "GET", secret, "", 200, nil},
		{"its payload", owner, "GET", secret + "/payload", "", 200, []string{"Accept", "text/plain"}},
		{"in another form", owner, "GET", secret + "/payload", "", 406, []string{"Accept", "application/octet-stream"}},
		{"without a payload", owner, "GET", blank + "/payload", "", 404, nil},
		{"a payload later", owner, "PUT", blank, "LATER", 204, []string{"Content-Type", "text/plain"}},
		{"and again", owner, "PUT", blank, "LATER", 409, []string{"Content-Type", "text/plain"}},
		{"a stranger", stranger, "GET", secret, "", 403, nil},
		{"a stranger's container", stranger, "GET", container, "", 403, nil},
		{"another project's admin", admin, "GET", secret, "", 403, nil},
		{"a role that cannot", reader, "POST", "/v1/secrets", `{}`, 403, nil},
		{"a stranger's list", stranger, "PUT", secret + "/acl", acl, 403, nil},
		{"an access list", owner, "PUT", secret + "/acl", acl, 200, nil},
		{"a friend", stranger, "GET", secret + "/payload", "", 200, []string{"Accept", "text/plain"}},
		{"a friend's own list", stranger, "GET", secret + "/acl", "", 200, nil},
		{"a friend cannot delete", stranger, "DELETE", secret, "", 403, nil},
		{"the list goes", owner, "DELETE", secret + "/acl", "", 200, nil},
		{"no friend any more", stranger, "GET", secret, "", 403, nil},
		{"an empty payload", owner, "POST", "/v1/secrets", `{"payload":"","payload_content_type":"text/plain"}`, 400, nil},
		{"no type", owner, "POST", "/v1/secrets", `{"payload":"x"}`, 400, nil},
		{"binary without base64", owner, "POST", "/v1/secrets", `{"payload":"x","payload_content_type":"application/octet-stream"}`, 400, nil},
		{"a container of nothing", owner, "POST", "/v1/containers", `{"type":"certificate","secret_refs":[]}`, 400, nil},
		{"an unknown type", owner, "POST", "/v1/containers", `{"type":"box"}`, 400, nil},
		{"a secret that is not there", owner, "POST", "/v1/containers", `{"type":"generic","secret_refs":[{"name":"a","secret_ref":"http://k/v1/secrets/x"}]}`, 404, nil},
		{"no id", owner, "GET", "/v1/secrets/x", "", 404, nil},
		{"no route", owner, "GET", "/v1/orders", "", 404, nil},
		{"no method", owner, "PATCH", "/v1/containers", "", 405, nil},
		{"a deletion", owner, "DELETE", container, "", 204, nil},
		{"it is gone", owner, "GET", container, "", 404, nil},
	} {
		status, text := askKeys(t, s.Cloud, test.token, test.method, test.path, test.body, test.header...)
		if status != test.status {
			t.Errorf("%s: %d %s, want %d", test.name, status, text, test.status)
		}
		if strings.Contains(text, "TEXT") != (test.header != nil && strings.HasSuffix(test.path, "/payload") && status == 200) {
			t.Errorf("%s: %s", test.name, text)
		}
	}
	if status, text := askKeys(t, s.Cloud, owner, "GET", "/v1/secrets?limit=1&offset=1", ""); status != 200 || !strings.Contains(text, `"total":2`) ||
		!strings.Contains(text, "later") {
		t.Errorf("a page: %d %s", status, text)
	}
}
