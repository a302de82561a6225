package converge

import (
	"encoding/json"
	"slices"

	"github.com/avi-lbaas/avi-lbaas/internal/plan"
)

const (
	typeVirtualService = "virtualservice"
	typeCertificate    = "sslkeyandcertificate"
	typePool           = "pool"
)

// orderRemovals says what goes before anything else is written, and what after. Virtual services go before: nothing refers to
// them but their own children, a parent cannot become an ordinary virtual service while it has some, and a port has to be free
// before another takes it. What others may still refer to goes after.
func orderRemovals(removals []step) (before, after []step) {
	slices.SortStableFunc(removals, func(a, b step) int { return removalRank(a.known.Type) - removalRank(b.known.Type) })
	removals = referrersFirst(removals)
	i := slices.IndexFunc(removals, func(s step) bool { return s.known.Type != typeVirtualService })
	if i < 0 {
		return removals, nil
	}
	return removals[:i], removals[i:]
}

// referrersFirst puts what refers to another object of its type before it, as far as it is known what was written: children
// before their parents, certificates before those of their authorities.
func referrersFirst(removals []step) []step {
	ordered := make([]step, 0, len(removals))
	for _, s := range removals {
		at := slices.IndexFunc(ordered, func(other step) bool {
			return other.known.Type == s.known.Type && plan.Refers(s.known.Applied, other.known.UUID)
		})
		if at < 0 {
			at = len(ordered)
		}
		ordered = slices.Insert(ordered, at, s)
	}
	return ordered
}

// actualUUIDs gives, by the uuid that objects should have, the one that they have at the Controller where it is another.
func actualUUIDs(known []Known) map[string]string {
	uuids := map[string]string{}
	for _, k := range known {
		if k.Actual != "" {
			uuids[k.UUID] = k.Actual
		}
	}
	return uuids
}

// namesTaken are the names that our own objects have, as "type/name".
func namesTaken(known []Known) map[string]bool {
	names := map[string]bool{}
	for _, k := range known {
		var written struct {
			Name string `json:"name"`
		}
		if k.Applied != "" && json.Unmarshal([]byte(k.Applied), &written) == nil {
			names[k.Type+"/"+written.Name] = true
		}
	}
	return names
}
