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
	// GlobalRequestID is what another service called all that it does for its user, our request included; empty when it did not.
	GlobalRequestID string
	// TraceParent is W3C's text of the request's span; empty when it was not traced.
	TraceParent string
	// AcceptedAt is zero when the request has been carried out before: what is worked for is something else.
	AcceptedAt time.Time
}

// originSet sets the columns of an Origin to its fields.
const originSet = "request_id = ?, global_request_id = ?, trace_parent = ?, accepted_at = ?"

func originColumns() []string {
	return []string{"request_id", "global_request_id", "trace_parent", "accepted_at"}
}

// origin is that of the transaction's own request.
func (t *Tx) origin() *Origin {
	return &Origin{
		RequestID: requestid.From(t.ctx), GlobalRequestID: requestid.Global(t.ctx), TraceParent: tracing.Parent(t.ctx), AcceptedAt: t.now,
	}
}

// fields are what originColumns are read into and written from.
func (o *Origin) fields() []any {
	return []any{&o.RequestID, &o.GlobalRequestID, &o.TraceParent, timeColumn{&o.AcceptedAt}}
}
