package requestid

import (
	"context"
	"net/http"
	"regexp"
)

// globalLogKey is the attribute of log lines that holds the id which another service gave to what it does for a user.
const globalLogKey = "global_request_id"

// form is what oslo.middleware wants an id to look like that comes with a request.
var form = regexp.MustCompile(`^req-[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}$`)

type globalKey struct{}

// Inbound is the id that a service in front, such as Heat, has sent along: its own request's, or the one that it got itself. What
// has not oslo.middleware's form is left aside, as there, and gives nothing: anybody may send anything, and it goes into logs.
func Inbound(h http.Header) string {
	if id := h.Get(Header); form.MatchString(id) {
		return id
	}
	return ""
}

// WithGlobal gives a context that carries the id of what several services do together; an empty id changes nothing.
func WithGlobal(ctx context.Context, id string) context.Context {
	if id == "" {
		return ctx
	}
	return context.WithValue(ctx, globalKey{}, id)
}

// Global is the id of what several services do together; empty when the context carries none.
func Global(ctx context.Context) string {
	id, _ := ctx.Value(globalKey{}).(string)
	return id
}

// Transport sends the id of a request's context along to other services, which write it to their logs: the global one, or our own
// request's where that is the first.
type Transport struct{ Next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (t Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	id := Global(r.Context())
	if id == "" {
		id = From(r.Context())
	}
	if id != "" {
		r = r.Clone(r.Context())
		r.Header.Set(Header, id)
	}
	return t.Next.RoundTrip(r)
}

// CloseIdleConnections serves http.Client.
func (t Transport) CloseIdleConnections() {
	if next, ok := t.Next.(interface{ CloseIdleConnections() }); ok {
		next.CloseIdleConnections()
	}
}
