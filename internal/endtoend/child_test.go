package endtoend_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim"
)

// password of the simulated Controller's admin.
const password = "a password for tests"

// newController starts a simulated Controller in this process, where it survives the service.
func newController(t *testing.T, o avisim.Options) *avisim.Server {
	t.Helper()
	o.Password, o.AutoTenants = password, true
	sim, err := avisim.New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := sim.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sim.Close(); err != nil {
			t.Error(err)
		}
	})
	return sim
}

// installation is the service as an operator sees it: a configuration and a database, which outlive the process.
type installation struct {
	config string
	log    logTail

	mu      sync.RWMutex // held for writing while there is no process
	process *process
}

// process is one life of the service.
type process struct {
	command *exec.Cmd
	address string
	ended   chan struct{}
	err     error // how it ended; read after ended is closed
}

// configuration of a child: retries come soon, everything else is as it is delivered.
const configuration = `
[DEFAULT]
host = endtoend
[api_settings]
bind_port = 0
auth_strategy = noauth
[worker]
retry_initial = 0.01
retry_max = 0.05
status_interval = 1
[database]
connection = %s
[avi_adc]
address = %s
password = %s
cert_verify = true
ca_file = %s
`

// install writes a configuration for a Controller, with what else it is to have, and starts the service. It ends with the test.
func install(t *testing.T, sim *avisim.Server, more ...string) *installation {
	t.Helper()
	return installOn(t, sim, "sqlite:///"+filepath.Join(t.TempDir(), "store.sqlite"), more...)
}

// installOn is install with a database that may be shared.
func installOn(t *testing.T, sim *avisim.Server, database string, more ...string) *installation {
	t.Helper()
	dir := t.TempDir()
	ca := filepath.Join(dir, "ca.pem")
	i := &installation{config: filepath.Join(dir, "avi-lbaas.conf")}
	text := fmt.Sprintf(configuration, database, sim.Addr(), password, ca) + strings.Join(more, "\n")
	for path, content := range map[string][]byte{ca: sim.CAPEM(), i.config: []byte(text)} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		i.kill()
		for _, sign := range i.log.alarms() {
			t.Errorf("the service's log says %q", sign)
		}
		if t.Failed() {
			t.Logf("the end of the service's log:\n%s", i.log.String())
		}
	})
	if err := i.start(); err != nil {
		t.Fatal(err)
	}
	return i
}

// start begins a new life, when the last one is over.
func (i *installation) start() error {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.begin()
}

// restart kills the service and starts it again. Whoever asks for its address meanwhile waits.
func (i *installation) restart() error {
	i.mu.Lock()
	defer i.mu.Unlock()
	select {
	case <-i.process.ended:
		return fmt.Errorf("the service had ended by itself: %w", i.process.err)
	default:
	}
	i.process.kill()
	return i.begin()
}

// begin needs mu.
func (i *installation) begin() error {
	p, err := i.launch()
	if err != nil {
		return fmt.Errorf("start the service: %w", err)
	}
	i.process = p
	return nil
}

func (i *installation) launch() (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &process{command: exec.Command(self), ended: make(chan struct{})}
	p.command.Env = append(os.Environ(), childConfig+"="+i.config)
	p.command.Stderr = &i.log
	if _, err := p.command.StdinPipe(); err != nil { // closed when the process has ended
		return nil, err
	}
	stdout, err := p.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.command.Start(); err != nil {
		return nil, err
	}
	line, readErr := bufio.NewReader(stdout).ReadString('\n')
	go func() {
		p.err = p.command.Wait()
		close(p.ended)
	}()
	p.address = strings.TrimSpace(line)
	if _, _, err := net.SplitHostPort(p.address); err != nil {
		p.kill()
		return nil, fmt.Errorf("it ended before it served: %w", errors.Join(readErr, p.err))
	}
	return p, nil
}

// kill ends the process at once, as kill -9 does, and returns when it is dead.
func (p *process) kill() {
	_ = p.command.Process.Kill() // fails only when it is dead already
	<-p.ended
}

// kill ends the current life; it may be over already.
func (i *installation) kill() {
	i.mu.RLock()
	p := i.process
	i.mu.RUnlock()
	if p != nil {
		p.kill()
	}
}

// terminate asks the service to end and gives its exit error, nil for code 0.
func (i *installation) terminate(within time.Duration) error {
	i.mu.RLock()
	p := i.process
	i.mu.RUnlock()
	if err := p.command.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-p.ended:
		return p.err
	case <-time.After(within):
		return fmt.Errorf("the service has not ended within %s after SIGTERM", within)
	}
}

// address is where the API is served now.
func (i *installation) address() string {
	i.mu.RLock()
	defer i.mu.RUnlock()
	return i.process.address
}

// logTail keeps the end of a log, and notices what must never be in it.
type logTail struct {
	mu    sync.Mutex
	end   bytes.Buffer
	found []string
}

// maxLog is how much of a log is kept, at least.
const maxLog = 64 << 10

// Write implements io.Writer.
func (l *logTail) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, sign := range []string{"DATA RACE", "panic", password} {
		if bytes.Contains(b, []byte(sign)) && !slices.Contains(l.found, sign) {
			l.found = append(l.found, sign)
		}
	}
	if l.end.Len() > 2*maxLog {
		l.end.Next(l.end.Len() - maxLog)
	}
	return l.end.Write(b)
}

// alarms are signs of a data race, a panic or a secret.
func (l *logTail) alarms() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.found)
}

// String is the end of the log.
func (l *logTail) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.end.String()
}
