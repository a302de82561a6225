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
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() { os.Exit(execute()) }

func execute() (code int) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "bench:", err)
		return 1
	}
	return 0
}

// flags are the command line.
type flags struct {
	ours         ourOptions
	url          string
	account      account
	provider     string
	subnet       string
	process      int
	lists, trees string
	b            bench
	results      string
}

func parse(args []string) (*flags, error) {
	f := &flags{}
	set := flag.NewFlagSet("bench", flag.ContinueOnError)
	set.StringVar(&f.ours.binary, "binary", "bin/avi-lbaas", "the program to measure")
	set.BoolVar(&f.ours.keystone, "keystone", false, "measure it with tokens of a stand-in Keystone and VIPs of a stand-in Neutron")
	set.StringVar(&f.ours.database, "database", "", "its database, as [database] connection has it (default: SQLite in a new file)")
	set.StringVar(&f.url, "url", "", "measure the service at this address instead")
	set.StringVar(&f.account.authURL, "auth-url", "", "Keystone, for -url; without it requests have no token")
	set.StringVar(&f.account.user, "user", "admin", "an administrator there")
	set.StringVar(&f.account.project, "project", "admin", "the project to log in to")
	set.StringVar(&f.provider, "provider", "", "the provider of the load balancers that are made")
	set.StringVar(&f.subnet, "subnet", "", "the subnet of VIPs; without it addresses are given")
	set.IntVar(&f.process, "pid", 0, "the process whose memory is measured, for -url")
	set.IntVar(&f.b.clients, "clients", 4, "how many clients there are, each with one request at a time")
	set.DurationVar(&f.b.lasting, "lasting", 5*time.Second, "how long each loop lasts")
	set.IntVar(&f.b.settle, "settle", 100, "how many load balancers are followed to ACTIVE; 0: none")
	set.StringVar(&f.lists, "lists", "1,100,1000", "the sizes of the lists")
	set.StringVar(&f.trees, "trees", "1,10,100", "the sizes of the growing tree; empty: none")
	set.StringVar(&f.results, "results", "", "a file for the results, as JSON")
	if err := set.Parse(args); err != nil {
		return nil, err
	}
	f.account.password = os.Getenv("OS_PASSWORD")
	var err error
	if f.b.lists, err = numbers(f.lists); err != nil {
		return nil, fmt.Errorf("-lists: %w", err)
	}
	f.b.trees, err = numbers(f.trees)
	return f, err
}

func numbers(text string) (all []int, err error) {
	for part := range strings.SplitSeq(text, ",") {
		if part == "" {
			continue
		}
		n, err := strconv.Atoi(part)
		if err != nil {
			return nil, err
		}
		all = append(all, n)
	}
	return all, nil
}

func run(ctx context.Context, args []string, out io.Writer) (err error) {
	f, err := parse(args)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	f.b.out = out
	if f.url != "" {
		err = f.reach(ctx)
	} else {
		var s *ours
		if s, err = startOurs(ctx, f.ours); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, s.close()) }()
		f.process = s.command.Process.Pid
		f.b.target, err = s.target(ctx)
	}
	if err != nil {
		return err
	}
	if err := f.b.run(ctx); err != nil {
		return err
	}
	if f.process != 0 {
		now, peak, err := memory(f.process)
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintf(out, "%-40s now %.1f MiB, at most %.1f MiB\n", "memory (RSS)", float64(now)/(1<<20), float64(peak)/(1<<20))
	}
	return f.write()
}

// reach makes the target of a service that runs already.
func (f *flags) reach(ctx context.Context) error {
	token := ""
	if f.account.authURL != "" {
		var err error
		if token, err = f.account.token(ctx); err != nil {
			return err
		}
	}
	f.b.target = newTarget(f.url, token)
	f.b.provider, f.b.subnet = f.provider, f.subnet
	return nil
}

func (f *flags) write() error {
	if f.results == "" {
		return nil
	}
	text, err := json.MarshalIndent(f.b.results, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the results: %w", err)
	}
	return os.WriteFile(f.results, append(text, '\n'), 0o600) //nolint:gosec // the caller's own choice
}
