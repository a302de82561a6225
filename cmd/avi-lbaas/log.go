package main

import (
	"io"
	"log/slog"
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
