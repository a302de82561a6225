//go:build verify

package verify_test

import (
	"bufio"
	"encoding/json"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/verify/realcloud"
)

// testClient runs every `openstack loadbalancer` command, once so that it does what it is for and once so that it is refused.
func (s *site) testClient(t *testing.T) {
	t.Parallel()
	n := s.network(t, s.admin, "client", "10.30.0.0/24", false)
	admin, visitor := s.console(t, s.admin), s.console(t, s.as(t, realcloud.UserPlain))
	story := &clientStory{t: t, admin: admin, visitor: visitor, names: map[string]string{
		"subnet": n.SubnetID, "project": s.demo.ProjectID, "missing": "11111111-2222-4333-8444-555555555555",
	}}
	var commands []string
	for _, step := range slices.Concat(operatorCommands(), userCommands(), removalCommands()) {
		story.tell(step)
		commands = append(commands, "loadbalancer "+step.command)
	}
	slices.Sort(commands)
	if diff := cmp.Diff(admin.commands(t), slices.Compact(commands)); diff != "" {
		t.Errorf("not every command of the client was run (-client +run):\n%s", diff)
	}
}

// clientStep is one command of `openstack loadbalancer`.
type clientStep struct {
	// command is its name, arguments those with which it succeeds, wants what its output has. A command that cannot succeed here
	// has no wants.
	command, arguments string
	wants              []string
	// save is the name for the id that the command prints.
	save string
	// wrong are arguments with which it is refused, and why is the text that says so. With visitor the arguments are right, but
	// they are those of somebody without a role.
	wrong, why string
	visitor    bool
}

// clientStory tells the steps one after the other.
type clientStory struct {
	t              *testing.T
	admin, visitor *console
	names          map[string]string // what {…} in arguments stands for
}

func (s *clientStory) tell(step clientStep) {
	s.t.Helper()
	if step.wants != nil {
		a := s.admin.run(s.t, s.words(step.command, step.arguments)...)
		if a.Status != 0 {
			s.t.Errorf("%s %s: %s%s", step.command, step.arguments, a.Out, a.Err)
		}
		for _, want := range step.wants {
			if !strings.Contains(a.Out, s.put(want)) {
				s.t.Errorf("%s %s: its output has no %q:\n%s%s", step.command, step.arguments, s.put(want), a.Out, a.Err)
			}
		}
		if step.save != "" {
			s.names[step.save] = a.id()
		}
	}
	who, wrong := s.admin, step.wrong
	if step.visitor {
		who, wrong = s.visitor, step.arguments
	}
	if a := who.run(s.t, s.words(step.command, wrong)...); a.Status == 0 || !strings.Contains(a.Out+a.Err, s.put(step.why)) {
		s.t.Errorf("%s %s: it ended with %d, want it refused with %q:\n%s%s", step.command, wrong, a.Status, s.put(step.why), a.Out, a.Err)
	}
}

// words are the words of a command; single quotes hold one together.
func (s *clientStory) words(command, arguments string) []string {
	words := []string{"loadbalancer"}
	for i, part := range strings.Split(command+" "+arguments, "'") {
		if i%2 == 1 {
			words = append(words, s.put(part))
			continue
		}
		for word := range strings.FieldsSeq(part) {
			words = append(words, s.put(word))
		}
	}
	return words
}

func (s *clientStory) put(text string) string {
	for name, id := range s.names {
		text = strings.ReplaceAll(text, "{"+name+"}", id)
	}
	return text
}

// console is the openstack client as one user, in one process for all commands.
type console struct {
	mu      sync.Mutex // guards what follows
	in      io.WriteCloser
	answers *bufio.Scanner
}

// consoleAnswer is what came of a command.
type consoleAnswer struct {
	Status   int    `json:"status"`
	Out, Err string // what it wrote to its standard output and error
}

// console starts the client. It ends with the test.
func (s *site) console(t *testing.T, u *realcloud.User) *console {
	t.Helper()
	program, err := filepath.Abs("testdata/openstack_console.py")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "/usr/bin/python3", program)
	cmd.Env, cmd.Stderr = append(plainEnvironment(), u.Environment()...), t.Output()
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait() // the context of a test is over when its cleanup begins
	})
	c := &console{in: in, answers: bufio.NewScanner(out)}
	c.answers.Buffer(nil, 1<<20)
	return c
}

func (c *console) run(t *testing.T, arguments ...string) consoleAnswer {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	line, err := json.Marshal(arguments)
	if err == nil {
		_, err = c.in.Write(append(line, '\n'))
	}
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	if !c.answers.Scan() {
		t.Fatalf("openstack %s: the client ended: %v", strings.Join(arguments, " "), c.answers.Err())
	}
	var a consoleAnswer
	if err := json.Unmarshal(c.answers.Bytes(), &a); err != nil {
		t.Fatalf("openstack %s: %v", strings.Join(arguments, " "), err)
	}
	t.Logf("%5.1f s: openstack %s: %d", time.Since(begun).Seconds(), strings.Join(arguments, " "), a.Status)
	return a
}

// commands are those that the client has for load balancers.
func (c *console) commands(t *testing.T) []string {
	t.Helper()
	var groups []struct{ Commands []string }
	a := c.run(t, "command", "list", "--group", "openstack.load_balancer.v2", "-f", "json")
	if err := json.Unmarshal([]byte(a.Out), &groups); err != nil || len(groups) != 1 {
		t.Fatalf("the commands of the client: %v in %s%s", err, a.Out, a.Err)
	}
	return slices.Sorted(slices.Values(groups[0].Commands))
}

// id is the one in a table of fields and values.
func (a consoleAnswer) id() string {
	for line := range strings.Lines(a.Out) {
		if fields := strings.Fields(line); len(fields) > 3 && (fields[1] == "id" || fields[1] == "l7rule_id") {
			return fields[3]
		}
	}
	return ""
}
