package config

// Tracing is [tracing]: where OpenTelemetry's spans go.
type Tracing struct {
	// Endpoint is the base URL of an OTLP/HTTP collector; "": what OTEL_EXPORTER_OTLP_ENDPOINT says, and without that no traces.
	Endpoint    string
	ServiceName string
	// Ratio of the requests that are traced, 0 to 1; of those that come with a trace the client decides.
	Ratio float64
}

const sectionTracing = "tracing"

func tracingSettings(t *Tracing) []setting {
	ratio := rate("sample_ratio", &t.Ratio, "The part of the requests that is traced; where a request comes with a trace of its own, that decides.").
		allowing("0 to 1")
	number := ratio.set
	ratio.Default = "1"
	ratio.set = func(text string) error {
		before := t.Ratio
		if err := number(text); err != nil {
			return err
		}
		if t.Ratio > 1 {
			t.Ratio = before
			return errOutOfRange
		}
		return nil
	}
	return []setting{
		webURL("otlp_endpoint", &t.Endpoint, "The base URL of an OpenTelemetry collector that takes OTLP over HTTP, as http://127.0.0.1:4318. "+
			"Without it, what the environment's OTEL_EXPORTER_OTLP_ENDPOINT says; without both there are no traces."),
		text("service_name", &t.ServiceName, "The name of this service in traces."),
		ratio,
	}
}
