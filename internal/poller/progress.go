package poller

import (
	"maps"
	"slices"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// listenerProgress is how far the sums of a listener go: those of its own virtual service, and of its SNI children.
type listenerProgress struct {
	progress
	// Children are by the uuids of their virtual services.
	Children map[string]progress `json:",omitempty"`
	// Retired is what children counted that are not there any more.
	Retired lbaas.Stats `json:",omitzero"`
}

// childrenAnd are the uuids of the children that are known and of those that are wanted.
func (p *listenerProgress) childrenAnd(wanted map[string]bool) []string {
	all := maps.Clone(wanted)
	for uuid := range p.Children {
		all[uuid] = true
	}
	return slices.Sorted(maps.Keys(all))
}

func (p *listenerProgress) setChild(uuid string, next progress) {
	if p.Children == nil {
		p.Children = map[string]progress{}
	}
	p.Children[uuid] = next
}

// retire keeps what a child has counted when its virtual service has gone: should it come back, it counts from 0.
func (p *listenerProgress) retire(uuid string) {
	p.Retired = p.Retired.Add(p.Children[uuid].stats())
	delete(p.Children, uuid)
}

// total is everything together, but for what is open.
func (p *listenerProgress) total() lbaas.Stats {
	all := p.stats().Add(p.Retired)
	for _, child := range p.Children {
		all = all.Add(child.stats())
	}
	return all
}

// progress is how far the sums of a virtual service go: what was there before the window that is being counted, and that window.
type progress struct {
	BytesIn, BytesOut counter
	Finished          window
	L4Errors          window
	HTTPErrors        window
}

// counter follows a cumulative metric over its resets (a service engine that starts anew counts from 0).
type counter struct{ Before, Last int64 }

func (c counter) next(value int64) counter {
	if value < c.Last {
		return counter{Before: c.Before + c.Last, Last: value}
	}
	return counter{Before: c.Before, Last: value}
}

func (c counter) total() int64 { return c.Before + c.Last }

// window sums a metric that starts from 0 in each window. The value of the newest window may still grow.
type window struct {
	Before, Current int64
	Timestamp       string
}

func (w window) next(p point) window {
	switch {
	case p.Timestamp == w.Timestamp:
		w.Current = max(w.Current, p.count())
		return w
	case p.Timestamp < w.Timestamp:
		return w // counted already; a follower that has taken over may lag behind
	}
	return window{Before: w.Before + w.Current, Current: p.count(), Timestamp: p.Timestamp}
}

func (w window) total() int64 { return w.Before + w.Current }

// next continues the sums with a sample.
func (g progress) next(s sample) progress {
	if p, ok := s[metricBytesIn]; ok {
		g.BytesIn = g.BytesIn.next(p.count())
	}
	if p, ok := s[metricBytesOut]; ok {
		g.BytesOut = g.BytesOut.next(p.count())
	}
	for name, w := range map[string]*window{metricFinished: &g.Finished, metricL4Errors: &g.L4Errors, metricHTTPErrors: &g.HTTPErrors} {
		if p, ok := s[name]; ok {
			*w = w.next(p)
		}
	}
	return g
}

func (g progress) stats() lbaas.Stats {
	return lbaas.Stats{
		BytesIn: g.BytesIn.total(), BytesOut: g.BytesOut.total(), TotalConnections: g.Finished.total(),
		RequestErrors: g.L4Errors.total() + g.HTTPErrors.total(),
	}
}
