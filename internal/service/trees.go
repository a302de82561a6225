package service

import (
	"context"
	"slices"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// insertTree stores everything of a tree below its load balancer, which is there already: pools first, since the others may refer
// to them.
func insertTree(tx *store.Tx, lb *lbaas.LoadBalancer, t *lbaas.Tree) error {
	for i := range t.Pools {
		if err := insertPool(tx, lb, &t.Pools[i]); err != nil {
			return err
		}
	}
	for i := range t.Monitors {
		if err := insertHealthMonitor(tx, t.Pool(t.Monitors[i].PoolID), &t.Monitors[i]); err != nil {
			return err
		}
	}
	for i := range t.Members {
		m := &t.Members[i]
		monitored := slices.ContainsFunc(t.Monitors, func(h lbaas.HealthMonitor) bool { return h.PoolID == m.PoolID })
		if err := beginMember(tx, t.Pool(m.PoolID), m, monitored); err != nil {
			return err
		}
		if err := tx.InsertMember(lb.ID, m); err != nil {
			return err
		}
	}
	for i := range t.Listeners {
		if err := insertListener(tx, lb, &t.Listeners[i]); err != nil {
			return err
		}
		if err := insertPolicies(tx, &t.Listeners[i], t); err != nil {
			return err
		}
	}
	return nil
}

// orderAs brings what was read of a new tree into the order of the request: all of it is of one moment, by which lists are ordered.
func orderAs(read, asked *lbaas.Tree) {
	order := map[string]int{}
	for i := range asked.Listeners {
		order[asked.Listeners[i].ID] = i
	}
	for i := range asked.Pools {
		order[asked.Pools[i].ID] = i
	}
	for i := range asked.Members {
		order[asked.Members[i].ID] = i
	}
	slices.SortStableFunc(read.Listeners, func(a, b lbaas.Listener) int { return order[a.ID] - order[b.ID] })
	slices.SortStableFunc(read.Pools, func(a, b lbaas.Pool) int { return order[a.ID] - order[b.ID] })
	slices.SortStableFunc(read.Members, func(a, b lbaas.Member) int { return order[a.ID] - order[b.ID] })
}

// tagAs gives what was read of a new tree the tags of the request: a tree is read without.
func tagAs(read, asked *lbaas.Tree) {
	tags := map[string][]string{}
	for _, r := range asked.Resources() {
		tags[r.ID] = r.Tags
	}
	for _, r := range read.Resources() {
		r.Tags = tags[r.ID]
	}
}

// insertPolicies stores the L7 policies of a new listener with their rules, in the order of the request: each takes the position
// that it asks for, and moves those before it.
func insertPolicies(tx *store.Tx, l *lbaas.Listener, t *lbaas.Tree) error {
	for i := range t.L7Policies {
		p := &t.L7Policies[i]
		if p.ListenerID != l.ID {
			continue
		}
		if err := insertL7Policy(tx, l, p); err != nil {
			return err
		}
		for j := range t.L7Rules {
			if r := &t.L7Rules[j]; r.PolicyID == p.ID {
				if err := insertL7Rule(tx, p, r); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// checkNested looks at what a request nests in an object of a load balancer.
func (s *Service) checkNested(ctx context.Context, c Caller, loadBalancerID string, t lbaas.Tree) error {
	if len(t.Pools)+len(t.Members)+len(t.Monitors)+len(t.L7Policies) == 0 {
		return nil
	}
	// Who may not touch the load balancer learns nothing of containers and subnets either.
	lb, err := s.LoadBalancer(ctx, c, loadBalancerID)
	if err != nil {
		return err
	}
	return s.checkTree(ctx, c, lb.Provider, &t)
}

// checkNestedInPool looks at what a request nests in a pool, whose load balancer may be known by a listener only.
func (s *Service) checkNestedInPool(ctx context.Context, c Caller, listenerID string, t *lbaas.Tree) error {
	nested := lbaas.Tree{Members: t.Members, Monitors: t.Monitors}
	if len(nested.Members)+len(nested.Monitors) == 0 {
		return nil
	}
	loadBalancerID := t.Pools[0].LoadBalancerID
	if loadBalancerID == "" {
		l, err := s.Listener(ctx, c, listenerID)
		if err != nil {
			return err
		}
		loadBalancerID = l.LoadBalancerID
	}
	return s.checkNested(ctx, c, loadBalancerID, nested)
}

// checkTree asks the Controller, the key manager and the network service about everything in a tree below its load balancer.
func (s *Service) checkTree(ctx context.Context, c Caller, provider string, t *lbaas.Tree) error {
	if err := s.providerNeeds(ctx, provider, needsOf(t)); err != nil {
		return err
	}
	if err := s.disabled.check(t.Listeners, t.Monitors); err != nil {
		return err
	}
	for i := range t.Listeners {
		if err := s.checkListenerContainers(ctx, c, &t.Listeners[i].TLS, containersOf(&t.Listeners[i].TLS)); err != nil {
			return err
		}
	}
	for i := range t.Pools {
		tls := &t.Pools[i].TLS
		if err := s.checkPoolContainers(ctx, c, tls, lbaas.PoolTLSInput{
			TLSContainerRef: named(tls.ContainerRef), CATLSContainerRef: named(tls.CARef), CRLContainerRef: named(tls.CRLRef),
		}); err != nil {
			return err
		}
	}
	return s.checkMemberSubnets(ctx, c, t.Members)
}

// containersOf are the references of a new listener as a request names them.
func containersOf(tls *lbaas.ListenerTLS) lbaas.ListenerTLSInput {
	in := lbaas.ListenerTLSInput{
		DefaultTLSContainerRef: named(tls.DefaultRef), ClientCATLSContainerRef: named(tls.ClientCARef),
		ClientCRLContainerRef: named(tls.ClientCRLRef),
	}
	if len(tls.SNIRefs) > 0 {
		in.SNIContainerRefs = lbaas.Given(tls.SNIRefs)
	}
	return in
}

func named(ref string) lbaas.Attr[string] {
	if ref == "" {
		return lbaas.Attr[string]{}
	}
	return lbaas.Given(ref)
}

// checkMemberSubnets asks for each subnet once.
func (s *Service) checkMemberSubnets(ctx context.Context, c Caller, members []lbaas.Member) error {
	known := map[string]bool{}
	for i := range members {
		id := members[i].SubnetID
		if known[id] {
			continue
		}
		if err := s.checkMemberSubnet(ctx, c, id); err != nil {
			return err
		}
		known[id] = true
	}
	return nil
}
