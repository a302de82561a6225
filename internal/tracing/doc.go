// Package tracing joins what happens because of one request in OpenTelemetry's terms. A layer begins a span below that of its
// context; where nothing is traced that costs nothing and nothing need be configured or handed on. What goes through the database
// goes on by W3C's text of a trace.
//
// It imports nothing of this project; the layers may import it.
package tracing
