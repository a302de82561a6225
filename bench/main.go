package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"syscall"
)

func main() { os.Exit(execute()) }

func execute() (code int) {
	// What is measured ends when the thread that started it does (see tied), so that this one stays.
	runtime.LockOSThread()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A pipe that nobody reads any more would end this process on the spot: now writing to it fails.
	signal.Ignore(syscall.SIGPIPE)
	ctx, cut := context.WithCancelCause(ctx)
	defer cut(nil)
	if err := run(ctx, os.Args[1:], &output{to: os.Stdout, cut: cut}); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "bench:", err)
		return 1
	}
	return 0
}

// output is where results go. Without readers there is nothing to measure for.
type output struct {
	to  io.Writer
	cut context.CancelCauseFunc
}

// Write implements io.Writer.
func (o *output) Write(p []byte) (int, error) {
	n, err := o.to.Write(p)
	if err != nil {
		err = fmt.Errorf("write the results: %w", err)
		o.cut(err)
	}
	return n, err
}

func run(ctx context.Context, args []string, out io.Writer) error {
	o, err := parse(args, os.Getenv)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	var all []measurement
	if o.url == "" {
		ours, err := o.measureOurs(ctx, out)
		if err != nil {
			return err
		}
		all = append(all, ours)
	}
	if address := o.url + o.reference; address != "" {
		other, err := o.measureOther(ctx, address, out)
		if err != nil {
			return err
		}
		all = append(all, other)
	}
	if len(all) > 1 {
		compare(out, all[0], all[1])
	}
	return o.write(all)
}

// measurement is everything that was measured of one service.
type measurement struct {
	Name    string   `json:"name"`
	Results []result `json:"results"`
	Memory  *usage   `json:"memory,omitempty"` // nil: its processes are not known
}

func (o *options) measureOurs(ctx context.Context, out io.Writer) (m measurement, err error) {
	s, err := startOurs(ctx, o.ours)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	target, err := s.target(ctx)
	if err != nil {
		return m, err
	}
	b := o.bench(target, []int{s.command.Process.Pid}, out)
	b.settle, b.settles = o.settle, true
	return b.run(ctx, "avi-lbaas")
}

func (o *options) measureOther(ctx context.Context, address string, out io.Writer) (m measurement, err error) {
	token, err := o.account.token(ctx)
	if err != nil {
		return m, err
	}
	target := newTarget(address, token)
	target.provider, target.anySubnet = o.provider, true
	b := o.bench(target, o.processes, out)
	b.activeProvider, b.settle, b.settles = o.activeProvider, o.settle, o.settles
	if o.reference != "" {
		b.settle = o.foreignSettle
	}
	return b.run(ctx, address)
}

func (o *options) bench(t *target, processes []int, out io.Writer) *bench {
	return &bench{target: t, out: out, clients: o.clients, lasting: o.lasting, lists: o.lists, trees: o.trees, processes: processes}
}

func (o *options) write(all []measurement) error {
	if o.results == "" {
		return nil
	}
	text, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the results: %w", err)
	}
	return os.WriteFile(o.results, append(text, '\n'), 0o600) //nolint:gosec // the caller's own choice
}
