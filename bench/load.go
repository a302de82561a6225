package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"
)

// result is what one closed loop has measured.
type result struct {
	Name    string        `json:"name"`
	Clients int           `json:"clients"`
	Count   int           `json:"requests"`
	Rate    float64       `json:"per_second"`
	P50     time.Duration `json:"p50_ns"`
	P90     time.Duration `json:"p90_ns"`
	P99     time.Duration `json:"p99_ns"`
	Longest time.Duration `json:"max_ns"`
	// Processor is the service's own processor time for each request; 0 where its processes are not known.
	Processor time.Duration `json:"processor_ns,omitempty"`
}

// tally collects the times of a loop's requests.
type tally struct {
	mu    sync.Mutex
	times []time.Duration
	err   error
}

func (t *tally) add(took time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.times = append(t.times, took)
}

func (t *tally) fail(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.err = errors.Join(t.err, err)
}

// warmUp is how many requests each client makes before its time counts: connections and caches are not what is measured.
const warmUp = 2

// closedLoop has so many clients call request again and again until the time is over or request says that it is done. The first
// failure ends the loop: a service that refuses quickly must not look fast.
func closedLoop(ctx context.Context, name string, clients int, lasting time.Duration, request func(context.Context) error) (result, error) {
	for range warmUp {
		var warming sync.WaitGroup
		var t tally
		for range clients {
			warming.Go(func() {
				if err := request(ctx); err != nil {
					t.fail(err)
				}
			})
		}
		warming.Wait()
		if t.err != nil && !errors.Is(t.err, errDone) {
			return result{}, fmt.Errorf("%s: %w", name, t.err)
		}
	}
	whole := ctx
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var t tally
	var running sync.WaitGroup
	began := time.Now()
	for range clients {
		running.Go(func() {
			for time.Since(began) < lasting && ctx.Err() == nil {
				start := time.Now()
				err := request(ctx)
				if errors.Is(err, errDone) {
					return
				}
				if err != nil {
					if ctx.Err() == nil {
						t.fail(err)
					}
					stop()
					return
				}
				t.add(time.Since(start))
			}
		})
	}
	running.Wait()
	if whole.Err() != nil {
		return result{}, fmt.Errorf("%s: %w", name, context.Cause(whole))
	}
	if t.err != nil {
		return result{}, fmt.Errorf("%s: %w", name, t.err)
	}
	return t.result(name, clients, time.Since(began)), nil
}

// errDone is what a request of a closed loop answers when there is nothing left to ask for.
var errDone = errors.New("done")

func (t *tally) result(name string, clients int, took time.Duration) result {
	slices.Sort(t.times)
	r := result{Name: name, Clients: clients, Count: len(t.times), Rate: float64(len(t.times)) / took.Seconds()}
	if len(t.times) > 0 {
		at := func(q float64) time.Duration { return t.times[int(q*float64(len(t.times)-1))] }
		r.P50, r.P90, r.P99, r.Longest = at(.5), at(.9), at(.99), t.times[len(t.times)-1]
	}
	return r
}

func (r result) print(out io.Writer) {
	milliseconds := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	// Standard output that cannot be written to has nobody who reads it.
	_, _ = fmt.Fprintf(out, "%-40s c=%-3d n=%-6d %9.1f/s  p50 %8.2f  p90 %8.2f  p99 %8.2f  max %8.2f ms  cpu %6.2f ms\n", r.Name, r.Clients, r.Count, r.Rate,
		milliseconds(r.P50), milliseconds(r.P90), milliseconds(r.P99), milliseconds(r.Longest),
		milliseconds(r.Processor))
}
