//go:build verify

package realcloud

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// started is a host with one service, of which the program is a shell that has a child.
func started(t *testing.T) (*host, *process) {
	t.Helper()
	h, err := newHost()
	if err != nil {
		t.Fatal(err)
	}
	p, err := h.start(t.Context(), "sleeper", nil, "/bin/sh", "-c", "trap '' TERM; sleep 1000 & echo started; wait")
	if err != nil {
		t.Fatal(err)
	}
	if err := h.poll(t.Context(), p, func() error {
		if text := h.tail("sleeper"); !strings.Contains(text, "started") {
			return errors.New("not yet")
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return h, p
}

// gone wants nothing of a host to be left: neither process nor file.
func gone(t *testing.T, h *host, p *process) {
	t.Helper()
	// Killed orphans are there until the system's first process has taken note of them.
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(10 * time.Second); !errors.Is(syscall.Kill(-p.pid, 0), syscall.ESRCH); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatal("there still are processes")
		}
	}
	if _, err := os.Stat(h.dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("there still is %s: %v", h.dir, err)
	}
}

func TestClose(t *testing.T) {
	t.Parallel()
	h, p := started(t)
	if err := h.close(); err != nil {
		t.Error(err)
	}
	gone(t, h, p)
}

// What happens when the tests are killed: the system closes the guardian's standard input.
func TestGuardian(t *testing.T) {
	t.Parallel()
	h, p := started(t)
	if err := errors.Join(h.guardian.Close(), h.guard.Wait()); err != nil {
		t.Error(err)
	}
	<-p.done
	gone(t, h, p)
}

func TestServiceThatEnds(t *testing.T) {
	t.Parallel()
	h, err := newHost()
	if err != nil {
		t.Fatal(err)
	}
	p, err := h.start(t.Context(), "failing", nil, "/bin/sh", "-c", "echo no such database; exit 1")
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	err = h.await(t.Context(), p, "http://127.0.0.1:1/")
	if err == nil || !strings.Contains(err.Error(), "no such database") || time.Since(begun) > 10*time.Second {
		t.Errorf("waiting for a service that has ended: %v", err)
	}
	if err := h.close(); err != nil {
		t.Error(err)
	}
	gone(t, h, p)
}
