package systemd

import (
	"context"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

// Notifier speaks to the service manager. The zero value, and nil, speak to nobody.
type Notifier struct {
	socket   string
	watchdog time.Duration
}

// New reads what the service manager says of itself in the environment.
func New(environment func(string) string) *Notifier {
	n := &Notifier{socket: environment("NOTIFY_SOCKET")}
	if pid := environment("WATCHDOG_PID"); pid != "" && pid != strconv.Itoa(os.Getpid()) {
		return n
	}
	if microseconds, err := strconv.ParseInt(environment("WATCHDOG_USEC"), 10, 64); err == nil && microseconds > 0 {
		n.watchdog = time.Duration(microseconds) * time.Microsecond
	}
	return n
}

// Ready says that requests are served, also after a Reloading.
func (n *Notifier) Ready(ctx context.Context) error { return n.send(ctx, "READY=1") }

// Reloading says that the configuration is being read again; Ready has to follow. monotonic is CLOCK_MONOTONIC, by which the
// manager tells this reload from an earlier one.
func (n *Notifier) Reloading(ctx context.Context) error {
	if n == nil || n.socket == "" {
		return nil
	}
	now, err := monotonic()
	if err != nil {
		return err
	}
	return n.send(ctx, "RELOADING=1", "MONOTONIC_USEC="+strconv.FormatInt(now.Microseconds(), 10))
}

// Stopping says that the end has begun.
func (n *Notifier) Stopping(ctx context.Context) error { return n.send(ctx, "STOPPING=1") }

// Watch says that the process is alive, twice in each of the manager's intervals, until ctx ends. It returns at once when the manager
// does not watch. What it shows is that the process is scheduled and not frozen; a database or a Controller that is away is no reason
// to be killed.
func (n *Notifier) Watch(ctx context.Context) error {
	if n == nil || n.socket == "" || n.watchdog == 0 {
		return nil
	}
	tick := time.NewTicker(n.watchdog / 2)
	defer tick.Stop()
	for {
		if err := n.send(ctx, "WATCHDOG=1"); err != nil && ctx.Err() == nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (n *Notifier) send(ctx context.Context, lines ...string) error {
	if n == nil || n.socket == "" {
		return nil
	}
	// A leading @ is an abstract socket, which package net takes in the same spelling.
	var dialer net.Dialer
	connection, err := dialer.DialContext(ctx, "unixgram", n.socket)
	if err != nil {
		return fmt.Errorf("speak to the service manager: %w", err)
	}
	defer func() { _ = connection.Close() }() // what was written has been delivered
	if _, err := connection.Write([]byte(strings.Join(lines, "\n"))); err != nil {
		return fmt.Errorf("speak to the service manager: %w", err)
	}
	return nil
}
