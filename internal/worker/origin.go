package worker

import (
	"context"

	"go.opentelemetry.io/otel/attribute"

	"github.com/avi-lbaas/avi-lbaas/internal/requestid"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
	"github.com/avi-lbaas/avi-lbaas/internal/tracing"
)

// onBehalfOf gives the context of the work on a claim: log lines, requests to other services and spans in it name the request that
// the work comes from. end has to be called once, with what it came to.
func (w *Worker) onBehalfOf(ctx context.Context, c store.Claim) (_ context.Context, end func(error)) {
	attributes := []attribute.KeyValue{
		attribute.String("load_balancer_id", c.LoadBalancerID), attribute.Int("attempt", c.Attempts+1),
	}
	if c.RequestID != "" {
		ctx = requestid.WithGlobal(requestid.With(ctx, c.RequestID), c.GlobalRequestID)
		attributes = append(attributes, attribute.String("request_id", c.RequestID))
	}
	return tracing.Follow(ctx, w.Tracer, c.TraceParent, "reconcile load balancer", attributes...)
}
