package avisim

import (
	"slices"
	"sync"
	"time"
)

// maxJournal bounds the memory of a simulator that runs for long.
const maxJournal = 100_000

// Request is one request that the Controller got, other than control requests.
type Request struct {
	N      int           `json:"n,omitempty"` // as Options.OnRequest counts; 0 for what it does not
	Method string        `json:"method"`
	Path   string        `json:"path"`             // with the query
	Type   string        `json:"type,omitempty"`   // the path's object type, as in urls
	Tenant string        `json:"tenant,omitempty"` // as the header names it
	Status int           `json:"status"`           // 0: the connection was broken before it was handled
	Time   time.Time     `json:"time"`
	Took   time.Duration `json:"took_ns"`
}

// journal remembers the last requests.
type journal struct {
	mu      sync.Mutex
	entries []Request
}

func (j *journal) add(entry Request) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.entries) >= maxJournal {
		j.entries = slices.Delete(j.entries, 0, maxJournal/10)
	}
	j.entries = append(j.entries, entry)
}

// Requests lists the requests since the start or the last reset, in the order in which they ended.
func (s *Server) Requests() []Request {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	return slices.Clone(s.journal.entries)
}

// ResetRequests forgets the requests so far. The numbers of Options.OnRequest go on.
func (s *Server) ResetRequests() {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	s.journal.entries = nil
}

// rateLimiter allows a number of requests in each second.
type rateLimiter struct {
	mu     sync.Mutex
	second int64
	count  int
}

func (l *rateLimiter) allow(now time.Time, limit int) bool {
	if limit == 0 {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if second := now.Unix(); second != l.second {
		l.second, l.count = second, 0
	}
	l.count++
	return l.count <= limit
}
