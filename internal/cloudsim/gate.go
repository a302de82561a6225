package cloudsim

import (
	"context"
	"sync"
)

// gate holds the faults injected into one service.
type gate struct {
	mu sync.Mutex
	// remaining calls are to be answered with status.
	remaining, status int
	// paused is non-nil while calls are held, and closed to let them go on.
	paused chan struct{}
}

func (g *gate) fail(n, status int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.remaining, g.status = n, status
}

func (g *gate) pause() (resume func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.paused == nil {
		g.paused = make(chan struct{})
	}
	held := g.paused
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.paused == held {
			close(held)
			g.paused = nil
		}
	}
}

// pass holds a call while the service is paused, then tells whether it is to fail, and with which status.
func (g *gate) pass(ctx context.Context) (status int, failed bool) {
	g.mu.Lock()
	held := g.paused
	g.mu.Unlock()
	if held != nil {
		select {
		case <-held:
		case <-ctx.Done():
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.remaining == 0 {
		return 0, false
	}
	g.remaining--
	return g.status, true
}
