package api

import (
	"cmp"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"

	"github.com/avi-lbaas/avi-lbaas/internal/policy"
	"github.com/avi-lbaas/avi-lbaas/internal/requestid"
)

// Defaults of Options.
const (
	DefaultMaxBodyBytes   = 114688 // oslo.middleware's max_request_body_size
	DefaultMaxPage        = 1000   // Octavia's pagination_max_limit
	DefaultRequestTimeout = 60 * time.Second
)

const contentTypeJSON = "application/json"

// Options are what the API is made of. Service, Authenticator, Logger and Registerer are mandatory.
type Options struct {
	Service       Service
	Authenticator Authenticator
	// Policy is Octavia's own, without a policy file, when nil.
	Policy     PolicySource
	Logger     *slog.Logger
	Registerer prometheus.Registerer
	// BaseURI is how clients reach the API, say https://lb.example.org/load-balancer; links in answers begin with it. When it is
	// empty they begin with the request's Host. Headers of proxies are not believed.
	BaseURI string
	// MaxBodyBytes is the longest request body; 0 is DefaultMaxBodyBytes.
	MaxBodyBytes int64
	// MaxPage is the most entries of one page of a list; 0 is DefaultMaxPage.
	MaxPage int
	// Lists are the conventions of lists that this deployment does without.
	Lists ListRules
	// RequestTimeout is how long one request may take; 0 is DefaultRequestTimeout.
	RequestTimeout time.Duration
	// Healthcheck answers at /healthcheck, without a token; nil is nothing there.
	Healthcheck http.Handler
	// Tracer records requests; nil records none.
	Tracer trace.Tracer
	// Limits hold each project to a rate of requests; nil is none.
	Limits Limits
}

// Limits hold each of many parties to a rate of requests. *ratelimit.Limiter implements it.
type Limits interface {
	// Allow takes one request of a party's share; when there is none left, wait says in how long there will be one.
	Allow(party string) (wait time.Duration, ok bool)
}

// server is the API with its settings; it has no state of its own but what it need not do again.
type server struct {
	service Service
	auth    Authenticator
	policy  PolicySource
	logger  *slog.Logger
	metrics *metrics
	mux     *http.ServeMux
	baseURI string
	maxBody int64
	maxPage int
	lists   ListRules
	timeout time.Duration
	health  http.Handler // nil: none
	limits  Limits       // nil: none
	tracer  trace.Tracer // nil: none
	// described is what the routes are, for the API's description; complete before the first request.
	described described
	buffers   sync.Pool  // of *bytes.Buffer, in which answers are encoded
	encodings *encodings // load balancers as they are shown
}

// New gives the handler of the whole API.
func New(o Options) http.Handler {
	s := &server{
		service: o.Service,
		auth:    o.Authenticator,
		policy:  o.Policy,
		logger:  slog.New(requestid.NewLogHandler(o.Logger.Handler())),
		metrics: newMetrics(o.Registerer),
		baseURI: strings.TrimRight(o.BaseURI, "/"),
		maxBody: cmp.Or(o.MaxBodyBytes, DefaultMaxBodyBytes),
		maxPage: cmp.Or(o.MaxPage, DefaultMaxPage),
		lists:   o.Lists,
		timeout: cmp.Or(o.RequestTimeout, DefaultRequestTimeout),
		health:  o.Healthcheck,
		limits:  o.Limits,
		tracer:  o.Tracer,

		described: described{},
		encodings: newEncodings(),
	}
	if s.policy == nil {
		s.policy = FixedPolicy{policy.Default()}
	}
	s.mux = s.newMux()
	return s
}
