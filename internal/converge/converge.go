package converge

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net/url"
	"slices"

	"github.com/avi-lbaas/avi-lbaas/internal/avi"
	"github.com/avi-lbaas/avi-lbaas/internal/plan"
)

// Controller is what converging needs of the Controller's API. *avi.Client implements it.
type Controller interface {
	Get(ctx context.Context, tenant, typ, uuid string) (avi.Object, error)
	Create(ctx context.Context, tenant, typ, uuid string, body avi.Object) (avi.Object, error)
	Replace(ctx context.Context, tenant, typ, uuid string, body avi.Object) (avi.Object, error)
	Patch(ctx context.Context, tenant, typ, uuid string, verb avi.PatchVerb, body avi.Object) (avi.Object, error)
	Delete(ctx context.Context, tenant, typ, uuid string) error
	List(ctx context.Context, tenant, path string, query url.Values) iter.Seq2[avi.Object, error]
}

// Known is what is known of one object at the Controller.
type Known struct {
	Type, UUID, Tenant string
	// Applied is what was written last, as plan.Object.Applied told it; empty when that is not known and the object has to be
	// looked at.
	Applied string
	// Actual is the uuid that the object has at the Controller when that is not UUID: it was found there by its name.
	Actual string
	// Gone says that the object is not there any more, or not a concern of this load balancer's any more.
	Gone bool
	// Shared says that others may have the object too, so that it has to be given up before it may be deleted.
	Shared bool
	// Left says of a shared object that is Gone that the Controller has it still, because something refers to it.
	Left bool
}

func (k Known) key() string { return k.Type + "/" + k.UUID }

// Task is what the objects of one load balancer should be, and what they are.
type Task struct {
	// Wanted is in the order of creation.
	Wanted []plan.Object
	Known  []Known
	// Intend is called once, before the first request that writes, with the objects that will be written: whoever calls Run keeps
	// them, so that a later run looks at them even if this one is never heard of again.
	Intend func(ctx context.Context, objects []Known) error
	// GiveUp is called before a shared object is deleted. last is false when others have it too: then it is theirs, and stays. It
	// may be nil where nothing is shared.
	GiveUp func(ctx context.Context, k Known) (last bool, err error)
}

// Run closes the difference between what is wanted and what is known. The changes are to be kept whether it fails or not. A failure is
// an *avi.Error, a cancelled context, or what Intend or GiveUp returned.
func Run(ctx context.Context, c Controller, logger *slog.Logger, t Task) ([]Known, error) {
	steps, err := stepsFor(t.Wanted, t.Known)
	if err != nil || len(steps) == 0 {
		return nil, err
	}
	before := make([]Known, len(steps))
	for i, s := range steps {
		before[i] = s.known
	}
	if err := t.Intend(ctx, before); err != nil {
		return nil, fmt.Errorf("record what is about to be written: %w", err)
	}
	r := runner{controller: c, logger: logger, actual: actualUUIDs(t.Known), giveUp: t.GiveUp}
	changes, err := r.takeAll(ctx, steps)
	if errors.Is(err, avi.ReferenceMissing) {
		changes = distrusted(changes, t.Known)
	}
	return changes, err
}

// step is one object with something to do.
type step struct {
	object plan.Object // meaningless when remove is set
	known  Known
	fresh  bool // never written before
	remove bool
}

// stepsFor says which objects need attention: first virtual services that are not wanted, then what is wanted, in its order but for
// servers that go, then what else is not, in the reverse of the order of creation.
func stepsFor(wanted []plan.Object, known []Known) ([]step, error) {
	recorded := map[string]Known{}
	for _, k := range known {
		recorded[k.key()] = k
	}
	var steps, last []step
	actual, names := actualUUIDs(known), namesTaken(known)
	for _, o := range wanted {
		s := step{object: o.Redirected(actual), known: Known{Type: o.Type, UUID: o.UUID, Tenant: o.Tenant}}
		k, ok := recorded[s.known.key()]
		delete(recorded, s.known.key())
		if !ok {
			s.fresh = true
			if o.Same != nil && names[o.Type+"/"+o.Name()] {
				s.object = s.object.Renamed()
			}
			steps = append(steps, s)
			continue
		}
		s.known = k
		if k.Applied != "" {
			change, err := s.object.ChangeFrom(k.Applied)
			if err != nil {
				return nil, err
			}
			if change.Verb == plan.Nothing {
				continue
			}
			if o.Type == typePool && change.Verb == plan.PatchDelete && slices.Equal(change.Fields, []string{"servers"}) {
				// What only takes servers away waits until they are reached by another way, if they move to another pool.
				last = append(last, s)
				continue
			}
		}
		steps = append(steps, s)
	}
	var removals []step
	for _, k := range known {
		if _, unwanted := recorded[k.key()]; unwanted {
			removals = append(removals, step{known: k, remove: true})
		}
	}
	before, after := orderRemovals(removals)
	return slices.Concat(before, steps, last, after), nil
}

// removalRank orders deletions: the Controller refuses to delete what another object refers to (controller facts 2.6).
func removalRank(typ string) int {
	first := []string{typeVirtualService, "httppolicyset", "poolgroup", "pool", "vsvip"}
	if rank := slices.Index(first, typ); rank >= 0 {
		return rank
	}
	return len(first)
}

// untouched gives up on steps that were not begun: what was known of them still holds.
func untouched(steps []step) []Known {
	var known []Known
	for _, s := range steps {
		k := s.known
		k.Gone = s.fresh
		known = append(known, k)
	}
	return known
}

// distrusted adds every other known object as one to be looked at: when a reference leads nowhere, somebody removed an object
// that we believe to be there.
func distrusted(changes, known []Known) []Known {
	touched := map[string]bool{}
	for i := range changes {
		changes[i].Applied = ""
		touched[changes[i].key()] = true
	}
	for _, k := range known {
		if !touched[k.key()] {
			k.Applied = ""
			changes = append(changes, k)
		}
	}
	return changes
}
