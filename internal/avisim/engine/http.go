package engine

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
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
	// bodyTimeout ends a request whose body does not go on; 0 for none.
	bodyTimeout time.Duration
}

func openHTTP(vs *virtualService, key frontKey) (front, error) {
	ctx, cancel := context.WithCancel(context.Background())
	listener, err := listenStream(ctx, vs, key)
	if err != nil {
		cancel()
		return nil, err
	}
	f := &httpFront{vs: vs, listener: listener, cancel: cancel, bodyTimeout: key.timeouts.Body}
	f.server = &http.Server{
		Handler:           f,
		ReadHeaderTimeout: cmp.Or(key.timeouts.Header, headerTimeout),
		IdleTimeout:       cmp.Or(key.timeouts.Idle, idleClientTimeout),
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
	if f.bodyTimeout > 0 && r.Body != nil && r.Body != http.NoBody {
		body := &timedBody{ReadCloser: r.Body, control: http.NewResponseController(w), timeout: f.bodyTimeout}
		defer body.done()
		r.Body = body
	}
	newExchange(f.vs, r).serve(w, r)
}

// timedBody is a request's body that has to go on.
type timedBody struct {
	io.ReadCloser

	control *http.ResponseController
	timeout time.Duration
	ended   atomic.Bool // it has been read to its end
}

// Read fails when nothing comes in time.
func (b *timedBody) Read(p []byte) (int, error) {
	if err := b.control.SetReadDeadline(time.Now().Add(b.timeout)); err != nil {
		return 0, err
	}
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		b.ended.Store(true)
	}
	return n, err
}

// done lets the connection's next request take its time. What is left of a body is net/http's to read, in the time that is left.
func (b *timedBody) done() {
	if b.ended.Load() {
		_ = b.control.SetReadDeadline(time.Time{}) // the connection may have ended
	}
}
