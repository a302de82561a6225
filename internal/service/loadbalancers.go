package service

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// CreateLoadBalancer accepts a new load balancer with everything that is nested in the request: all of it or nothing. Its address is
// known when it returns: where the network service has to make a port, that is done before.
func (s *Service) CreateLoadBalancer(ctx context.Context, c Caller, in lbaas.LoadBalancerInput) (LoadBalancer, error) {
	tree, err := lbaas.NewTree(in, uuid.NewString)
	if err != nil {
		return LoadBalancer{}, s.refuseTree(ctx, c, in, err)
	}
	lb := &tree.LoadBalancer
	if lb.ProjectID == "" {
		lb.ProjectID = c.ProjectID
	}
	if lb.ProjectID == "" {
		return LoadBalancer{}, &lbaas.Error{
			Kind: lbaas.KindInvalid, Message: "Missing project ID in request where one is required.",
		}
	}
	if err := c.allow(lb.ProjectID); err != nil {
		return LoadBalancer{}, err
	}
	if err := s.prepare(ctx, c, in, &tree); err != nil {
		return LoadBalancer{}, err
	}
	if err := s.placeVIP(ctx, c, lb, in.VIPQoSPolicy); err != nil {
		return LoadBalancer{}, err
	}
	var made lbaas.Tree
	err = s.change(ctx, func(tx *store.Tx) (err error) {
		made, err = s.insertLoadBalancer(tx, &tree)
		return err
	})
	if err != nil {
		return LoadBalancer{}, wrapf(s.releaseVIP(ctx, lb, err), "create load balancer %s", lb.ID)
	}
	return LoadBalancer{
		LoadBalancer: made.LoadBalancer, Made: &made,
		ListenerIDs: idsOf(made.Listeners, func(l *lbaas.Listener) string { return l.ID }),
		PoolIDs:     idsOf(made.Pools, func(p *lbaas.Pool) string { return p.ID }),
	}, nil
}

// insertLoadBalancer stores a new load balancer with its tree, and gives the tree as it is stored then: policies have moved each
// other to their positions.
func (s *Service) insertLoadBalancer(tx *store.Tx, tree *lbaas.Tree) (made lbaas.Tree, err error) {
	lb := &tree.LoadBalancer
	if err := begin(tx, &lb.Resource, lb.ProjectID); err != nil {
		return made, err
	}
	if err := s.chooseVRFContext(tx, lb); err != nil {
		return made, err
	}
	if err := enterZone(tx, lb); err != nil {
		return made, err
	}
	if err := tx.InsertLoadBalancer(lb); err != nil {
		return made, err
	}
	if err := insertTree(tx, lb, tree); err != nil {
		return made, err
	}
	made = *tree
	if len(tree.Listeners)+len(tree.Pools) > 0 {
		if made, err = tx.Tree(lb.ID); err != nil {
			return made, err
		}
		orderAs(&made, tree)
		tagAs(&made, tree)
	}
	if !lb.VIP.OwnsPort {
		return made, nil // no port was made, and none intended
	}
	return made, tx.KeepPort(lb.ID)
}

// prepare completes a new load balancer with what its flavor, its zone and the configuration say, and asks about everything that
// it is made with.
func (s *Service) prepare(ctx context.Context, c Caller, in lbaas.LoadBalancerInput, tree *lbaas.Tree) error {
	lb := &tree.LoadBalancer
	if s.network != nil && lb.VIP.PortID == "" && lb.VIP.NetworkID == "" && lb.VIP.SubnetID == "" {
		return lbaas.Invalidf("VIP must contain one of: vip_port_id, vip_network_id, vip_subnet_id.")
	}
	flavors, err := s.applyFlavor(ctx, lb)
	if err != nil {
		return err
	}
	zones, err := s.applyZone(ctx, lb, in.AvailabilityZone)
	if err != nil {
		return err
	}
	if err := s.chooseProvider(lb, flavors, zones); err != nil {
		return err
	}
	if err := s.checkReferences(ctx, lb); err != nil {
		return err
	}
	if err := s.checkTreeQuotas(ctx, tree); err != nil {
		return err
	}
	return s.checkTree(ctx, c, lb.Provider, tree)
}

