package engine

import (
	"context"
	"fmt"
	"net/netip"
	"reflect"
	"time"
)

// check is one monitor at work on one server.
type check struct {
	monitor Monitor
	target  checkTarget
	stop    context.CancelFunc
	// verdict is guarded by the pool's lock.
	verdict verdict
}

// checkTarget is whom a check asks.
type checkTarget struct {
	address  netip.AddrPort // of the server; the monitor may name another port
	hostname string
}

// same says whether the check is already what monitor and target ask for.
func (c *check) same(monitor Monitor, target checkTarget) bool {
	return c.target == target && reflect.DeepEqual(c.monitor, monitor)
}

// verdict is what a series of results amounts to.
type verdict struct {
	state  State // StateUnknown, StateUp or StateDown
	reason string
	streak int // results in a row that speak against state
}

// observe counts one result; err is nil for a success. The first result decides at once, as the Controller's quick
// start does (disable_quickstart is false by default, controller facts 4.3); after that it takes SuccessfulChecks or
// FailedChecks in a row to turn.
func (v verdict) observe(err error, m Monitor) verdict {
	found, reason, needed := StateUp, "", m.SuccessfulChecks
	if err != nil {
		found, reason, needed = StateDown, fmt.Sprintf("Health monitor %s (%s) failed: %v", m.UUID, m.Kind, err), m.FailedChecks
	}
	if v.state == found {
		return verdict{state: found, reason: reason}
	}
	v.streak++
	if v.state == StateUnknown || v.streak >= needed {
		return verdict{state: found, reason: reason}
	}
	return v
}

// startCheck begins to probe a server, at once and then every SendInterval. It is called under the pool's lock.
func (p *pool) startCheck(s *server, m Monitor, target checkTarget) *check {
	ctx, cancel := context.WithCancel(context.Background())
	c := &check{monitor: m, target: target, stop: cancel, verdict: verdict{state: StateUnknown}}
	p.wg.Go(func() { p.runCheck(ctx, s, c) })
	return c
}

func (p *pool) runCheck(ctx context.Context, s *server, c *check) {
	ticker := time.NewTicker(c.monitor.SendInterval)
	defer ticker.Stop()
	for {
		err := probe(ctx, c.monitor, c.target)
		if ctx.Err() != nil {
			return
		}
		p.report(s, c, err)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// report takes one result in, unless the check has been stopped meanwhile.
func (p *pool) report(s *server, c *check, result error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s.checks[c.monitor.UUID] != c {
		return
	}
	c.verdict = c.verdict.observe(result, c.monitor)
	p.refreshServer(s)
	p.refreshPool()
}
