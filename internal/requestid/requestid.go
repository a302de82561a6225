// Package requestid carries the id of a request through contexts and into log lines, so that what a client was told and what
// happened because of it can be found by one text. It imports nothing of this project; anything may import it.
package requestid

import (
	"context"
	"log/slog"

	"github.com/google/uuid"
)

// Header is the HTTP header that tells a client the id of its request.
const Header = "X-Openstack-Request-Id"

// logKey is the attribute of log lines that holds the id.
const logKey = "request_id"

type contextKey struct{}

// New makes an id in OpenStack's form: "req-" and a random UUID.
func New() string { return "req-" + uuid.NewString() }

// With gives a context that carries an id.
func With(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, contextKey{}, id)
}

// From is the id that a context carries; empty when it has none.
func From(ctx context.Context) string {
	id, _ := ctx.Value(contextKey{}).(string)
	return id
}

// LogHandler adds the request ids of the context, as far as there are any, to every log line.
type LogHandler struct{ next slog.Handler }

// NewLogHandler wraps a handler. A handler that is wrapped already is given back as it is, so that the id comes once however
// many layers ask for it.
func NewLogHandler(next slog.Handler) *LogHandler {
	if wrapped, ok := next.(*LogHandler); ok {
		return wrapped
	}
	return &LogHandler{next: next}
}

// Enabled implements slog.Handler.
func (h *LogHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

// Handle implements slog.Handler.
func (h *LogHandler) Handle(ctx context.Context, record slog.Record) error {
	id, global := From(ctx), Global(ctx)
	if id != "" || global != "" {
		record = record.Clone()
	}
	if id != "" {
		record.AddAttrs(slog.String(logKey, id))
	}
	if global != "" {
		record.AddAttrs(slog.String(globalLogKey, global))
	}
	return h.next.Handle(ctx, record)
}

// WithAttrs implements slog.Handler.
func (h *LogHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &LogHandler{next: h.next.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler. The id of a grouped logger's lines stands in the group.
func (h *LogHandler) WithGroup(name string) slog.Handler {
	return &LogHandler{next: h.next.WithGroup(name)}
}
