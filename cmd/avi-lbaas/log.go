package main

import (
	"io"
	"log/slog"

	"github.com/spf13/cobra"
)

// logFormat says how much is logged and how it looks.
type logFormat struct {
	debug, json bool
	// level, when not nil, is what debug sets now and may be changed later.
	level *slog.LevelVar
}

// newLogger logs to w, times in UTC.
func newLogger(w io.Writer, f logFormat) *slog.Logger {
	o := &slog.HandlerOptions{
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if len(groups) == 0 && a.Key == slog.TimeKey {
				a.Value = slog.StringValue(a.Value.Time().UTC().Format("2006-01-02T15:04:05.000Z"))
			}
			return a
		},
	}
	if f.debug {
		o.Level = slog.LevelDebug
	}
	if f.level != nil {
		f.level.Set(levelFor(f.debug))
		o.Level = f.level
	}
	if f.json {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

func levelFor(debug bool) slog.Level {
	if debug {
		return slog.LevelDebug
	}
	return slog.LevelInfo
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
