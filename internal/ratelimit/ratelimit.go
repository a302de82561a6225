package ratelimit

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// most is how many parties are remembered before those that are idle are forgotten.
const most = 10_000

// Limiter is a bucket of tokens for each party. It is safe for concurrent use.
type Limiter struct {
	now func() time.Time

	mu      sync.Mutex // guards what follows
	rate    rate.Limit // 0: no limit
	burst   int
	parties map[string]*rate.Limiter
}

// New makes a Limiter that lets each party make perSecond requests a second in the long run, and burst at once. A rate of 0 is no
// limit. A burst below 1 is 1: nobody could do anything otherwise.
func New(perSecond float64, burst int) *Limiter {
	l := &Limiter{now: time.Now, parties: map[string]*rate.Limiter{}}
	l.Set(perSecond, burst)
	return l
}

// Set changes the limits of everybody, and forgets what they have used of the old ones. Limits that are as they were change nothing.
func (l *Limiter) Set(perSecond float64, burst int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.rate == rate.Limit(perSecond) && l.burst == max(burst, 1) {
		return
	}
	l.rate, l.burst = rate.Limit(perSecond), max(burst, 1)
	clear(l.parties)
}

// Allow takes one request of a party's share; otherwise wait says in how long there will be one, and nothing is taken.
func (l *Limiter) Allow(party string) (wait time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.rate == 0 {
		return 0, true
	}
	now := l.now()
	bucket := l.parties[party]
	if bucket == nil {
		l.makeRoom(now)
		bucket = rate.NewLimiter(l.rate, l.burst)
		l.parties[party] = bucket
	}
	reserved := bucket.ReserveN(now, 1)
	if wait = reserved.DelayFrom(now); wait > 0 {
		reserved.CancelAt(now)
		return wait, false
	}
	return 0, true
}

// makeRoom forgets those whose buckets are full: nothing is known of them that a new bucket would not say as well.
func (l *Limiter) makeRoom(now time.Time) {
	if len(l.parties) < most {
		return
	}
	for party, bucket := range l.parties {
		if bucket.TokensAt(now) >= float64(l.burst) {
			delete(l.parties, party)
		}
	}
}
