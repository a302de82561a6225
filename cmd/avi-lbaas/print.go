package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/avi-lbaas/avi-lbaas/internal/converge"
	"github.com/avi-lbaas/avi-lbaas/internal/plan"
)

// printer writes lines to people and keeps the first failure.
type printer struct {
	out io.Writer
	err error
}

func (p *printer) printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.out, format, args...)
	}
}

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
