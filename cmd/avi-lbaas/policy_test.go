package main

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// policyPlace is a configuration beside which policy files are put.
type policyPlace struct {
	t   *testing.T
	dir string
}

func newPolicyPlace(t *testing.T) *policyPlace {
	t.Helper()
	p := &policyPlace{t: t, dir: t.TempDir()}
	p.write("avi-lbaas.conf", "[DEFAULT]\nlog_json = true\n[api_settings]\nauth_strategy = noauth\nbind_port = 0\n[database]\nconnection = sqlite:///"+
		filepath.Join(p.dir, "db.sqlite")+"\n[avi_adc]\naddress = 127.0.0.1:1\npassword = p\n")
	return p
}

func (p *policyPlace) write(name, content string) {
	p.t.Helper()
	path := filepath.Join(p.dir, name)
	if err := os.WriteFile(path+".new", []byte(content), 0o600); err != nil {
		p.t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		p.t.Fatal(err)
	}
}

func (p *policyPlace) check(args ...string) ran {
	p.t.Helper()
	return runCommand(p.t, append([]string{"policy", "check", "--config-file", filepath.Join(p.dir, "avi-lbaas.conf")}, args...)...)
}

func TestPolicyCheckSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	p := newPolicyPlace(t)
	if got := p.check(); got.code != exitOK || got.stdout != "The policy is good.\n" {
		t.Errorf("without a file: %+v", got)
	}
	p.write("policy.yaml", "# mine\n\"os_load-balancer_api:pool:paint\": \"@\"\n")
	if got := p.check(); got.code != exitOK || !strings.Contains(got.stderr, "nothing asks for it") {
		t.Errorf("with a rule that nothing asks for: %+v", got)
	}
	p.write("policy.yaml", "# mine\n\"load-balancer:read\": \"role:reader or\"\n")
	want := filepath.Join(p.dir, "policy.yaml") + `:2: rule "load-balancer:read": a check is missing at the end`
	if got := p.check(); got.code != exitFailed || !strings.Contains(got.stderr, want) {
		t.Errorf("with a broken rule: %+v", got)
	}
	if got := runCommand(t, "serve", "--config-file", filepath.Join(p.dir, "avi-lbaas.conf")); got.code != exitFailed || !strings.Contains(got.stderr, want) {
		t.Errorf("serve with a broken rule: %+v", got)
	}
}

func TestPolicyCheckSaysWhoMayDoWhat(t *testing.T) {
	t.Parallel()
	p := newPolicyPlace(t)
	const write, read = "os_load-balancer_api:pool:post", "os_load-balancer_api:pool:get_one"
	verdict := func(code int, stdout string, args ...string) {
		t.Helper()
		if got := p.check(args...); got.code != code || !strings.Contains(got.stdout, stdout) {
			t.Errorf("%v: %+v, want %d and %q", args, got, code, stdout)
		}
	}
	verdict(exitOK, "passed: "+read+"\n", "--roles", "load-balancer_observer", "--project", "p")
	verdict(exitOK, "failed: "+write+"\n", "--roles", "load-balancer_observer", "--project", "p")
	verdict(exitFound, "would do: admin, load-balancer_admin, load-balancer_member\n", "--roles", "member", "--project", "p", "--rule", write)
	verdict(exitOK, "passed: "+write+"\n", "--roles", "creator,load-balancer_member", "--project", "p", "--rule", write)
	verdict(exitFound, "failed: "+write+"\n", "--roles", "load-balancer_member", "--project", "p", "--target-project", "q", "--rule", write)
	verdict(exitOK, "passed: "+write+"\n", "--roles", "admin", "--project", "p", "--target-project", "q", "--rule", write)
	verdict(exitUsage, "", "--rule", write)
	verdict(exitUsage, "", "--roles", "member", "--rule", "os_load-balancer_api:pool:paint")
	p.write("token.json", `{"token": {"user": {"id": "u", "domain": {"id": "d"}}, "project": {"id": "p"}, "roles": [{"id": "1", "name": "load-balancer_member"}]}}`)
	verdict(exitOK, "passed: "+write+"\n", "--access", filepath.Join(p.dir, "token.json"))
	p.write("token.json", `{"token": {"user": {"id": "u"}, "system": {"all": true}, "roles": [{"id": "1", "name": "admin"}]}}`)
	verdict(exitOK, "passed: "+write+"\n", "--access", filepath.Join(p.dir, "token.json"), "--target-project", "p")
	verdict(exitFailed, "", "--access", filepath.Join(p.dir, "none.json"))
}

func TestPolicySampleIsAPolicyFile(t *testing.T) {
	t.Parallel()
	p := newPolicyPlace(t)
	for _, args := range [][]string{{"policy", "sample"}, {"policy", "sample", "--default-roles", "keystone"}} {
		got := runCommand(t, args...)
		if got.code != exitOK || !strings.Contains(got.stdout, `#"os_load-balancer_api:loadbalancer:get_all": "rule:load-balancer:read"`) {
			t.Errorf("%v: %+v", args, got)
		}
		p.write("policy.yaml", strings.ReplaceAll(got.stdout, "\n#\"", "\n\""))
		if checked := p.check(); checked.code != exitOK || checked.stderr != "" {
			t.Errorf("%v is not a policy file: %+v", args, checked)
		}
	}
}

func TestPolicySampleWantsASetOfRolesThatThereIs(t *testing.T) {
	t.Parallel()
	if got := runCommand(t, "policy", "sample", "--default-roles", "all"); got.code != exitUsage || !strings.Contains(got.stderr, "load-balancer, keystone, both") {
		t.Errorf("got %+v", got)
	}
}

// A service at work takes new rules on SIGHUP and by itself, and every request on the way is answered by the old or the new ones.
func TestServeTakesNewRules(t *testing.T) {
	p := newPolicyPlace(t)
	manager := newServiceManager(t)
	service := start(t, "serve", "--config-file", filepath.Join(p.dir, "avi-lbaas.conf"))
	address := service.stderr.after(t, `"msg":"serving","address":"`, `"`)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	get := func() int {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/v2/lbaas/pools", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, answer.Body)
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusOK && answer.StatusCode != http.StatusForbidden {
			t.Fatalf("a request was answered %s", answer.Status)
		}
		return answer.StatusCode
	}
	until := func(want int) {
		t.Helper()
		for deadline := time.Now().Add(20 * time.Second); get() != want; {
			if time.Now().After(deadline) {
				t.Fatalf("lists of pools are not answered %d within 20 seconds:\n%s", want, service.stderr.text())
			}
		}
	}
	until(http.StatusOK)
	p.write("policy.yaml", `"os_load-balancer_api:pool:get_all-global": "!"`+"\n"+`"os_load-balancer_api:pool:get_all": "!"`)
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	manager.wait("RELOADING=1")
	manager.wait("READY=1")
	if status := get(); status != http.StatusForbidden {
		t.Errorf("the service manager is told that the reload is done, and a list of pools is answered %d", status)
	}
	p.write("policy.yaml", "{}")
	until(http.StatusOK)
}
