package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// Exit codes. The last two are those of commands that did what they were asked to.
const (
	exitOK       = 0
	exitFailed   = 1
	exitUsage    = 2
	exitFound    = 3 // something differs, or was left out
	exitTimedOut = 4 // the time limit came first
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run carries out a command line. SIGINT and SIGTERM ask it to come to an end in good order; a second one kills the process.
func run(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	defer context.AfterFunc(ctx, stop)()
	return execute(ctx, args, stdout, stderr)
}

// execute is run without the signals.
func execute(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := newRootCommand() //nolint:contextcheck // commands get theirs from ExecuteContextC
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	command, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitOK
	}
	if o, said := errors.AsType[*outcome](err); said {
		return o.code
	}
	// Nobody is left to tell when standard error is closed.
	_, _ = fmt.Fprintf(stderr, "avi-lbaas: %v\n", err)
	if _, wrong := errors.AsType[*usageError](err); wrong {
		_, _ = fmt.Fprintf(stderr, "Try '%s --help'.\n", command.CommandPath())
		return exitUsage
	}
	return exitFailed
}
