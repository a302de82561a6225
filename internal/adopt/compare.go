package adopt

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/avi-lbaas/avi-lbaas/internal/converge"
	"github.com/avi-lbaas/avi-lbaas/internal/plan"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
)

// compare finds the objects of load balancers at one Controller, in pages, and what would change.
func (a *Adopter) compare(ctx context.Context, controller converge.Reader, results []*Result) error {
	var compared []*Result
	s := newSurvey()
	for _, r := range results {
		// A load balancer without listeners has a VsVip only if it had a listener before, which is seen later.
		if err := a.want(ctx, r, true); err != nil {
			return err
		}
		if r.Verdict == TakenOver {
			compared = append(compared, r)
			s.expect(r)
		}
	}
	if err := s.take(ctx, controller); err != nil {
		return err
	}
	for _, r := range compared {
		if err := a.compareOne(ctx, s, r); err != nil {
			return err
		}
	}
	return nil
}

// want says which objects a load balancer should have. What it refers to may be unreadable: then it is left out.
func (a *Adopter) want(ctx context.Context, r *Result, vsVipMade bool) (err error) {
	work := store.Work{Tree: r.tree}
	if vsVipMade {
		work.Inventory = []store.Item{vsVipOf(&r.tree)}
	}
	r.wanted, err = a.Wanted(ctx, work)
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("load balancer %s: %w", r.ID, err)
	}
	if err != nil {
		r.leaveOut(messageOf(err))
	}
	return nil
}

func (a *Adopter) compareOne(ctx context.Context, s *survey, r *Result) error {
	_, hasVsVip := s.find(vsVipOf(&r.tree))
	if s.keepPlaces(r) || !hasVsVip && len(r.tree.Listeners) == 0 {
		if err := a.want(ctx, r, hasVsVip); err != nil || r.Verdict != TakenOver {
			return err
		}
	}
	r.items = s.itemsOf(r)
	for _, item := range r.items {
		actual, _ := s.find(item)
		if tenant := actual.RefUUID("tenant_ref"); tenant != "" && tenant != item.Tenant {
			r.leaveOut(fmt.Sprintf("%s %s is in the Avi tenant %s, not in its project's, %s", item.Type, item.UUID, tenant, item.Tenant))
		}
	}
	r.Found = len(r.items)
	if r.Verdict != TakenOver {
		return nil
	}
	known := make([]converge.Known, len(r.items))
	for i, item := range r.items {
		known[i] = converge.Known{Type: item.Type, UUID: item.UUID, Tenant: item.Tenant, Actual: item.Actual}
	}
	var err error
	r.Effects, err = converge.Preview(ctx, s.snapshot, r.wanted, known)
	return err
}

// itemsOf are the objects of a load balancer that the Controller has: those that it should have, and what the Python driver left
// behind.
func (s *survey) itemsOf(r *Result) []store.Item {
	var items []store.Item
	taken := map[string]bool{}
	take := func(item store.Item) {
		key := item.Type + "/" + cmp.Or(item.Actual, item.UUID)
		if _, there := s.find(item); there && !taken[key] {
			taken[key] = true
			items = append(items, item)
		}
	}
	for i := range r.wanted {
		item := itemOf(&r.wanted[i])
		if _, there := s.find(item); !there {
			item.Actual = s.namesake(&r.wanted[i])
		}
		take(item)
	}
	children, containers := s.formerChildren(&r.tree)
	for _, item := range slices.Concat(leftovers(&r.tree), children, s.formerCertificates(&r.tree, containers)) {
		take(item)
	}
	return items
}

func itemOf(o *plan.Object) store.Item {
	return store.Item{Type: o.Type, UUID: o.UUID, Tenant: o.Tenant, Shared: translate.Shared(o.Type)}
}

// keepPlaces takes out of a load balancer's settings what its virtual services do not have: they were made before the option or
// the flavor said so, or moved by hand, and the Controller would not move them without a break in service. It says whether that
// changed anything.
func (s *survey) keepPlaces(r *Result) bool {
	lb := &r.tree.LoadBalancer
	changed := false
	for i := range r.wanted {
		o := &r.wanted[i]
		actual, there := s.find(itemOf(o))
		if o.Type != translate.TypeVirtualService || !there {
			continue
		}
		if actualRef, differs := placedElsewhere(o, "vrf_context_ref", actual); differs && (lb.VRFKey != "" || lb.Flavor.VRFRef != "") {
			lb.VRFKey, lb.Flavor.VRFRef, lb.Flavor.VRFContextPerSubnet, changed = "", "", false, true
			r.Notes = append(r.Notes, fmt.Sprintf("its virtual service %s is in the VRF context %s, and stays there", o.UUID, actualRef))
		}
		if actualRef, differs := placedElsewhere(o, "se_group_ref", actual); differs && lb.Flavor.SEGroupRef != "" {
			lb.Flavor.SEGroupRef, changed = "", true
			r.Notes = append(r.Notes, fmt.Sprintf("its virtual service %s is in the service engine group %s, and stays there", o.UUID, actualRef))
		}
	}
	return changed
}

// placedElsewhere compares one reference of a virtual service.
func placedElsewhere(o *plan.Object, field string, actual map[string]any) (ref string, differs bool) {
	want, ok := o.Fields[field]
	if !ok {
		return "", false
	}
	only := plan.Object{Type: o.Type, UUID: o.UUID, Tenant: o.Tenant, Fields: map[string]any{field: want}}
	ref, _ = actual[field].(string)
	return ref, len(only.Differences(actual)) > 0
}
