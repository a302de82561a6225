package store

import (
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/requestid"
	"github.com/avi-lbaas/avi-lbaas/internal/tracing"
)

// Origin is the request that the work on a load balancer comes from. It is written down with the request, so that whoever does the
// work, in this process or another, can say on whose behalf.
type Origin struct {
	// RequestID is empty when no request asked for the work: an audit did, or an operator.
	RequestID string
	// TraceParent is W3C's text of the request's span; empty when it was not traced.
	TraceParent string
	// AcceptedAt is zero when the request has been carried out before: what is worked for is something else.
	AcceptedAt time.Time
}

// originColumns are those of an Origin, originSet sets them to what origin gives.
const (
	originColumns = "request_id, trace_parent, accepted_at"
	originSet     = "request_id = ?, trace_parent = ?, accepted_at = ?"
)

// origin is that of the transaction's own request.
func (t *Tx) origin() []any {
	return []any{requestid.From(t.ctx), tracing.Parent(t.ctx), micros(t.now)}
}

// fields are what originColumns are read into.
func (o *Origin) fields() []any {
	return []any{&o.RequestID, &o.TraceParent, timeColumn{&o.AcceptedAt}}
}