// chooseProvider fills in the provider where the request names none, of the flavor before that of the zone before the default, and
// refuses unknown ones and those that do not go with the flavor or the zone, in Octavia's order. flavors and zones are the providers
// of these, empty where there is none or any will do.
func (s *Service) chooseProvider(lb *lbaas.LoadBalancer, flavors, zones string) error {
	lb.Provider = cmp.Or(lb.Provider, flavors, zones)
	if lb.Provider == "" && len(s.providers) > 0 {
		lb.Provider = s.providers[0].Name
	}
	if err := lbaas.CheckFlavorProvider(lb.FlavorID, flavors, lb.Provider); err != nil {
		return err
	}
	if _, err := s.provider(lb.Provider); err != nil || zones == "" {
		return err
	}
	return lbaas.CheckZoneProvider(lb.AvailabilityZone, zones, lb.Provider)
}

// LoadBalancer shows one load balancer.
func (s *Service) LoadBalancer(ctx context.Context, c Caller, id string) (LoadBalancer, error) {
	return showOwn(ctx, s, c, id, (*store.Tx).LoadBalancerView, viewLoadBalancer)
}

// LoadBalancerVersion says in which version a load balancer is. Each state that LoadBalancer shows has another one.
func (s *Service) LoadBalancerVersion(ctx context.Context, c Caller, id string) (version string, err error) {
	err = s.store.Peek(ctx, func(tx *store.Tx) error {
		found, projectID, err := tx.LoadBalancerVersion(id)
		if err != nil {
			return err
		}
		version = found
		return c.allow(projectID)
	})
	return version, err
}

// LoadBalancers lists load balancers. Those of which kept gives what the front door has kept of that version are not read; it may be nil.
func (s *Service) LoadBalancers(
	ctx context.Context, c Caller, q Query, kept func(id, version string) []byte,
) (Page[LoadBalancerEntry], error) {
	page := func(tx *store.Tx, q store.Query) ([]*store.LoadBalancerEntry, bool, error) {
		return tx.LoadBalancers(q, kept)
	}
	return listOwn(ctx, s, c, q, page, func(e *store.LoadBalancerEntry) LoadBalancerEntry {
		entry := LoadBalancerEntry{ID: e.ID, Kept: e.Kept}
		if e.View != nil {
			view := viewLoadBalancer(e.View)
			entry.LoadBalancer = &view
		}
		return entry
	})
}

func viewLoadBalancer(v *store.LoadBalancerView) LoadBalancer {
	return LoadBalancer{LoadBalancer: v.LoadBalancer, Version: v.Version, ListenerIDs: v.ListenerIDs, PoolIDs: v.PoolIDs}
}

// UpdateLoadBalancer accepts a change of a load balancer.
func (s *Service) UpdateLoadBalancer(ctx context.Context, c Caller, id string, in lbaas.LoadBalancerInput) (LoadBalancer, error) {
	if err := s.checkQoSPolicy(ctx, c, in.VIPQoSPolicy.Or("")); err != nil {
		return LoadBalancer{}, err
	}
	if err := s.checkSecurityGroups(ctx, c, in.VIPSecurityGroupIDs.Or(nil)); err != nil {
		return LoadBalancer{}, err
	}
	var v store.LoadBalancerView
	err := s.change(ctx, func(tx *store.Tx) error {
		if _, err := lockAllowed(tx, c, id); err != nil {
			return stateError(tx, id, err)
		}
		lb, err := tx.LoadBalancer(id)
		if err != nil {
			return err
		}
		if err := lb.Update(in); err != nil {
			return err
		}
		touch(tx, &lb.Resource)
		if err := tx.UpdateLoadBalancer(&lb); err != nil {
			return err
		}
		if err := replaceTags(tx, lb.ID, &lb.Resource, in.Tags); err != nil {
			return err
		}
		v, err = tx.LoadBalancerView(lb.ID)
		return err
	})
	return viewLoadBalancer(&v), err
}

