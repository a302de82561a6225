package engine

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	headerTimeout        = 30 * time.Second
	idleClientTimeout    = 60 * time.Second
	maxClientHeaderBytes = 48 << 10
)

// httpFront serves HTTP/1.1 and passes each request to a server of its own choice.
type httpFront struct {
	vs       *virtualService
	listener *streamListener
	server   *http.Server
	cancel   context.CancelFunc
	// handlers counts connections being served and, since a hijacked connection leaves net/http's care while its
	// handler still runs, handlers as well.
	handlers sync.WaitGroup
}

func openHTTP(vs *virtualService, key frontKey) (front, error) {
	ctx, cancel := context.WithCancel(context.Background())
	listener, err := listenStream(ctx, vs, key)
	if err != nil {
		cancel()
		return nil, err
	}
	f := &httpFront{vs: vs, listener: listener, cancel: cancel}
	f.server = &http.Server{
		Handler:           f,
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleClientTimeout,
		MaxHeaderBytes:    maxClientHeaderBytes,
		ErrorLog:          slog.NewLogLogger(vs.logger.Handler(), slog.LevelDebug),
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ConnState:         f.track,
	}
	var accepting net.Listener = listener
	if key.tls {
		accepting = tls.NewListener(listener, clientTLSConfig(vs, "http/1.1"))
	}
	vs.wg.Go(func() {
		_ = f.server.Serve(accepting) // ends by Close only: net/http rides out failing accepts by itself
		f.handlers.Wait()
	})
	return f, nil
}

// track counts the connections that net/http serves. It sees StateNew before Serve can return, so that no connection
// begins after the wait for them.
func (f *httpFront) track(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		f.handlers.Add(1)
	case http.StateHijacked, http.StateClosed:
		f.handlers.Done()
	case http.StateActive, http.StateIdle:
	}
}

// Close implements front.
func (f *httpFront) Close() {
	f.cancel()
	_ = f.listener.Close() // the descriptor is gone in any case
	_ = f.server.Close()   // tells Serve that this is the end
}

// ServeHTTP passes one request on.
func (f *httpFront) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.handlers.Add(1)
	defer f.handlers.Done()
	newExchange(f.vs, r).serve(w, r)
}
