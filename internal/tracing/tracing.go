package tracing

import (
	"context"
	"net/http"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// Scope names this program in spans.
const Scope = "github.com/avi-lbaas/avi-lbaas"

// Start begins a span below that of ctx, if that is recorded, and gives the context of what happens within it. end has to be called
// once, with what it came to.
func Start(ctx context.Context, name string, attributes ...attribute.KeyValue) (_ context.Context, end func(error)) {
	above := trace.SpanFromContext(ctx)
	if !above.IsRecording() {
		return ctx, func(error) {}
	}
	//nolint:spancheck // it is ended by end
	ctx, span := above.TracerProvider().Tracer(Scope).Start(ctx, name, trace.WithAttributes(attributes...))
	return ctx, func(err error) { finish(span, err) } //nolint:spancheck // this is its end
}

// Serve begins the span of a request that came in, below that of the client when it sent one. finish has to be called once, with the
// route that matched and the status of the answer. A nil tracer records nothing.
func Serve(ctx context.Context, tracer trace.Tracer, r *http.Request, requestID string) (
	_ context.Context, finish func(route string, status int),
) {
	if tracer == nil {
		return ctx, func(string, int) {}
	}
	ctx = propagation.TraceContext{}.Extract(ctx, propagation.HeaderCarrier(r.Header))
	//nolint:spancheck // it is ended by finish
	ctx, span := tracer.Start(ctx, r.Method, trace.WithSpanKind(trace.SpanKindServer),
		trace.WithAttributes(attribute.String("request_id", requestID)))
	return ctx, func(route string, status int) { //nolint:spancheck // this is its end
		span.SetName(r.Method + " " + route)
		span.SetAttributes(attribute.String("http.route", route), attribute.String("http.request.method", r.Method),
			attribute.Int("http.response.status_code", status))
		if status >= http.StatusInternalServerError {
			span.SetStatus(codes.Error, http.StatusText(status))
		}
		span.End()
	}
}

// Follow begins the span of work that an earlier request has asked for, linked to it by what Parent said of its context. end has to
// be called once, with what it came to. A nil tracer records nothing.
func Follow(ctx context.Context, tracer trace.Tracer, parent, name string, attributes ...attribute.KeyValue) (
	_ context.Context, end func(error),
) {
	if tracer == nil {
		return ctx, func(error) {}
	}
	options := []trace.SpanStartOption{trace.WithNewRoot(), trace.WithSpanKind(trace.SpanKindConsumer), trace.WithAttributes(attributes...)}
	if asked := spanOf(parent); asked.IsValid() {
		options = append(options, trace.WithLinks(trace.Link{SpanContext: asked}))
	}
	//nolint:spancheck // it is ended by end
	ctx, span := tracer.Start(ctx, name, options...)
	return ctx, func(err error) { finish(span, err) } //nolint:spancheck // this is its end
}

// finish ends a span. The error's text is not in it: it may hold what only the log is to show.
func finish(span trace.Span, err error) {
	if err != nil {
		span.SetStatus(codes.Error, "failed")
	}
	span.End()
}

// traceParent is W3C's name of the text that stands for a span.
const traceParent = "traceparent"

// Parent is W3C's text for the span of a context, of 55 characters; empty where there is none that is recorded.
func Parent(ctx context.Context) string {
	if !trace.SpanFromContext(ctx).IsRecording() {
		return ""
	}
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carrier)
	return carrier[traceParent]
}

func spanOf(parent string) trace.SpanContext {
	if parent == "" {
		return trace.SpanContext{}
	}
	ctx := propagation.TraceContext{}.Extract(context.Background(), propagation.MapCarrier{traceParent: parent})
	return trace.SpanContextFromContext(ctx)
}
