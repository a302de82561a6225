package tracing

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"regexp"
	"testing"

	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

func TestNothingIsRecordedWhereNothingIsTraced(t *testing.T) {
	ctx := t.Context()
	var none *Provider
	served, finish := Serve(ctx, none.Tracer(), httptest.NewRequest(http.MethodGet, "/", http.NoBody), "req-1")
	finish("/", http.StatusOK)
	followed, end := Follow(ctx, none.Tracer(), "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "work")
	end(nil)
	if served != ctx || followed != ctx || Parent(ctx) != "" || none.Close(ctx) != nil {
		t.Error("there is something of a trace")
	}
	cost := testing.AllocsPerRun(100, func() {
		_, end := Start(ctx, "step")
		end(nil)
	})
	if cost != 0 {
		t.Errorf("a span that is not recorded costs %v allocations", cost)
	}
}

func TestWorkIsLinkedToWhatAskedForIt(t *testing.T) {
	spans := tracetest.NewInMemoryExporter()
	tracer := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans)).Tracer(Scope)
	ctx, finish := Serve(t.Context(), tracer, httptest.NewRequest(http.MethodPost, "/things/1", http.NoBody), "req-1")
	inner, end := Start(ctx, "step")
	parent := Parent(inner)
	end(errors.New("with a password in it"))
	finish("/things/{id}", http.StatusInternalServerError)
	if !regexp.MustCompile(`^00-[0-9a-f]{32}-[0-9a-f]{16}-01$`).MatchString(parent) {
		t.Fatalf("the text of the span is %q", parent)
	}
	_, end = Follow(context.Background(), tracer, parent, "work")
	end(nil)
	_, end = Follow(context.Background(), tracer, "nonsense", "work of nobody")
	end(nil)

	got := spans.GetSpans()
	if len(got) != 4 || got[0].Name != "step" || got[1].Name != "POST /things/{id}" || got[2].Name != "work" {
		t.Fatalf("the spans are %v", got)
	}
	step, request, work, alone := got[0], got[1], got[2], got[3]
	if step.Parent.SpanID() != request.SpanContext.SpanID() || step.Status.Code != codes.Error || step.Status.Description != "failed" {
		t.Errorf("the step is %+v", step)
	}
	if request.Status.Code != codes.Error {
		t.Errorf("an answer of 500 is %v", request.Status)
	}
	if len(work.Links) != 1 || work.Links[0].SpanContext.SpanID() != step.SpanContext.SpanID() || work.Parent.IsValid() {
		t.Errorf("the work is %+v, want a trace of its own that is linked to the step", work)
	}
	if len(alone.Links) != 0 {
		t.Errorf("work that comes from no trace is linked to %v", alone.Links)
	}
}
