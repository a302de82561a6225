package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/app"
	"github.com/avi-lbaas/avi-lbaas/internal/cloudsim"
	"github.com/avi-lbaas/avi-lbaas/internal/config"
)

// adopt and simulator log in with what an openrc file exports. The environment is the process's: this test runs alone.
func TestLoginsByTheEnvironment(t *testing.T) {
	cloud, err := cloudsim.New(cloudsim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := cloud.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cloud.Close(); err != nil {
			t.Error(err)
		}
	})
	tokens := make(chan string, 100)
	source := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tokens <- r.Header.Get("X-Auth-Token")
		name := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
		_, _ = w.Write([]byte(`{"` + name + `": []}`)) // the command says so if it got nothing
	}))
	t.Cleanup(source.Close)
	i := install(t)
	command := []string{"adopt", "--source-url", source.URL, "--config-file", i.file}
	ask := func(what string, want func(string) bool) {
		t.Helper()
		expect(t, exitOK, []string{"0 load balancers: 0 taken over"}, command...)
		if token := <-tokens; !want(token) {
			t.Errorf("%s: the token is %q", what, token)
		}
		for len(tokens) > 0 {
			<-tokens
		}
	}
	none, some := func(s string) bool { return s == "" }, func(s string) bool { return len(s) > 5 }
	ask("without a login", none)
	expect(t, exitFailed, []string{"needs a login"}, "simulator", "--neutron-url", cloud.NetworkURL(), "--listen", "127.0.0.1:0")

	t.Setenv("OS_TOKEN", "a token at hand")
	ask("with a token", func(s string) bool { return s == "a token at hand" })
	expect(t, exitFailed, []string{"is not at a loopback address"},
		"simulator", "--neutron-url", "http://192.0.2.1:9696", "--listen", "127.0.0.1:0", "--no-engine")
	simulator := start(t, "simulator", "--neutron-url", cloud.NetworkURL(), "--listen", "127.0.0.1:0", "--no-engine")
	simulator.stdout.after(t, "at https://", ",")

	t.Setenv("OS_TOKEN", "")
	t.Setenv("OS_AUTH_URL", cloud.IdentityURL())
	expect(t, exitFailed, []string{"username is missing", "password is missing"}, command...)
	for name, value := range map[string]string{
		"OS_USERNAME": "admin", "OS_PASSWORD": cloudsim.DemoPassword, "OS_PROJECT_NAME": "admin",
		"OS_USER_DOMAIN_NAME": "Default", "OS_PROJECT_DOMAIN_NAME": "Default",
	} {
		t.Setenv(name, value)
	}
	ask("with a login", some)
	session, closeIt, err := engineTokens(toolLogger(newRootCommand(), false))
	if err != nil {
		t.Fatal(err)
	}
	defer closeIt()
	if token, err := session.Token(t.Context()); err != nil || !some(token) {
		t.Errorf("the simulator's token is %q, %v", token, err)
	}
	old := func(name string) string {
		return map[string]string{"OS_AUTH_URL": "http://k/v2.0", "OS_IDENTITY_API_VERSION": "2.0"}[name]
	}
	if _, _, err := app.EnvironmentSession(&config.Config{}, old, nil); err == nil || !strings.Contains(err.Error(), "only version 3") {
		t.Errorf("Keystone v2: %v", err)
	}
}
