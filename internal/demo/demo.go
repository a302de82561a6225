package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"time"
)

// Options of a demonstration. Start from Defaults.
type Options struct {
	// Addresses to listen on, an IP address and a port each; loopback only, and port 0 picks a free one.
	APIListen        string // the service's API
	ControllerListen string // the stand-in Controller, HTTPS
	CloudListen      string // the stand-in identity and network services
	MetricsListen    string // the service's metrics

	VIPPort     int // the listener's protocol_port; 0 picks a free one
	BackendPort int // of each backend, on an address of its own; 0 picks free ones

	// StateDir keeps the configuration, the database and the Controller's CA for a look afterwards; what an earlier
	// demonstration left there is removed first. Without it they live in a temporary directory that goes with the demonstration.
	StateDir string
	// Once ends the demonstration after its last step instead of leaving a load balancer to play with.
	Once bool

	Out    io.Writer    // the story for people
	Logger *slog.Logger // of the service and the stand-ins; nil discards
}

// Defaults are well-known ports on the loopback address.
func Defaults() Options {
	return Options{
		APIListen:        "127.0.0.1:9876",
		ControllerListen: "127.0.0.1:9443",
		CloudListen:      "127.0.0.1:5000",
		MetricsListen:    "127.0.0.1:9877",
		VIPPort:          8080,
		BackendPort:      8000,
		Out:              io.Discard,
	}
}

// Run gives the demonstration. It returns nil only if every step held; its error names the step that did not. Without
// Options.Once it goes on after the last step until ctx ends. Everything that it started has ended when it returns.
func Run(ctx context.Context, o Options) (err error) {
	if err := o.validate(); err != nil {
		return err
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	running, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	s, err := newStack(o, fail)
	if err != nil {
		return err
	}
	t := &tour{options: o, stack: s, progress: &progress{out: o.Out, began: time.Now()}}
	defer func() {
		t.leave()
		if failure := s.close(context.WithoutCancel(ctx)); failure != nil {
			err = errors.Join(err, fmt.Errorf("end the demonstration: %w", failure))
		}
	}()
	if err := t.take(running); err != nil {
		return err
	}
	if o.Once {
		return nil
	}
	<-running.Done()
	if ctx.Err() == nil {
		return context.Cause(running) // a part has died
	}
	t.progress.line("\nStopping.")
	return nil
}

// validate says which option is wrong. Traffic and tokens of a demonstration do not belong on a network.
func (o Options) validate() error {
	for _, listen := range []struct{ what, address string }{
		{"API", o.APIListen}, {"Controller", o.ControllerListen}, {"cloud", o.CloudListen}, {"metrics", o.MetricsListen},
	} {
		address, err := netip.ParseAddrPort(listen.address)
		if err != nil {
			return fmt.Errorf("address %q for the %s is not an IP address and a port", listen.address, listen.what)
		}
		if !address.Addr().IsLoopback() {
			return fmt.Errorf("address %s for the %s is not a loopback address", address, listen.what)
		}
	}
	for _, port := range []struct {
		what   string
		number int
	}{{"VIP", o.VIPPort}, {"backends", o.BackendPort}} {
		if port.number < 0 || port.number > 65535 {
			return fmt.Errorf("port %d of the %s is not in 0 to 65535", port.number, port.what)
		}
	}
	return nil
}
