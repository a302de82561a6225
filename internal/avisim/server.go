package avisim

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim/schema"
)

// Server is a simulated Controller. Its methods are safe for concurrent use.
type Server struct {
	options  Options
	log      *slog.Logger
	schema   *schema.Schema
	version  schema.Version // the product's
	models   map[string]*schema.Message
	readOnly map[string]bool // models of which only the system-default objects exist
	started  time.Time
	sessions *sessions
	ca       *authority
	journal  journal
	faults   faults
	limiter  rateLimiter
	history  *history
	metrics  map[string]metric
	applier  applier
	ports    atomic.Pointer[portKeeper] // nil unless started with a Neutron

	counted atomic.Int64 // requests that Options.OnRequest saw

	mu    sync.RWMutex
	store *store
	knobs Knobs // with defaults filled in

	listening struct {
		sync.Mutex
		listener net.Listener
		server   *http.Server
		done     chan struct{}
	}
}

// New makes a Controller with its system-default objects, tenants and, if there is a state file, what that holds.
func New(options Options) (*Server, error) {
	options = options.withDefaults()
	if options.Password == "" {
		return nil, errors.New("making a simulated Controller: no password given")
	}
	if err := options.Knobs.validate(); err != nil {
		return nil, fmt.Errorf("making a simulated Controller: %w", err)
	}
	if options.Neutron != nil {
		if err := options.Neutron.validate(); err != nil {
			return nil, fmt.Errorf("making a simulated Controller: %w", err)
		}
	}
	loaded, err := schema.Load()
	if err != nil {
		return nil, fmt.Errorf("making a simulated Controller: %w", err)
	}
	version, err := schema.ParseVersion(options.Version)
	if err != nil {
		return nil, fmt.Errorf("making a simulated Controller: %w", err)
	}
	if loaded.Version.Less(version) {
		return nil, fmt.Errorf("making a simulated Controller: release %s is newer than the schema's %s", version, loaded.Version)
	}
	ca, err := newAuthority("Simulated Avi Controller CA", time.Now())
	if err != nil {
		return nil, fmt.Errorf("making a simulated Controller: %w", err)
	}
	s := &Server{
		options: options, log: options.Logger, schema: loaded, version: version, ca: ca,
		models: map[string]*schema.Message{}, readOnly: map[string]bool{},
		started:  options.Now(),
		sessions: newSessions(options.User, options.Password, options.Now),
		history:  newHistory(),
		metrics:  metricTable(),
		store:    newStore(),
		knobs:    options.Knobs.withDefaults(),
	}
	for _, m := range loaded.Roots() {
		s.models[strings.ToLower(m.Name)] = m
	}
	if err := s.seed(); err != nil {
		return nil, fmt.Errorf("making a simulated Controller: seeding its objects: %w", err)
	}
	if err := s.loadState(); err != nil {
		return nil, fmt.Errorf("making a simulated Controller: %w", err)
	}
	if err := s.applyConfig(); err != nil {
		return nil, fmt.Errorf("making a simulated Controller: %w", err)
	}
	return s, nil
}

// Start listens and serves until the context ends or Close is called.
func (s *Server) Start(ctx context.Context) error {
	s.listening.Lock()
	defer s.listening.Unlock()
	if s.listening.server != nil {
		return errors.New("starting the simulated Controller: already started")
	}
	tlsConfig, err := s.ca.tlsConfig(s.options.Listen, time.Now())
	if err != nil {
		return fmt.Errorf("starting the simulated Controller: %w", err)
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", s.options.Listen)
	if err != nil {
		return fmt.Errorf("starting the simulated Controller: %w", err)
	}
	server := &http.Server{
		Handler: s.Handler(), TLSConfig: tlsConfig,
		ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		ErrorLog:    slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
		BaseContext: func(net.Listener) context.Context { return ctx },
		// A real portal's faults show as broken connections, which only HTTP/1.1 has.
		Protocols: new(http.Protocols),
	}
	server.Protocols.SetHTTP1(true)
	done := make(chan struct{})
	s.listening.listener, s.listening.server, s.listening.done = listener, server, done
	go func() {
		defer close(done)
		stop := context.AfterFunc(ctx, func() { _ = server.Close() })
		defer stop()
		if err := server.ServeTLS(listener, "", ""); !errors.Is(err, http.ErrServerClosed) {
			s.log.ErrorContext(ctx, "the simulated Controller stopped serving", "error", err)
		}
	}()
	s.startPorts(ctx)
	s.log.InfoContext(ctx, "simulated Controller listening", "address", listener.Addr().String(), "version", s.version.String())
	return nil
}

// Addr is host:port of the listener; empty before Start.
func (s *Server) Addr() string {
	s.listening.Lock()
	defer s.listening.Unlock()
	if s.listening.listener == nil {
		return ""
	}
	return s.listening.listener.Addr().String()
}

// URL is https://host:port.
func (s *Server) URL() string { return "https://" + s.Addr() }

// CAPEM is the certificate that clients must trust.
func (s *Server) CAPEM() []byte { return s.ca.pem }

// Close ends all connections and waits until nothing serves any more. The engine stays as it is.
func (s *Server) Close() error {
	s.listening.Lock()
	server, done := s.listening.server, s.listening.done
	s.listening.Unlock()
	if server == nil {
		return nil
	}
	err := server.Close()
	<-done
	s.stopPorts()
	if err != nil {
		return fmt.Errorf("closing the simulated Controller: %w", err)
	}
	return nil
}

// Handler serves the API without a listener, for tests.
func (s *Server) Handler() http.Handler { return http.HandlerFunc(s.serve) }

func (s *Server) now() time.Time { return s.options.Now() }

// SetKnobs changes the behaviour of a running Controller.
func (s *Server) SetKnobs(knobs Knobs) error {
	if err := knobs.validate(); err != nil {
		return fmt.Errorf("setting knobs: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.knobs = knobs.withDefaults()
	s.virtualServicesChanged() // PortGCDelay may be another
	return nil
}

func (s *Server) currentKnobs() Knobs {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.knobs
}

// ChangePassword changes the user's password; every open session ends with 419.
func (s *Server) ChangePassword(password string) error {
	if password == "" {
		return errors.New("changing the password: it is empty")
	}
	s.sessions.changePassword(password)
	return nil
}
