package networkwait

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/neutron"
)

// Network is the network service. *neutron.Client implements it.
type Network interface {
	FindNetwork(ctx context.Context, idOrName string) (neutron.Network, error)
	PortsOf(ctx context.Context, networkID string) ([]neutron.Port, error)
	DeleteNetwork(ctx context.Context, id string) error
}

// Options of a wait.
type Options struct {
	Network Network
	// Timeout is how long to wait at most, Interval the pause between two looks.
	Timeout, Interval time.Duration
	// Delete deletes the network as soon as it can be; otherwise it is left alone.
	Delete bool
	// Progress is told of each look after which the network is still held.
	Progress func(Progress)
}

// Progress is what one look found.
type Progress struct {
	Network neutron.Network
	Waited  time.Duration // since the start
	Holders []Holder      // never empty, but for a refusal that no port explains
	// Refusal is the network service's own text, when it was asked to delete.
	Refusal string
}

// Result is how a wait ended.
type Result struct {
	Network neutron.Network
	Waited  time.Duration
	Deleted bool // by us
	Gone    bool // by someone else, meanwhile
}

// TimeoutError says that the network was still held when the time was up.
type TimeoutError struct{ Last Progress }

// Error is the last word.
func (e *TimeoutError) Error() string {
	return fmt.Sprintf("network %s is still held by %d ports after %s", e.Last.Network.ID, len(e.Last.Holders),
		e.Last.Waited.Round(time.Second))
}

// Wait waits until no port holds a network, given by its id or name, and deletes it if it was asked to. Passing failures of the
// network service do not end it. Its error is a *TimeoutError when the time was up, neutron.ErrNotFound when there is no such
// network, or what the network service cannot get over.
func Wait(ctx context.Context, o Options, idOrName string) (Result, error) {
	network, err := o.Network.FindNetwork(ctx, idOrName)
	if err != nil {
		return Result{}, err
	}
	w := waiter{Options: o, network: network, started: time.Now()}
	for {
		result, last, err := w.look(ctx)
		if err != nil || result != nil {
			if result == nil {
				result = &Result{Network: network, Waited: w.waited()}
			}
			return *result, err
		}
		if o.Progress != nil {
			o.Progress(last)
		}
		left := o.Timeout - w.waited()
		if left <= 0 {
			last.Waited = w.waited()
			return Result{Network: network, Waited: last.Waited}, &TimeoutError{Last: last}
		}
		select {
		case <-ctx.Done():
			return Result{Network: network, Waited: w.waited()}, ctx.Err()
		case <-time.After(min(o.Interval, left)):
		}
	}
}

type waiter struct {
	Options
	network neutron.Network
	started time.Time
}

func (w *waiter) waited() time.Duration { return time.Since(w.started) }

// look is one round: a result when it is over, else what still holds the network.
func (w *waiter) look(ctx context.Context) (*Result, Progress, error) {
	last := Progress{Network: w.network, Waited: w.waited()}
	done := &Result{Network: w.network, Waited: last.Waited}
	ports, err := w.Network.PortsOf(ctx, w.network.ID)
	if err != nil {
		return w.passing(err, last)
	}
	last.Holders = HoldersOf(ports)
	switch {
	case len(last.Holders) > 0 && !w.Delete:
		return nil, last, nil
	case len(last.Holders) == 0 && !w.Delete:
		return done, last, nil
	}
	// Only the network service knows for sure: it may see more ports than we do, or fewer.
	err = w.Network.DeleteNetwork(ctx, w.network.ID)
	refused, _ := errors.AsType[*neutron.Error](err)
	switch {
	case err == nil:
		done.Deleted = true
		return done, last, nil
	case errors.Is(err, neutron.ErrNotFound):
		done.Gone = true
		return done, last, nil
	case errors.Is(err, neutron.ErrConflict):
		last.Refusal = refused.Message
		return nil, last, nil
	}
	return w.passing(err, last)
}

// passing takes a failure for something to be waited for, if it is one.
func (w *waiter) passing(err error, last Progress) (*Result, Progress, error) {
	if errors.Is(err, neutron.ErrUnavailable) {
		last.Refusal = err.Error()
		return nil, last, nil
	}
	return nil, last, err
}
