package avisim

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// FaultAction is what a fault does to a request.
type FaultAction string

// The actions of faults.
const (
	FaultDelay      FaultAction = "delay"       // handled after Fault.Delay
	FaultFail       FaultAction = "fail"        // not handled; answered with Status and Body
	FaultDropBefore FaultAction = "drop_before" // not handled; the connection breaks
	FaultDropAfter  FaultAction = "drop_after"  // handled, but the answer is lost: the connection breaks
)

// Fault disturbs the requests that match all of its set fields.
type Fault struct {
	Method string `json:"method,omitempty"` // "POST"
	Path   string `json:"path,omitempty"`   // a part of the path with its query
	Type   string `json:"type,omitempty"`   // as in urls: "pool"
	Tenant string `json:"tenant,omitempty"` // as the request's header names it
	// Nth is the first matching request to disturb, from 1; 0 is the first.
	Nth int `json:"nth,omitempty"`
	// Count is how many requests to disturb from there; 0 is all.
	Count int `json:"count,omitempty"`

	Action FaultAction   `json:"action"`
	Delay  time.Duration `json:"delay,omitempty"`  // of FaultDelay; in JSON a text such as "1.5s"
	Status int           `json:"status,omitempty"` // of FaultFail
	Body   string        `json:"body,omitempty"`   // of FaultFail: the whole body; a text that is no JSON is sent as it is
}

// UnmarshalJSON reads the delay as a text.
func (f *Fault) UnmarshalJSON(data []byte) error {
	type plain Fault
	wire := struct {
		*plain
		Delay durationText `json:"delay"`
	}{plain: (*plain)(f)}
	if err := decodeStrict(data, &wire); err != nil {
		return err
	}
	f.Delay = time.Duration(wire.Delay)
	return nil
}

func (f *Fault) validate() error {
	switch f.Action {
	case FaultDelay:
		if f.Delay <= 0 {
			return errors.New("a delay fault needs a delay")
		}
	case FaultFail:
		if f.Status < 200 || f.Status > 599 {
			return fmt.Errorf("a fail fault needs an HTTP status, not %d", f.Status)
		}
	case FaultDropBefore, FaultDropAfter:
	default:
		return fmt.Errorf("unknown action %q", f.Action)
	}
	if f.Nth < 0 || f.Count < 0 {
		return errors.New("nth and count cannot be negative")
	}
	return nil
}

func (f *Fault) matches(r Request) bool {
	return (f.Method == "" || f.Method == r.Method) &&
		strings.Contains(r.Path, f.Path) &&
		(f.Type == "" || f.Type == r.Type) &&
		(f.Tenant == "" || f.Tenant == r.Tenant)
}

// before does what is to be done before a request is handled; an error breaks the connection. A nil fault does nothing.
func (f *Fault) before(ctx context.Context) error {
	switch {
	case f == nil:
		return nil
	case f.Action == FaultDropBefore:
		return errors.New("connection dropped by a fault")
	case f.Action == FaultDelay:
		timer := time.NewTimer(f.Delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func (f *Fault) response() *response {
	return &response{status: f.Status, header: http.Header{}, body: []byte(f.Body)}
}

// faults are the faults to come.
type faults struct {
	mu     sync.Mutex
	active []*activeFault
}

type activeFault struct {
	Fault
	seen int // matching requests so far
}

// match finds the fault that disturbs a request: the first one added of those that match. Every one counts it.
func (fs *faults) match(r Request) *Fault {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	var hit *Fault
	for _, f := range fs.active {
		if !f.matches(r) {
			continue
		}
		f.seen++
		first := max(f.Nth, 1)
		if hit == nil && f.seen >= first && (f.Count == 0 || f.seen < first+f.Count) {
			hit = &f.Fault
		}
	}
	return hit
}

// AddFault disturbs requests from now on.
func (s *Server) AddFault(fault Fault) error {
	if err := fault.validate(); err != nil {
		return fmt.Errorf("adding a fault: %w", err)
	}
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.active = append(s.faults.active, &activeFault{Fault: fault})
	return nil
}

// ClearFaults ends all faults.
func (s *Server) ClearFaults() {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.active = nil
}
