package worker_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/testbed"
)

// Positions are those of a list that policies are inserted into, moved in and taken out of, and the rules at the Controller are in
// their order. The model is Octavia's: a list of SQLAlchemy's orderinglist.
func TestPositionsAreThoseOfAList(t *testing.T) {
	t.Parallel()
	s := begin(t, testbed.Options{})
	rapid.Check(t, func(r *rapid.T) {
		var model []string
		for range rapid.IntRange(1, 7).Draw(r, "steps") {
			switch which := rapid.IntRange(-2, len(model)-1).Draw(r, "which policy, or a new one"); {
			case which < 0:
				in, at := reject(), len(model)
				if position := rapid.IntRange(0, 5).Draw(r, "position"); position > 0 {
					in.Position, at = lbaas.Given(position), min(position-1, len(model))
				}
				model = slices.Insert(model, at, s.addPolicy(in, path(lbaas.L7EqualTo, "/x")))
			case rapid.Bool().Draw(r, "move"):
				id, to := model[which], rapid.IntRange(1, 5).Draw(r, "to")
				s.updatePolicy(id, lbaas.L7PolicyInput{Position: lbaas.Given(to)})
				model = slices.Delete(model, which, which+1)
				model = slices.Insert(model, min(to-1, len(model)), id)
			default:
				s.deletePolicy(model[which])
				model = slices.Delete(model, which, which+1)
			}
		}
		s.wantOrder(r, model)
		for _, id := range model {
			s.deletePolicy(id)
		}
	})
}

// wantOrder wants the policies of the listener, and their rules at the Controller, in an order.
func (s *story) wantOrder(r *rapid.T, want []string) {
	tree := s.Tree(s.t, s.lb)
	var got []string
	for i, p := range tree.L7PoliciesOf(s.listener) {
		got = append(got, p.ID)
		if p.Position != i+1 || p.ProvisioningStatus != lbaas.Active {
			r.Fatalf("policy %d has position %d and status %s", i+1, p.Position, p.ProvisioningStatus)
		}
	}
	if !slices.Equal(want, got) {
		r.Fatalf("order %v, want %v", got, want)
	}
	shown, err := s.Service.Listener(s.t.Context(), s.Caller, s.listener)
	if err != nil || !slices.Equal(shown.L7PolicyIDs, want) {
		r.Fatalf("the listener shows %v (%v), want %v", shown.L7PolicyIDs, err, want)
	}
	if len(want) == 0 {
		return
	}
	rules, _ := at(s.get("httppolicyset", s.setUUID()), "http_request_policy", "rules").([]any)
	names := map[string]string{}
	for _, rule := range rules {
		names[fmt.Sprint(at(rule, "index"))] = at(rule, "name").(string)
	}
	for i, id := range want {
		if name := names[fmt.Sprint(i+1)]; name != "l7policy-"+id {
			r.Fatalf("rule %d at the Controller is %q, want that of %s", i+1, name, id)
		}
	}
}
