package api

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/requestid"
)

// statusClientClosed is what the log says of a request whose client went away before the answer; nginx's number, none of RFC 9110.
const statusClientClosed = 499

// retryAfter is how long a client is asked to wait while a service that we need is away, in seconds.
const retryAfter = 5

// kindStatus is the one place that knows how the domain's errors look on the wire; ok is false for a kind that it does not know,
// which a test says there is none of.
func kindStatus(kind lbaas.Kind) (status int, ok bool) {
	switch kind {
	case lbaas.KindInvalid:
		return http.StatusBadRequest, true
	case lbaas.KindForbidden:
		return http.StatusForbidden, true
	case lbaas.KindNotFound:
		return http.StatusNotFound, true
	case lbaas.KindConflict, lbaas.KindImmutable:
		return http.StatusConflict, true
	case lbaas.KindUnsupported:
		return http.StatusNotImplemented, true
	case lbaas.KindUnavailable:
		return http.StatusServiceUnavailable, true
	}
	return 0, false
}

// wireError is a failure of HTTP rather than of LBaaS, with its status and its text for the client.
type wireError struct {
	status  int
	message string
	err     error
	// retryAfter is how long the client is asked to wait; 0 is not said.
	retryAfter time.Duration
}

func (e *wireError) Error() string {
	if e.err != nil {
		return e.message + ": " + e.err.Error()
	}
	return e.message
}

func (e *wireError) Unwrap() error { return e.err }

// fault is Octavia's error body.
type fault struct {
	Code  string  `json:"faultcode"`
	Text  string  `json:"faultstring"`
	Debug *string `json:"debuginfo"` // Octavia's is null as well unless it runs in debug mode
}

func newFault(status int, text string) fault {
	if status >= http.StatusInternalServerError {
		return fault{Code: "Server", Text: text}
	}
	return fault{Code: "Client", Text: text}
}

// writeError answers with what an error means to the client, and logs what is not the client's doing.
func (s *server) writeError(ctx context.Context, w http.ResponseWriter, err error) {
	if errors.Is(ctx.Err(), context.Canceled) {
		s.logger.DebugContext(ctx, "the client went away before its answer", slog.Any("error", err))
		w.WriteHeader(statusClientClosed)
		return
	}
	if denied, ok := errors.AsType[*UnauthenticatedError](err); ok {
		s.writeUnauthenticated(ctx, w, denied)
		return
	}
	status, text := statusOf(ctx, err)
	if wire, ok := errors.AsType[*wireError](err); ok && wire.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wire.retryAfter.Seconds()))))
	}
	switch status {
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", strconv.Itoa(retryAfter))
		s.logger.WarnContext(ctx, "request not answered for now", slog.Any("error", err))
	case http.StatusInternalServerError:
		s.logger.ErrorContext(ctx, "request failed", slog.Any("error", err))
	default:
		s.logger.DebugContext(ctx, "request refused", slog.Int("status", status), slog.Any("error", err))
	}
	s.writeJSON(ctx, w, status, newFault(status, text))
}

// statusOf gives the status and the client's text of an error. What has neither kind nor status is internal: its text stays here.
func statusOf(ctx context.Context, err error) (int, string) {
	if message, kind, ok := lbaas.MessageFor(err); ok {
		if status, known := kindStatus(kind); known {
			return status, message
		}
	}
	if wire, ok := errors.AsType[*wireError](err); ok {
		return wire.status, wire.message
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return http.StatusServiceUnavailable, "The request could not be carried out in time. Please try again."
	}
	return http.StatusInternalServerError,
		"An internal error occurred. The administrator finds it in the log by the request id " + requestid.From(ctx) + "."
}

// writeUnauthenticated answers in the words of OpenStack's keystonemiddleware, which clients know.
func (s *server) writeUnauthenticated(ctx context.Context, w http.ResponseWriter, denied *UnauthenticatedError) {
	s.logger.DebugContext(ctx, "request not authenticated", slog.Any("error", denied))
	if denied.Challenge != "" {
		w.Header().Set("WWW-Authenticate", denied.Challenge)
	}
	type body struct {
		Code    int    `json:"code"`
		Title   string `json:"title"`
		Message string `json:"message"`
	}
	s.writeJSON(ctx, w, http.StatusUnauthorized, map[string]body{"error": {
		Code: http.StatusUnauthorized, Title: "Unauthorized", Message: "The request you have made requires authentication.",
	}})
}
