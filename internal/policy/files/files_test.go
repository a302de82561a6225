package files_test

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/avi-lbaas/avi-lbaas/internal/policy"
	"github.com/avi-lbaas/avi-lbaas/internal/policy/files"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// journal is a log that may be read while it is written.
type journal struct {
	mu  sync.Mutex
	out bytes.Buffer
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.out.Write(b)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.out.String()
}

// place is a directory for policy files.
type place struct {
	t    *testing.T
	dir  string
	log  journal
	file string
}

func newPlace(t *testing.T) *place {
	dir := t.TempDir()
	return &place{t: t, dir: dir, file: filepath.Join(dir, "policy.yaml")}
}

// write puts a file in place as editors do: whole, by a rename.
func (p *place) write(name, content string) {
	p.t.Helper()
	path := filepath.Join(p.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(path+".new", []byte(content), 0o600); err != nil {
		p.t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		p.t.Fatal(err)
	}
}

func (p *place) options() files.Options {
	return files.Options{
		File: p.file, Dirs: []string{filepath.Join(p.dir, "policy.d")}, Logger: slog.New(slog.NewTextHandler(&p.log, nil)),
	}
}

// may says whether somebody with a role may see a load balancer of the own project.
func may(s *files.Source, role string) bool {
	return s.Policy().Bearer(policy.Credentials{ProjectID: "p", Roles: []string{role}}).
		May(policy.ActionName("loadbalancer", "get_one"), policy.OfProject("p"))
}

// until waits for something to become true.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.After(10 * time.Second); !holds(); {
		select {
		case <-deadline:
			t.Fatalf("not within ten seconds: %s", what)
		case <-time.After(time.Millisecond):
		}
	}
}

const readers, painters = `"load-balancer:read": "role:reader"`, `"load-balancer:read": "role:painter"`

func TestWithoutFilesThePolicyIsOctavias(t *testing.T) {
	s, err := files.Open(t.Context(), newPlace(t).options())
	if err != nil {
		t.Fatal(err)
	}
	if !may(s, "load-balancer_member") || may(s, "painter") {
		t.Error("it is not")
	}
}

func TestDirectoriesComeAfterTheFileInOrderOfNames(t *testing.T) {
	p := newPlace(t)
	p.write("policy.yaml", readers)
	p.write("policy.d/20-b.yaml", painters)
	p.write("policy.d/10-a.json", `{"load-balancer:read": "!"}`)
	p.write("policy.d/.30-hidden.yaml", `broken: broken`)
	s, err := files.Open(t.Context(), p.options())
	if err != nil {
		t.Fatal(err)
	}
	if may(s, "reader") || !may(s, "painter") {
		t.Error("the last file does not count")
	}
}

func TestWhatStopsTheStart(t *testing.T) {
	p := newPlace(t)
	o := p.options()
	o.Required = true
	if _, err := files.Open(t.Context(), o); err == nil || !strings.Contains(err.Error(), "policy.yaml") {
		t.Errorf("a missing file that is required: %v", err)
	}
	p.write("policy.yaml", "\n"+`"load-balancer:read": "reader"`)
	if _, err := files.Open(t.Context(), o); err == nil || !strings.Contains(err.Error(), p.file+`:2: rule "load-balancer:read": `) {
		t.Errorf("a broken rule: %v", err)
	}
	p.write("policy.yaml", readers)
	p.write("policy.d", "no directory")
	if _, err := files.Open(t.Context(), o); err == nil || !strings.Contains(err.Error(), "policy.d") {
		t.Errorf("a directory that is none: %v", err)
	}
}

// watch has a source watched until the test ends.
func (p *place) watch(interval time.Duration) *files.Source {
	p.t.Helper()
	s, err := files.Open(p.t.Context(), p.options())
	if err != nil {
		p.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var ended sync.WaitGroup
	ended.Go(func() { s.Watch(ctx, interval) })
	p.t.Cleanup(func() { cancel(); ended.Wait() })
	return s
}

func TestChangesComeIntoForce(t *testing.T) {
	p := newPlace(t)
	s := p.watch(time.Millisecond)
	p.write("policy.yaml", painters)
	until(t, "a new file is in force", func() bool { return may(s, "painter") })
	p.write("policy.d/a.yaml", readers)
	until(t, "a new file of a directory is in force", func() bool { return may(s, "reader") && !may(s, "painter") })
	if err := os.RemoveAll(filepath.Join(p.dir, "policy.d")); err != nil {
		t.Fatal(err)
	}
	until(t, "a file that is gone is not in force any more", func() bool { return may(s, "painter") })
}

// A broken file changes nothing but the log, once, and the next good one comes into force.
func TestABrokenFileKeepsTheOldRules(t *testing.T) {
	p := newPlace(t)
	p.write("policy.yaml", painters)
	s := p.watch(time.Millisecond)
	p.write("policy.yaml", "\n"+`"load-balancer:read": "reader"`)
	until(t, "the log says what is broken", func() bool { return strings.Contains(p.log.String(), "policy.yaml:2: rule") })
	if !may(s, "painter") || may(s, "load-balancer_member") {
		t.Error("the old rules are not in force any more")
	}
	p.write("policy.yaml", readers)
	until(t, "the mended file is in force", func() bool { return may(s, "reader") })
	if n := strings.Count(p.log.String(), "is broken"); n != 1 {
		t.Errorf("the log says %d times that it is broken, want once:\n%s", n, p.log.String())
	}
}

func TestReloadIsDoneWhenItReturns(t *testing.T) {
	p := newPlace(t)
	s := p.watch(time.Hour)
	p.write("policy.yaml", painters)
	if err := s.Reload(t.Context()); err != nil || !may(s, "painter") {
		t.Errorf("the file is not in force: %v", err)
	}
	p.write("policy.yaml", "\n"+`"load-balancer:read": "reader"`)
	if err := s.Reload(t.Context()); err == nil || !may(s, "painter") {
		t.Errorf("a broken file is in force, or nothing is said of it: %v", err)
	}
}

func TestUnknownRulesAreLogged(t *testing.T) {
	p := newPlace(t)
	p.write("policy.yaml", `"os_load-balancer_api:pool:paint": "@"`)
	if _, err := files.Open(t.Context(), p.options()); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(p.log.String(), "os_load-balancer_api:pool:paint") || !strings.Contains(p.log.String(), "level=WARN") {
		t.Errorf("the log says nothing of it: %s", p.log.String())
	}
}
