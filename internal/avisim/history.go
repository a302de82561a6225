package avisim

import (
	"slices"
	"sort"
	"sync"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim/engine"
)

// maxSamples bounds the memory for one object's counters.
const maxSamples = 2000

// history remembers counters over time, so that a window's growth can be told. Samples are taken when metrics are asked
// for: what happened between two samples counts to the later one.
type history struct {
	mu      sync.Mutex
	samples map[string][]sample // by object uuid, oldest first
}

type sample struct {
	at       time.Time
	counters engine.Counters
}

func newHistory() *history { return &history{samples: map[string][]sample{}} }

func (h *history) add(id string, at time.Time, counters engine.Counters) {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := h.samples[id]
	if len(list) >= maxSamples {
		list = slices.Delete(list, 0, maxSamples/10)
	}
	h.samples[id] = append(list, sample{at, counters})
}

func (h *history) forget(id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.samples, id)
}

// window is what the samples say of the step that ends at end.
func (h *history) window(id string, end time.Time, step time.Duration) window {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := h.samples[id]
	start := end.Truncate(step)
	if start.Equal(end) {
		start = end.Add(-step)
	}
	w := window{step: step}
	first, after := firstAfter(list, start), firstAfter(list, end)
	if first > 0 {
		w.from = list[first-1].counters
	}
	if after > 0 {
		w.to = list[after-1].counters
	}
	for _, s := range list[min(first, after):after] {
		w.maxOpen = max(w.maxOpen, s.counters.OpenConnections)
	}
	return w
}

// firstAfter is the index of the first sample later than t.
func firstAfter(list []sample, t time.Time) int {
	return sort.Search(len(list), func(i int) bool { return list[i].at.After(t) })
}
