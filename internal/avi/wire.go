package avi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/requestid"
	"github.com/avi-lbaas/avi-lbaas/internal/tracing"
)

// maxAnswer is the longest answer that is read: far more than a page of 200
// objects, far less than the memory.
const maxAnswer = 64 << 20

// call is one request to the Controller, without its session. It can be sent
// several times.
type call struct {
	method string
	path   string // escaped, from the root: "/api/pool/pool-1"
	query  url.Values
	body   []byte // nil for none
	slug   string // uuid of the object to create, "" to let the Controller choose

	typ, uuid, tenant string // as in Error
}

// loginType is the type under which errors and observations show the login.
const loginType = "login"

func (c *call) isLogin() bool { return c.typ == loginType }

// failed makes an error about c.
func (c *call) failed(kind Kind, cause error) *Error {
	return &Error{Kind: kind, Method: c.method, Type: c.typ, UUID: c.uuid, Tenant: c.tenant, Err: cause}
}

// answer is what came back, its body read.
type answer struct {
	status  int
	cookies []*http.Cookie
	body    []byte
}

// wire sends single HTTP requests. It knows of no session.
type wire struct {
	endpoint  string // scheme and host
	client    *http.Client
	timeout   time.Duration
	userAgent string
	log       *slog.Logger
	observe   func(Request)
	now       func() time.Time
}

// send makes one HTTP request. header is the session's part of the headers. The
// answer comes together with the error where the Controller answered with one, and
// with status 0 where there was none.
func (w *wire) send(ctx context.Context, c *call, header http.Header) (answer, *Error) {
	ctx, end := tracing.Start(ctx, "Controller "+c.method+" "+c.typ)
	start := w.now()
	a, failure := w.exchange(ctx, c, header)
	if failure == nil && (a.status < 200 || a.status > 299) {
		failure = classify(c, a.status, a.body)
	}
	r := Request{Method: c.method, Type: c.typ, Status: a.status, Duration: w.now().Sub(start)}
	if failure != nil {
		r.Err = failure
	}
	end(r.Err)
	w.observe(r)
	w.log.DebugContext(ctx, "avi request", "method", r.Method, "type", r.Type, "object_id", c.uuid,
		"tenant_id", c.tenant, "status", r.Status, "duration", r.Duration)
	return a, failure
}

// exchange writes the request and reads the answer, whatever its status.
func (w *wire) exchange(ctx context.Context, c *call, header http.Header) (answer, *Error) {
	bounded, cancel := context.WithTimeout(ctx, w.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(bounded, c.method, w.endpoint+c.path, bytes.NewReader(c.body))
	if err != nil {
		return answer{}, c.failed(Invalid, fmt.Errorf("make the request: %w", err))
	}
	req.URL.RawQuery = c.query.Encode()
	req.Header = header.Clone()
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Referer", w.endpoint)
	req.Header.Set("User-Agent", w.userAgent)
	req.Header.Set("X-Avi-UserAgent", w.userAgent)
	if c.slug != "" {
		req.Header.Set("Slug", c.slug)
	}
	if id := requestid.From(ctx); id != "" {
		// The Controller does not read it; proxies in front of it, and the simulator, may log it.
		req.Header.Set(requestid.Header, id)
	}

	resp, err := w.client.Do(req)
	if err != nil {
		return answer{}, w.noAnswer(ctx, c, err)
	}
	defer func() { _ = resp.Body.Close() }() // read to its end below, or of no use
	a := answer{status: resp.StatusCode, cookies: resp.Cookies()}
	a.body, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		failure := w.noAnswer(ctx, c, fmt.Errorf("read the answer: %w", err))
		failure.Status = a.status
		return a, failure
	}
	if len(a.body) > maxAnswer {
		failure := c.failed(Invalid, fmt.Errorf("the answer is longer than %d MiB", maxAnswer>>20))
		failure.Status = a.status
		return a, failure
	}
	return a, nil
}

// noAnswer tells the caller's cancellation from the Controller's absence.
func (w *wire) noAnswer(ctx context.Context, c *call, err error) *Error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err // without the method and the URL, which the Error has
	}
	if stopped := ctx.Err(); stopped != nil {
		return c.failed(stopKind(stopped), stopped)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("no answer within %s: %w", w.timeout, err)
	}
	return c.failed(Unavailable, err)
}

// stopKind gives a context's end its kind: a caller that ran out of time was kept
// waiting by the Controller.
func stopKind(stopped error) Kind {
	if errors.Is(stopped, context.Canceled) {
		return Canceled
	}
	return Unavailable
}
