package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/avi-lbaas/avi-lbaas/internal/converge"
	"github.com/avi-lbaas/avi-lbaas/internal/plan"
)

// More exit codes, of commands that did what they were asked to and found something.
const (
	exitFound    = 3 // something differs, or was left out
	exitTimedOut = 4 // the time limit came first
)

// outcome ends a command with a code of its own; everything has been said already.
type outcome struct{ code int }

func (o *outcome) Error() string { return fmt.Sprintf("ended with %d", o.code) }

// writeJSON writes one document for programs.
func writeJSON(out io.Writer, document any) error {
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(document); err != nil {
		return fmt.Errorf("write the JSON: %w", err)
	}
	return nil
}

// printEffect shows one object that differs with its fields.
func printEffect(p *printer, e *converge.Effect) {
	p.printf("  %s %s %s %q\n", e.Action, e.Type, e.UUID, e.Name)
	printFields(p, e.Fields, e.Action == converge.Create)
}

func printFields(p *printer, fields []plan.Difference, created bool) {
	for _, f := range fields {
		if created {
			p.printf("      %s: %s\n", f.Path, plan.Text(f.Wanted))
		} else {
			p.printf("      %s: %s -> %s\n", f.Path, plan.Text(f.Actual), plan.Text(f.Wanted))
		}
	}
}

// toolLogger is for commands whose answer goes to standard output: they log warnings only, and everything with --verbose.
func toolLogger(cmd *cobra.Command, verbose bool) *slog.Logger {
	if verbose {
		return newLogger(cmd.ErrOrStderr(), logFormat{debug: true})
	}
	return slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: slog.LevelWarn}))
}

func addVerbose(cmd *cobra.Command, verbose *bool) {
	cmd.Flags().BoolVar(verbose, "verbose", false, "log what is done, to standard error")
}
