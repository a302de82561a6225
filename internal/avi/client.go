package avi

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"
)

// AllTenants as the tenant of Get, List and Call means every tenant that the user
// may read. It does not exist for writes.
const AllTenants = "*"

// Client is a Controller's client for one user. It logs in when it has to. Its
// methods may be called in parallel; their errors are *Error.
//
// A tenant is an Avi tenant's uuid; "" means the admin tenant.
type Client struct {
	wire     *wire
	sessions *sessions
}

// New returns a client. It speaks to nobody yet; an error says what is wrong with
// cfg.
func New(cfg Config) (*Client, error) {
	endpoint, err := cfg.endpoint()
	if err != nil {
		return nil, err
	}
	if cfg.User == "" {
		return nil, errors.New("no user is given for the Controller")
	}
	version, err := cfg.apiVersion()
	if err != nil {
		return nil, err
	}
	transport, err := cfg.transport()
	if err != nil {
		return nil, err
	}
	w := &wire{
		endpoint: endpoint,
		client: &http.Client{
			Transport: transport,
			// A redirect would carry the session elsewhere.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		timeout:   cmp.Or(cfg.Timeout, DefaultTimeout),
		userAgent: cmp.Or(cfg.UserAgent, "avi-lbaas"),
		log:       cmp.Or(cfg.Logger, slog.New(slog.DiscardHandler)),
		observe:   cfg.Observe,
		now:       cfg.Now,
	}
	if w.observe == nil {
		w.observe = func(Request) {}
	}
	if w.now == nil {
		w.now = time.Now
	}
	return &Client{
		wire:     w,
		sessions: &sessions{wire: w, user: cfg.User, password: cfg.Password, configured: version, log: w.log},
	}, nil
}

// Version returns the API version that is spoken, logging in if needed. It may
// change when the Controller is upgraded and the session is renewed.
func (c *Client) Version(ctx context.Context) (string, error) {
	s, failure := c.sessions.get(ctx, nil)
	if failure != nil {
		return "", failure
	}
	return s.version, nil
}

// Get reads an object, its references with names ("…#name").
func (c *Client) Get(ctx context.Context, tenant, typ, uuid string) (Object, error) {
	return c.object(ctx, &call{method: http.MethodGet, typ: typ, uuid: uuid, tenant: tenant}, nil)
}

// Create makes an object and returns it as stored, defaults filled in. uuid is the
// one it shall have; "" lets the Controller choose.
func (c *Client) Create(ctx context.Context, tenant, typ, uuid string, body Object) (Object, error) {
	return c.object(ctx, &call{method: http.MethodPost, typ: typ, uuid: uuid, tenant: tenant, slug: uuid}, body)
}

// Replace writes the whole object: a field that body lacks falls back to its
// default. With an outdated _last_modified in body it fails with Stale; without
// one the last writer wins (controller facts 2.4).
func (c *Client) Replace(ctx context.Context, tenant, typ, uuid string, body Object) (Object, error) {
	return c.object(ctx, &call{method: http.MethodPut, typ: typ, uuid: uuid, tenant: tenant}, body)
}

// Patch changes single fields, one level deep (controller facts 2.5), and returns
// the object as stored.
func (c *Client) Patch(ctx context.Context, tenant, typ, uuid string, verb PatchVerb, body Object) (Object, error) {
	call := &call{method: http.MethodPatch, typ: typ, uuid: uuid, tenant: tenant}
	switch verb {
	case PatchAdd, PatchReplace, PatchDelete:
		return c.object(ctx, call, Object{string(verb): body})
	default:
		return nil, call.failed(Invalid, fmt.Errorf("there is no patch verb %q", verb))
	}
}

// Delete removes an object. One that is not there gives NotFound, one in use
// Referred.
func (c *Client) Delete(ctx context.Context, tenant, typ, uuid string) error {
	_, err := c.object(ctx, &call{method: http.MethodDelete, typ: typ, uuid: uuid, tenant: tenant}, nil)
	return err
}

// Call makes any other request below /api/, such as POST
// analytics/metrics/collection. path is not escaped and has neither query nor
// leading slash. in is sent as JSON unless nil; the answer is decoded into out
// unless that is nil.
func (c *Client) Call(ctx context.Context, method, tenant, path string, query url.Values, in, out any) error {
	typ, uuid := splitPath(path)
	call := &call{method: method, typ: typ, uuid: uuid, tenant: tenant, query: query}
	if failure := call.address(strings.Split(path, "/")); failure != nil {
		return failure
	}
	return c.roundTrip(ctx, call, in, out)
}

// Close ends the session at the Controller and closes idle connections. A later
// call logs in again.
func (c *Client) Close(ctx context.Context) error {
	defer c.wire.client.CloseIdleConnections()
	return c.sessions.end(ctx)
}

// object makes a request about one object, or for one to be created.
func (c *Client) object(ctx context.Context, call *call, in any) (Object, error) {
	segments := []string{call.typ, call.uuid}
	if call.method == http.MethodPost {
		segments = segments[:1]
	}
	if failure := call.address(segments); failure != nil {
		return nil, failure
	}
	if call.tenant == AllTenants && call.method != http.MethodGet {
		return nil, call.failed(Invalid, errors.New("a write needs one tenant"))
	}
	if call.method == http.MethodDelete {
		return nil, c.roundTrip(ctx, call, nil, nil)
	}
	call.query = url.Values{"include_name": {"true"}}
	var stored Object
	if err := c.roundTrip(ctx, call, in, &stored); err != nil {
		return nil, err
	}
	return stored, nil
}

// roundTrip sends in within the session and decodes the answer into out.
func (c *Client) roundTrip(ctx context.Context, call *call, in, out any) error {
	if in != nil {
		body, err := json.Marshal(in)
		if err != nil {
			return call.failed(Invalid, fmt.Errorf("encode the body: %w", err))
		}
		call.body = body
	}
	a, failure := c.send(ctx, call)
	if failure != nil {
		return failure
	}
	if err := decode(a.body, out); err != nil {
		failure := call.failed(Unavailable, err)
		failure.Status = a.status
		return failure
	}
	return nil
}

// attempts bounds how often a request is sent: once, once more because another
// request's answer rotated the token, and once more in a new session.
const attempts = 3

// send sends call within the session. A request that the Controller refused for
// its session was not carried out, whatever the method: it is repeated, after at
// most one new login.
func (c *Client) send(ctx context.Context, call *call) (answer, *Error) {
	s, failure := c.sessions.get(ctx, nil)
	if failure != nil {
		return answer{}, call.noSession(failure)
	}
	renewed := false
	for attempt := 1; ; attempt++ {
		header, token := s.header(call.tenant)
		a, failure := c.wire.send(ctx, call, header)
		if !sessionRefused(a.status) {
			s.adopt(a.cookies)
			return a, failure
		}
		if renewed || attempt == attempts {
			return a, failure
		}
		next, failure := c.sessions.renew(ctx, s, token)
		if failure != nil {
			return answer{}, call.noSession(failure)
		}
		renewed = next != s
		s = next
	}
}

// noSession makes the error of a request that was not sent because of a login.
func (c *call) noSession(login *Error) *Error {
	failure := c.failed(login.Kind, login)
	failure.NotBefore = login.NotBefore
	return failure
}

// address sets the path below /api/. It refuses what would address something else
// than was meant: a deletion with an empty uuid would be one of the collection.
func (c *call) address(segments []string) *Error {
	escaped := make([]string, len(segments))
	for i, segment := range segments {
		last := i == len(segments)-1
		if segment == "" && last && i > 1 {
			continue // the slash at the end that some paths have
		}
		if !addressable(segment) {
			return c.failed(Invalid, fmt.Errorf("%q cannot be part of a path", segment))
		}
		escaped[i] = url.PathEscape(segment)
	}
	if c.slug != "" && !addressable(c.slug) || c.tenant != "" && !addressable(c.tenant) {
		return c.failed(Invalid, errors.New("the uuid or the tenant's uuid has characters that cannot be sent"))
	}
	c.path = "/api/" + strings.Join(escaped, "/")
	return nil
}

func addressable(segment string) bool {
	return segment != "" && segment != "." && segment != ".." &&
		!strings.ContainsFunc(segment, func(r rune) bool { return r == '/' || unicode.IsControl(r) })
}

// splitPath tells what a path is about: its part without uuids, for errors and
// observations, and the uuid in it. "pool/pool-1/runtime/detail" gives "pool" and
// "pool-1", "analytics/metrics/collection" itself and "".
func splitPath(path string) (typ, uuid string) {
	segments := strings.Split(strings.Trim(path, "/"), "/")
	for i, segment := range segments {
		if i > 0 && strings.HasPrefix(segment, strings.TrimSuffix(segments[i-1], "-inventory")+"-") {
			return strings.Join(segments[:i], "/"), segment
		}
	}
	return strings.Join(segments, "/"), ""
}