// DeleteLoadBalancer accepts the deletion of a load balancer, with cascade of everything that hangs from it.
func (s *Service) DeleteLoadBalancer(ctx context.Context, c Caller, id string, cascade bool) error {
	return s.change(ctx, func(tx *store.Tx) error {
		lb, err := tx.LoadBalancer(id)
		if err != nil {
			return err
		}
		if err := c.allow(lb.ProjectID); err != nil {
			return err
		}
		tree, err := tx.Tree(id)
		if err != nil {
			return err
		}
		wanted := tree.Wanted()
		if !cascade && !lb.Doomed && len(wanted.Listeners)+len(wanted.Pools) > 0 {
			return &lbaas.Error{
				Kind: lbaas.KindInvalid, Message: "Validation failure: Cannot delete Load Balancer " + id + " - it has children",
			}
		}
		if _, err := tx.Doom(id); err != nil {
			return stateError(tx, id, err)
		}
		return tx.DoomTree(id)
	})
}

// stateError puts a refusal to touch a pending load balancer itself into Octavia's words for that, which name the state.
func stateError(tx *store.Tx, id string, err error) error {
	if !errors.Is(err, lbaas.KindImmutable) {
		return err
	}
	lb, readErr := tx.LoadBalancer(id)
	if readErr != nil {
		return readErr
	}
	return invalidState(&lb)
}

// lockAllowed reserves a load balancer that the caller may change.
func lockAllowed(tx *store.Tx, c Caller, id string) (lbaas.LoadBalancer, error) {
	// The right is looked at before the state, so that it does not depend on it.
	lb, err := tx.LoadBalancer(id)
	if err != nil {
		return lb, err
	}
	if err := c.allow(lb.ProjectID); err != nil {
		return lb, err
	}
	return tx.Lock(id)
}

// LoadBalancerTree reads a load balancer with everything that hangs from it.
func (s *Service) LoadBalancerTree(ctx context.Context, c Caller, id string) (lbaas.Tree, error) {
	var tree lbaas.Tree
	err := s.store.Read(ctx, func(tx *store.Tx) (err error) {
		if tree, err = tx.Tree(id); err != nil {
			return err
		}
		return c.allow(tree.LoadBalancer.ProjectID)
	})
	return tree, err
}

// LoadBalancerStats sums the counters of a load balancer's listeners.
func (s *Service) LoadBalancerStats(ctx context.Context, c Caller, id string) (lbaas.Stats, error) {
	var sum lbaas.Stats
	err := s.store.Read(ctx, func(tx *store.Tx) error {
		sum = lbaas.Stats{}
		lb, err := tx.LoadBalancerView(id)
		if err != nil {
			return err
		}
		if err := c.allow(lb.ProjectID); err != nil {
			return err
		}
		stats, err := tx.Stats(lb.ListenerIDs)
		for _, s := range stats {
			sum = sum.Add(s.Stats)
		}
		return err
	})
	return sum, err
}

// FailoverLoadBalancer refuses, in Octavia's words for a provider that has no failover: service engines are the Controller's to
// move. What Octavia looks at before it asks the provider is looked at here too.
func (s *Service) FailoverLoadBalancer(ctx context.Context, c Caller, id string) error {
	lb, err := s.LoadBalancer(ctx, c, id)
	if err != nil {
		return err
	}
	if lb.ProvisioningStatus != lbaas.Active && lb.ProvisioningStatus != lbaas.ErrorStatus {
		return invalidState(&lb.LoadBalancer)
	}
	return &lbaas.Error{Kind: lbaas.KindUnsupported, Message: "Provider '" + lb.Provider +
		"' does not support a requested action: This provider does not support failing over load balancers."}
}

func invalidState(lb *lbaas.LoadBalancer) error {
	return &lbaas.Error{
		Kind: lbaas.KindImmutable, Message: fmt.Sprintf("Invalid state %s of loadbalancer resource %s", lb.ProvisioningStatus, lb.ID),
	}
}
