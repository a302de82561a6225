package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/service"
)

// Bounds of what is kept of load balancers.
const (
	// keptBytes is how much JSON is kept at most: that of some 4,000 load balancers.
	keptBytes = 4 << 20
	// keptFor is how long it is kept. Versions tell what this program changes; what somebody changes in the database by hand is
	// seen after this time.
	keptFor = 10 * time.Second
)

// encodings keeps load balancers as they are shown, encoded, so that what is asked for again and again costs what has changed in it.
// What is kept is used only where the service, asked by the same request, has named this very version of the load balancer: who may
// see it, and whether it is still there, is never decided here. It may be used by many goroutines.
type encodings struct {
	mu   sync.Mutex
	kept map[string]encoding // by id
	size int                 // of the texts, in bytes
}

type encoding struct {
	version string
	text    json.RawMessage
	until   time.Time
}

func newEncodings() *encodings { return &encodings{kept: map[string]encoding{}} }

// of gives what is kept of a load balancer, in whatever version.
func (e *encodings) of(id string, now time.Time) (encoding, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	kept, ok := e.kept[id]
	return kept, ok && now.Before(kept.until)
}

// at gives what is kept at a time, by id and version; nil is nothing.
func (e *encodings) at(now time.Time) func(id, version string) []byte {
	return func(id, version string) []byte {
		if kept, ok := e.of(id, now); ok && kept.version == version {
			return kept.text
		}
		return nil
	}
}

// keep takes an object in the place of its other versions; when there is too much, some others go, whichever.
func (e *encodings) keep(id string, object encoding) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.size += len(object.text) - len(e.kept[id].text)
	e.kept[id] = object
	for other := range e.kept {
		if e.size <= keptBytes {
			return
		}
		e.size -= len(e.kept[other].text)
		delete(e.kept, other)
	}
}

// showLoadBalancer is one load balancer, of what is kept if that is of its version. Clients that wait for the end of a change ask again
// and again; of a load balancer of which nothing is kept the version is not asked for.
func (s *server) showLoadBalancer(ctx context.Context, c service.Caller, at place) (any, error) {
	now := time.Now()
	if kept, ok := s.encodings.of(at.id, now); ok {
		version, err := s.service.LoadBalancerVersion(ctx, c, at.id)
		if err != nil {
			return nil, err
		}
		if version == kept.version {
			return kept.text, nil
		}
	}
	found, err := s.service.LoadBalancer(ctx, c, at.id)
	if err != nil {
		return nil, err
	}
	return s.encode(&found, now)
}

// loadBalancerPage is a page of load balancers, as far as possible of what is kept.
func (s *server) loadBalancerPage(ctx context.Context, c service.Caller, q service.Query) (*page, error) {
	now := time.Now()
	found, err := s.service.LoadBalancers(ctx, c, q, s.encodings.at(now))
	if err != nil {
		return nil, err
	}
	p := &page{count: len(found.Items), more: found.More}
	if p.count > 0 {
		p.ends = []string{found.Items[0].ID, found.Items[p.count-1].ID}
	}
	p.object = func(i int) (any, error) {
		if entry := &found.Items[i]; entry.Kept == nil {
			return s.encode(entry.LoadBalancer, now)
		}
		return json.RawMessage(found.Items[i].Kept), nil
	}
	return p, nil
}

// encode is a load balancer as it was shown at a time, to be kept if it says what version that is.
func (s *server) encode(lb *service.LoadBalancer, now time.Time) (json.RawMessage, error) {
	text, err := encoded(renderLoadBalancer(*lb))
	if err == nil && lb.Version != "" {
		s.encodings.keep(lb.ID, encoding{version: lb.Version, text: text, until: now.Add(keptFor)})
	}
	return text, err
}

// encoded is an object as answers have it.
func encoded(object rendering) (json.RawMessage, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(object); err != nil {
		return nil, fmt.Errorf("encode %s: %w", object.identity(), err)
	}
	return bytes.Clone(bytes.TrimSuffix(text.Bytes(), []byte("\n"))), nil
}
