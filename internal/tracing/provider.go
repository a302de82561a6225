package tracing

import (
	"context"
	"fmt"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Config says where spans go.
type Config struct {
	// Endpoint is the base URL of a collector; "": what the environment's OTEL_EXPORTER_OTLP_… say. How to authenticate and what
	// to trust comes from there alone.
	Endpoint    string
	ServiceName string
	// Host names this process among others.
	Host string
	// Ratio is the part of the traces, 0 to 1, that is recorded; of one that a client began, the client decides.
	Ratio float64
}

// Enabled says whether there is anywhere for spans to go.
func (c Config) Enabled(environment func(string) string) bool {
	if environment("OTEL_SDK_DISABLED") == "true" {
		return false
	}
	return c.Endpoint != "" || environment("OTEL_EXPORTER_OTLP_ENDPOINT") != "" || environment("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") != ""
}

// Provider sends spans, in batches and in the background. A collector that is away costs spans and nothing else.
type Provider struct{ sdk *sdktrace.TracerProvider }

// NewProvider contacts nobody yet.
func NewProvider(ctx context.Context, c Config) (*Provider, error) {
	var options []otlptracehttp.Option
	if c.Endpoint != "" {
		options = append(options, otlptracehttp.WithEndpointURL(c.Endpoint+"/v1/traces"))
	}
	exporter, err := otlptracehttp.New(ctx, options...)
	if err != nil {
		return nil, fmt.Errorf("send traces to the collector: %w", err)
	}
	// What the environment says of the resource comes first, so that the configuration wins.
	described, err := resource.New(ctx, resource.WithFromEnv(), resource.WithTelemetrySDK(), resource.WithAttributes(
		attribute.String("service.name", c.ServiceName), attribute.String("service.instance.id", c.Host),
	))
	if err != nil {
		return nil, fmt.Errorf("describe this service in traces: %w", err)
	}
	return &Provider{sdk: sdktrace.NewTracerProvider(
		sdktrace.WithBatcher(exporter), sdktrace.WithResource(described),
		sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.TraceIDRatioBased(c.Ratio))),
	)}, nil
}

// Tracer is nil of a nil Provider, which the functions of this package take for nothing to record.
func (p *Provider) Tracer() trace.Tracer {
	if p == nil {
		return nil
	}
	return p.sdk.Tracer(Scope)
}

// Close sends what is left, as long as ctx allows.
func (p *Provider) Close(ctx context.Context) error {
	if p == nil {
		return nil
	}
	if err := p.sdk.Shutdown(ctx); err != nil {
		return fmt.Errorf("send the last traces: %w", err)
	}
	return nil
}
