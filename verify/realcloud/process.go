//go:build verify

package realcloud

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// stopTime is how long a service may take to end after SIGTERM before it is killed.
const stopTime = 10 * time.Second

// host runs programs with their files below one directory, and ends all of them.
type host struct {
	dir      string
	guardian io.WriteCloser // the standard input of the guardian
	guard    *exec.Cmd

	mu        sync.Mutex // guards what follows
	processes []*process
}

// process is a service that was started, as the leader of a process group of its own.
type process struct {
	name string
	pid  int
	done chan struct{} // closed when it has ended
}

// guardianScript ends what a host has started if the host itself does not get to it, be it for a panic or a SIGKILL: it reads the
// process groups from its standard input, which the system closes for the dead too. The word "done" says that all is well.
const guardianScript = `groups=
while read -r word; do
  [ "$word" = done ] && exit 0
  groups="$groups $word"
done
for group in $groups; do kill -s TERM -- "-$group"; done
sleep 3
for group in $groups; do kill -s KILL -- "-$group"; done
rm -rf -- "$0"`

// newHost makes the directory, which other users may pass (MariaDB runs as one) but not read.
func newHost() (*host, error) {
	dir, err := os.MkdirTemp("", "avi-lbaas-cloud-")
	if err != nil {
		return nil, err
	}
	h := &host{dir: dir}
	//nolint:gosec,noctx // it has to outlive every context; the directory is ours
	h.guard = exec.Command("/bin/sh", "-c", guardianScript, dir)
	h.guard.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := errors.Join(os.Chmod(dir, 0o711), os.Mkdir(h.path("log"), 0o700)); err != nil { //nolint:gosec // see above
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if h.guardian, err = h.guard.StdinPipe(); err == nil {
		err = h.guard.Start()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start the guardian: %w", err), os.RemoveAll(dir))
	}
	return h, nil
}

// path is a file of the host's directory.
func (h *host) path(elements ...string) string {
	return filepath.Join(append([]string{h.dir}, elements...)...)
}

// write makes a file that only the tests' user can read, with the directories that it needs.
func (h *host) write(content string, elements ...string) (string, error) {
	file := h.path(elements...)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return "", err
	}
	return file, os.WriteFile(file, []byte(content), 0o600)
}

// command is a program with an environment that nothing of the machine's leaks into: no proxy, no other Python.
func (h *host) command(ctx context.Context, environment []string, program string, arguments ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, arguments...) //nolint:gosec // only this package names programs
	cmd.Dir = h.dir
	cmd.Env = append([]string{
		"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "HOME=" + h.dir, "PYTHONDONTWRITEBYTECODE=1", "NO_PROXY=*", "no_proxy=*",
	}, environment...)
	return cmd
}

// run runs a program to its end; name is that of its log.
func (h *host) run(ctx context.Context, name string, environment []string, program string, arguments ...string) error {
	log, err := h.openLog(name)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	cmd := h.command(ctx, environment, program, arguments...)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w\n%s", program, err, h.tail(name))
	}
	return nil
}

// start starts a service, which then runs until the host is closed or the service stopped.
func (h *host) start(ctx context.Context, name string, environment []string, program string, arguments ...string) (*process, error) {
	log, err := h.openLog(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }()
	cmd := h.command(context.WithoutCancel(ctx), environment, program, arguments...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	p := &process{name: name, pid: cmd.Process.Pid, done: make(chan struct{})}
	h.mu.Lock()
	h.processes = append(h.processes, p)
	_, err = fmt.Fprintln(h.guardian, p.pid)
	h.mu.Unlock()
	go func() {
		_ = cmd.Wait() // how it ended is in its log
		close(p.done)
	}()
	return p, err
}

func (h *host) openLog(name string) (*os.File, error) {
	return os.OpenFile(h.path("log", name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
}

// tail is the end of a log, for an error.
func (h *host) tail(name string) string {
	const most = 3000
	text, err := os.ReadFile(h.path("log", name))
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-most):])
}

// await waits until a service answers an HTTP request without a failure of its own.
func (h *host) await(ctx context.Context, p *process, url string) error {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 20 * time.Second}
	return h.poll(ctx, p, func() error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
		if err != nil {
			return err
		}
		response, err := client.Do(request)
		if err != nil {
			return err
		}
		_ = response.Body.Close()
		if response.StatusCode >= http.StatusInternalServerError {
			return errors.New(response.Status)
		}
		return nil
	})
}

// awaitPort waits until a service accepts connections.
func (h *host) awaitPort(ctx context.Context, p *process, address string) error {
	var dialer net.Dialer
	return h.poll(ctx, p, func() error {
		connection, err := dialer.DialContext(ctx, "tcp", address)
		if err != nil {
			return err
		}
		return connection.Close()
	})
}

// poll repeats a look at a service until it succeeds, the service ends or ctx does.
func (h *host) poll(ctx context.Context, p *process, look func() error) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		err := look()
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-p.done:
			return fmt.Errorf("%s ended by itself\n%s", p.name, h.tail(p.name))
		case <-ctx.Done():
			return fmt.Errorf("%s does not answer: %w\n%s", p.name, err, h.tail(p.name))
		}
	}
}

// stop ends a service with all processes of its group, the politer way first.
func (p *process) stop() {
	patience := time.NewTimer(stopTime)
	defer patience.Stop()
	_ = syscall.Kill(-p.pid, syscall.SIGTERM) // it may have ended by itself
	select {
	case <-p.done:
	case <-patience.C:
	}
	// What is left of the group, if anything: the leader may end before its workers.
	_ = syscall.Kill(-p.pid, syscall.SIGKILL)
	<-p.done
}

// close ends all services, the latest first, and removes the directory.
func (h *host) close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	var stopping sync.WaitGroup
	for i := range h.processes[min(1, len(h.processes)):] {
		stopping.Go(h.processes[i+1].stop)
	}
	stopping.Wait()
	if len(h.processes) > 0 {
		h.processes[0].stop() // the database, which the others would miss
	}
	_, err := fmt.Fprintln(h.guardian, "done")
	return errors.Join(err, h.guardian.Close(), h.guard.Wait(), os.RemoveAll(h.dir))
}

// freeAddress is a loopback address with a port that is free now.
func freeAddress(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("look for a free port: %w", err)
	}
	return l.Addr().String(), l.Close()
}

// ini is a configuration file; each section is a name followed by its lines.
func ini(sections ...[]string) string {
	var text bytes.Buffer
	for _, section := range sections {
		fmt.Fprintf(&text, "[%s]\n", section[0])
		for _, line := range section[1:] {
			fmt.Fprintln(&text, line)
		}
	}
	return text.String()
}
