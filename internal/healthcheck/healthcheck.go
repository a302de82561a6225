package healthcheck

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
)

// Result is what one check has found.
type Result struct {
	Available bool
	// Reason is shown to everybody, Details only in detailed answers.
	Reason, Details string
}

// Check is one plugin. Port is the one that the request came in at.
type Check interface {
	// Class names the kind of result in detailed answers.
	Class() string
	Check(ctx context.Context, port int) Result
}

// Options of a Handler; the zero value checks nothing.
type Options struct {
	// Checks are made for each request, in order; all of them must succeed. Without any the answer is always OK.
	Checks []Check
	// Detailed shows what the checks say in detail, and the host and its time.
	Detailed bool
	// AllowedSources are whom an answer is given to; everybody when there are none. Others find nothing here.
	AllowedSources []netip.Prefix
	// IgnoreProxied answers no request that says to come through a proxy.
	IgnoreProxied bool
}

// Handler answers GET and HEAD.
type Handler struct{ Options }

// New makes a Handler.
func New(o Options) *Handler { return &Handler{o} }

// ServeHTTP implements http.Handler. A HEAD of a healthy process is 204, as in oslo.middleware; what is unhealthy is 503.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !h.answers(r) {
		http.Error(w, "The resource could not be found.", http.StatusNotFound)
		return
	}
	port := portOf(r)
	results := make([]found, 0, len(h.Checks))
	healthy := true
	for _, check := range h.Checks {
		result := check.Check(r.Context(), port)
		healthy = healthy && result.Available
		results = append(results, found{Result: result, class: check.Class()})
	}
	if len(results) == 0 {
		results = []found{{Result: Result{Available: true, Reason: reasonOK}, class: classResult}}
	}
	w.Header().Set("Cache-Control", "no-store")
	status := http.StatusOK
	switch {
	case !healthy:
		status = http.StatusServiceUnavailable
	case r.Method == http.MethodHead:
		status = http.StatusNoContent
	}
	if r.Method == http.MethodHead {
		w.Header().Set("Content-Type", "text/plain; charset=UTF-8")
		w.WriteHeader(status)
		return
	}
	body, contentType := h.render(results, r.Header.Values("Accept"))
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that does not take its answer has no use for another one
}

// found is a result with the name of its kind.
type found struct {
	Result
	class string
}

// answers says whether a request is one of those that are answered.
func (h *Handler) answers(r *http.Request) bool {
	if h.IgnoreProxied && slices.ContainsFunc(proxyHeaders(), func(name string) bool { return r.Header.Get(name) != "" }) {
		return false
	}
	if len(h.AllowedSources) == 0 {
		return true
	}
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && slices.ContainsFunc(h.AllowedSources, func(p netip.Prefix) bool { return p.Contains(from.Addr().Unmap()) })
}

// proxyHeaders are those that oslo.middleware takes for the mark of a proxy, and the standard one of RFC 7239.
func proxyHeaders() []string {
	return []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Prefix", "X-Real-Ip"}
}

func portOf(r *http.Request) int {
	if local, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr); ok {
		return local.Port
	}
	return 0
}
