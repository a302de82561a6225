package converge

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"net/url"

	"github.com/avi-lbaas/avi-lbaas/internal/avi"
	"github.com/avi-lbaas/avi-lbaas/internal/plan"
)

// Reader is what looking at the Controller takes. *avi.Client and *Snapshot implement it.
type Reader interface {
	Get(ctx context.Context, tenant, typ, uuid string) (avi.Object, error)
	List(ctx context.Context, tenant, path string, query url.Values) iter.Seq2[avi.Object, error]
}

// Action is what becomes of an object.
type Action string

// The actions.
const (
	Create Action = "create"
	Update Action = "change"
	Delete Action = "delete"
)

// Effect is one object of which the Controller's state is not the wanted one.
type Effect struct {
	Action Action `json:"action"`
	Type   string `json:"type"`
	UUID   string `json:"uuid"`
	Tenant string `json:"tenant"` // the Avi tenant's uuid
	Name   string `json:"name"`   // as it will be; of what is to be deleted, as it is
	// Fields are those to be set, for Create and Update.
	Fields []plan.Difference `json:"fields,omitempty"`
	// Due says that the next Run closes the difference. Otherwise someone else made it at the Controller, and it stays until
	// LBaaS changes the object or nothing is known of it any more (a resync).
	Due bool `json:"due"`
}

// Preview tells, in Run's order, what Run would do with the same task, and which other wanted objects differ. It only reads:
// each object once, and for a name that is to be taken whether it is free.
func Preview(ctx context.Context, r Reader, wanted []plan.Object, known []Known) ([]Effect, error) {
	steps, err := stepsFor(wanted, known)
	if err != nil {
		return nil, err
	}
	due := map[string]bool{}
	for _, s := range steps {
		due[s.known.key()] = true
	}
	actual := actualUUIDs(known)
	var effects []Effect
	for i := range wanted {
		o := wanted[i].Redirected(actual)
		o.UUID = cmp.Or(actual[o.UUID], o.UUID)
		effect, err := preview(ctx, r, &o)
		if err != nil {
			return nil, err
		}
		if o.UUID != wanted[i].UUID {
			actual[wanted[i].UUID] = o.UUID
		}
		if effect != nil {
			effect.Due = due[wanted[i].Type+"/"+wanted[i].UUID]
			effects = append(effects, *effect)
		}
	}
	for _, s := range steps {
		if !s.remove {
			continue
		}
		uuid := cmp.Or(s.known.Actual, s.known.UUID)
		actual, err := r.Get(ctx, s.known.Tenant, s.known.Type, uuid)
		if errors.Is(err, avi.NotFound) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read %s %s: %w", s.known.Type, uuid, err)
		}
		effects = append(effects, Effect{
			Action: Delete, Type: s.known.Type, UUID: uuid, Tenant: s.known.Tenant, Name: actual.Name(), Due: true,
		})
	}
	return effects, nil
}

// preview compares one wanted object with the Controller's; nil says that nothing differs. An object that Run would recognise
// under another uuid gets that.
func preview(ctx context.Context, r Reader, o *plan.Object) (*Effect, error) {
	actual, err := r.Get(ctx, o.Tenant, o.Type, o.UUID)
	absent := errors.Is(err, avi.NotFound)
	if err != nil && !absent {
		return nil, fmt.Errorf("read %s %s: %w", o.Type, o.UUID, err)
	}
	if absent {
		found, err := findByName(ctx, r, o)
		if err != nil {
			return nil, fmt.Errorf("look for %s %q: %w", o.Type, o.Name(), err)
		}
		if found != nil {
			o.UUID, actual, absent = found.UUID(), found, false
		}
	}
	effect := &Effect{Action: Update, Type: o.Type, UUID: o.UUID, Tenant: o.Tenant}
	if absent {
		effect.Action = Create
	} else if effect.Fields = o.Differences(actual); len(effect.Fields) == 0 {
		return nil, nil //nolint:nilnil // nothing to say and nothing wrong
	}
	if absent || named(effect.Fields) {
		taken, err := nameTaken(ctx, r, o)
		if err != nil {
			return nil, err
		}
		if taken {
			renamed := o.Renamed()
			o = &renamed
		}
	}
	effect.Name = o.Name()
	if absent {
		effect.Fields = o.Initial()
	} else if effect.Fields = o.Differences(actual); len(effect.Fields) == 0 {
		return nil, nil //nolint:nilnil // it has its alternative name already
	}
	return effect, nil
}

func named(fields []plan.Difference) bool {
	for _, f := range fields {
		if f.Path == "name" {
			return true
		}
	}
	return false
}

// nameTaken says whether another object of the tenant has the wanted name, so that the Controller would refuse it.
func nameTaken(ctx context.Context, r Reader, o *plan.Object) (bool, error) {
	if o.AlternativeName == "" || o.AlternativeName == o.Name() {
		return false, nil
	}
	for other, err := range r.List(ctx, o.Tenant, o.Type, url.Values{"name": {o.Name()}, "fields": {"name"}}) {
		if err != nil {
			return false, fmt.Errorf("look whether the name %q is free for %s %s: %w", o.Name(), o.Type, o.UUID, err)
		}
		if other.Name() == o.Name() && other.UUID() != o.UUID {
			return true, nil
		}
	}
	return false, nil
}
