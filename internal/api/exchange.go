package api

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/requestid"
	"github.com/avi-lbaas/avi-lbaas/internal/tracing"
)

// exchange is one request and its answer, as the log and the metrics see it. It belongs to the request's goroutine.
type exchange struct {
	http.ResponseWriter
	status   int    // 0 until the answer begins
	route    string // the pattern that matched; routeNone when none did
	identity Identity
}

const (
	routeNone        = "none"
	routeHealthcheck = "/healthcheck"
)

// WriteHeader implements http.ResponseWriter.
func (x *exchange) WriteHeader(status int) {
	if x.status == 0 {
		x.status = status
	}
	x.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (x *exchange) Write(b []byte) (int, error) {
	if x.status == 0 {
		x.status = http.StatusOK
	}
	return x.ResponseWriter.Write(b)
}

// Unwrap serves http.ResponseController.
func (x *exchange) Unwrap() http.ResponseWriter { return x.ResponseWriter }

// exchangeKey is where a request's context has its exchange.
type exchangeKey struct{}

// identified notes for the log who a request comes from.
func identified(ctx context.Context, id Identity) {
	if x, ok := ctx.Value(exchangeKey{}).(*exchange); ok {
		x.identity = id
	}
}

// ServeHTTP gives the request an id and a time limit, routes it, and accounts for it whatever happens.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	id := requestid.New()
	w.Header().Set(requestid.Header, id)
	x := &exchange{ResponseWriter: w, route: routeNone}
	ctx := context.WithValue(requestid.WithGlobal(requestid.With(r.Context(), id), requestid.Inbound(r.Header)), exchangeKey{}, x)
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	ctx, finish := tracing.Serve(ctx, s.tracer, r, id)
	defer func() { finish(x.route, x.status) }()
	defer s.account(ctx, x, r.Method, began)
	defer s.recover(ctx, x)
	s.route(x, r.WithContext(ctx))
}

// recover turns a panic into a 500, so that one request's mistake stays its own.
func (s *server) recover(ctx context.Context, x *exchange) {
	cause := recover()
	if cause == nil {
		return
	}
	s.logger.ErrorContext(ctx, "request panicked", slog.String("route", x.route), slog.Any("panic", cause),
		slog.String("stack", string(debug.Stack())))
	if x.status == 0 {
		s.writeError(ctx, x, fmt.Errorf("panic: %v", cause))
	}
}

// account writes the access line and the metrics. It runs last, after recover.
func (s *server) account(ctx context.Context, x *exchange, method string, began time.Time) {
	took := time.Since(began)
	s.metrics.observe(x.route, method, x.status, took)
	level := slog.LevelInfo
	if x.route == routeHealthcheck {
		// A load balancer asks for it every second.
		level = slog.LevelDebug
	}
	s.logger.LogAttrs(ctx, level, "request",
		slog.String("method", method), slog.String("route", x.route), slog.Int("status", x.status),
		slog.Duration("duration", took), slog.String("project_id", x.identity.ProjectID), slog.String("user_id", x.identity.UserID))
}
