package service

import (
	"context"
	"errors"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// look finds out whether an object that a request refers to is there for its caller.
type look func() error

// lookFor looks for an object by its id; a request that gives none refers to none.
func lookFor[V any](ctx context.Context, c Caller, id string, find func(context.Context, Caller, string) (V, error)) look {
	return func() error {
		if id == "" {
			return nil
		}
		_, err := find(ctx, c, id)
		return err
	}
}

// lookForPool looks for a pool that a listener or a policy of a load balancer is to lead to. One elsewhere is not there for it, whose
// ever it is, so that nobody learns of other projects' pools. The load balancer may not be known yet.
func (s *Service) lookForPool(ctx context.Context, c Caller, id, loadBalancerID string) look {
	return func() error {
		if id == "" {
			return nil
		}
		p, err := s.Pool(ctx, c, id)
		if errors.Is(err, lbaas.KindForbidden) || err == nil && loadBalancerID != "" && p.LoadBalancerID != loadBalancerID {
			return lbaas.NotFound("Pool", id)
		}
		return err
	}
}

// orMissing is the refusal of a creation as the user is told of it. What is wrong with a request by itself is found before anything
// is read; Octavia looks for what the request refers to before that, in the order of looks. So a refused request is told of the first
// of these that is not there for it.
func orMissing(refusal error, looks ...look) error {
	if refusal == nil || !errors.Is(refusal, lbaas.KindInvalid) && !errors.Is(refusal, lbaas.KindUnsupported) &&
		!errors.Is(refusal, lbaas.KindNotFound) {
		return refusal
	}
	for _, isThere := range looks {
		if err := isThere(); errors.Is(err, lbaas.KindNotFound) || errors.Is(err, lbaas.KindForbidden) {
			return err
		}
	}
	return refusal
}

// refuseTree is the refusal of a load balancer with what is nested in it: Octavia looks at the load balancer by itself first.
func (s *Service) refuseTree(ctx context.Context, c Caller, in lbaas.LoadBalancerInput, refusal error) error {
	in.Listeners, in.Pools = lbaas.Attr[[]lbaas.ListenerInput]{}, lbaas.Attr[[]lbaas.PoolInput]{}
	tree, err := lbaas.NewTree(in, func() string { return "" })
	if err != nil {
		return err
	}
	if err := s.prepare(ctx, c, in, &tree); err != nil {
		return err
	}
	return refusal
}
