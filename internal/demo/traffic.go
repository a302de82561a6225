package demo

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// visitor asks the VIP as its users do, over a new connection each time.
type visitor struct {
	client *http.Client
	url    string
}

func newVisitor(url string) *visitor {
	return &visitor{
		client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 5 * time.Second},
		url:    url,
	}
}

// ask gives the name of the backend that has answered.
func (v *visitor) ask(ctx context.Context) (_ string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, v.url, http.NoBody)
	if err != nil {
		return "", err
	}
	answer, err := v.client.Do(request)
	if err != nil {
		return "", err
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 1<<10))
	if err != nil {
		return "", fmt.Errorf("read the answer of %s: %w", v.url, err)
	}
	if answer.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s answered %s", v.url, answer.Status)
	}
	return strings.TrimSpace(string(body)), nil
}

// tally is how requests have gone.
type tally struct {
	asked, failed int
	by            map[string]int // answers by backend
	firstFailure  error
}

func (t *tally) add(name string, err error) {
	t.asked++
	if err != nil {
		t.failed++
		if t.firstFailure == nil {
			t.firstFailure = err
		}
		return
	}
	if t.by == nil {
		t.by = map[string]int{}
	}
	t.by[name]++
}

// crowd asks on and on in the background, until leave.
type crowd struct {
	cancel context.CancelFunc
	gone   chan struct{}

	mu     sync.Mutex
	phases []tally // the last one is counting
}

// pace is the time between two requests of a crowd.
const pace = 2 * time.Millisecond

func gather(ctx context.Context, v *visitor) *crowd {
	ctx, cancel := context.WithCancel(ctx)
	c := &crowd{cancel: cancel, gone: make(chan struct{}), phases: make([]tally, 1)}
	go func() {
		defer close(c.gone)
		tick := time.NewTicker(pace)
		defer tick.Stop()
		for ctx.Err() == nil {
			name, err := v.ask(ctx)
			if ctx.Err() != nil {
				return // cut off by leave
			}
			c.mu.Lock()
			c.phases[len(c.phases)-1].add(name, err)
			c.mu.Unlock()
			select {
			case <-tick.C:
			case <-ctx.Done():
			}
		}
	}()
	return c
}

// next has the crowd count anew. A request under way counts for the new phase.
func (c *crowd) next() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.phases = append(c.phases, tally{})
}

// await waits until so many requests of this phase have had their answer.
func (c *crowd) await(ctx context.Context, n int) error {
	return await(ctx, settleTimeout, fmt.Sprintf("%d requests", n), func(context.Context) (string, bool, error) {
		asked := c.asked()
		return fmt.Sprintf("%d", asked), asked >= n, nil
	})
}

// asked is how many requests of this phase have had their answer.
func (c *crowd) asked() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.phases[len(c.phases)-1].asked
}

// leave ends the requests and gives how each phase went. It may be called twice.
func (c *crowd) leave() []tally {
	c.cancel()
	<-c.gone
	return c.phases
}
