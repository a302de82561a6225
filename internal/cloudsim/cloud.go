package cloudsim

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// Mount points of the two services.
const (
	identityPrefix = "/identity"
	networkPrefix  = "/networking"
)

// Cloud is the simulated cloud. It is safe for use by several goroutines.
type Cloud struct {
	options  Options
	identity *identity
	network  *network
	keys     *keyManager
	handler  http.Handler

	mu     sync.Mutex
	server *http.Server  // nil unless started
	addr   string        // host:port while started
	served chan struct{} // closed when the serving goroutine has ended
}

// New makes the cloud that o describes, without listening yet. An error names the option that is wrong.
func New(o Options) (*Cloud, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	id, err := newIdentity(o)
	if err != nil {
		return nil, err
	}
	nw, err := newNetwork(o, id)
	if err != nil {
		return nil, err
	}
	keys := newKeyManager(o, id)
	root := http.NewServeMux()
	for _, s := range []*service{id.service, nw.service, keys.service} {
		mounted := http.StripPrefix(s.prefix, withRootPath(s))
		root.Handle(s.prefix, mounted)
		root.Handle(s.prefix+"/", mounted)
	}
	return &Cloud{options: o, identity: id, network: nw, keys: keys, handler: root}, nil
}

// withRootPath gives the bare mount point the path "/", which routes can name.
func withRootPath(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "" {
			r.URL.Path = "/"
		}
		next.ServeHTTP(w, r)
	})
}

// Handler serves all services; links in answers name the host that the request was sent to.
func (c *Cloud) Handler() http.Handler { return c.handler }

// Start listens on Options.Listen and serves in the background until Close. ctx bounds the listening call only.
func (c *Cloud) Start(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.server != nil {
		return errors.New("cloudsim: already started")
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", c.options.Listen)
	if err != nil {
		return fmt.Errorf("cloudsim: listening on %s: %w", c.options.Listen, err)
	}
	server := &http.Server{Handler: c.handler, ReadHeaderTimeout: 10 * time.Second}
	served := make(chan struct{})
	c.server, c.addr, c.served = server, listener.Addr().String(), served
	go func() {
		defer close(served)
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			c.options.Logger.ErrorContext(ctx, "serving the simulated cloud", "error", err)
		}
	}()
	return nil
}

// Close stops listening, cuts open connections and waits for the serving goroutine. A cloud may be started again; it keeps
// its state. Closing a cloud that is not started does nothing.
func (c *Cloud) Close() error {
	c.mu.Lock()
	server, served := c.server, c.served
	c.server, c.addr = nil, ""
	c.mu.Unlock()
	if server == nil {
		return nil
	}
	err := server.Close()
	<-served
	if err != nil {
		return fmt.Errorf("cloudsim: closing: %w", err)
	}
	return nil
}

// IdentityURL is the auth_url for clients, ending in /v3; empty while not started.
func (c *Cloud) IdentityURL() string { return c.url(identityPrefix + "/v3") }

// NetworkURL is the network endpoint as in the catalog, without a version; empty while not started.
func (c *Cloud) NetworkURL() string { return c.url(networkPrefix) }

func (c *Cloud) url(path string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.addr == "" {
		return ""
	}
	return "http://" + c.addr + path
}
