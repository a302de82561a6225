package engine

import "sync/atomic"

// counters are the live form of Counters. They belong to the virtual service, not to its listeners, so that they
// survive a change of ports.
type counters struct {
	bytesIn, bytesOut         atomic.Uint64
	open, maxOpen             atomic.Uint64
	held                      atomic.Uint64 // admitted here and not ended, handed over or not: what the limit counts
	opened, finished, errors  atomic.Uint64
	responses, errorResponses atomic.Uint64
}

// admit counts one more connection unless that would pass the limit (0: none), which is counted as an error instead.
func (c *counters) admit(limit int) bool {
	for {
		held := c.held.Load()
		if limit > 0 && held >= uint64(limit) {
			c.errors.Add(1)
			return false
		}
		if c.held.CompareAndSwap(held, held+1) {
			c.begin()
			return true
		}
	}
}

func (c *counters) begin() {
	c.opened.Add(1)
	c.raiseMaximum(c.open.Add(1))
}

// handOver makes an open connection another's: it stays new here, and is finished there.
func (c *counters) handOver(to *counters) {
	c.open.Add(^uint64(0))
	to.begin()
}

func (c *counters) raiseMaximum(open uint64) {
	for {
		highest := c.maxOpen.Load()
		if open <= highest || c.maxOpen.CompareAndSwap(highest, open) {
			return
		}
	}
}

// finish undoes one admit when its connection ends.
func (c *counters) finish() {
	c.end()
	c.held.Add(^uint64(0))
}

func (c *counters) end() {
	c.open.Add(^uint64(0))
	c.finished.Add(1)
}

// respond counts one HTTP answer.
func (c *counters) respond(status int) {
	c.responses.Add(1)
	if status >= 400 {
		c.errorResponses.Add(1)
	}
}

func (c *counters) snapshot() Counters {
	return Counters{
		BytesIn:            c.bytesIn.Load(),
		BytesOut:           c.bytesOut.Load(),
		OpenConnections:    c.open.Load(),
		NewConnections:     c.opened.Load(),
		FinishedConns:      c.finished.Load(),
		ConnectionErrors:   c.errors.Load(),
		Responses:          c.responses.Load(),
		ErrorResponses:     c.errorResponses.Load(),
		MaxOpenConnections: c.maxOpen.Load(),
	}
}
