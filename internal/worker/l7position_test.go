package worker_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/testbed"
)

// Positions are those of a list that policies are inserted into, moved in and taken out of: Octavia's are of SQLAlchemy's
// orderinglist.
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
				model = slices.Insert(model, at, s.addPolicy(in))
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

// The rules at the Controller are in the order of the positions.
func TestRulesAreInTheOrderOfPositions(t *testing.T) {
	s := begin(t, testbed.Options{})
	add := func(position int) string {
		in := reject()
		in.Position = lbaas.Given(position)
		return s.addPolicy(in, path(lbaas.L7EqualTo, "/x"))
	}
	a, b, c := add(1), add(1), add(2)
	s.wantRules(b, c, a)
	s.updatePolicy(a, lbaas.L7PolicyInput{Position: lbaas.Given(2)})
	s.wantRules(b, a, c)
	s.updatePolicy(b, lbaas.L7PolicyInput{Position: lbaas.Given(9)})
	s.wantRules(a, c, b)
	s.deletePolicy(c)
	s.wantRules(a, b)
}

// wantRules wants the rules of our set at the Controller in the order of policies.
func (s *story) wantRules(policies ...string) {
	s.t.Helper()
	rules, _ := at(s.get("httppolicyset", s.setUUID()), "http_request_policy", "rules").([]any)
	names := map[string]string{}
	for _, rule := range rules {
		names[fmt.Sprint(at(rule, "index"))], _ = at(rule, "name").(string)
	}
	want := map[string]string{}
	for i, id := range policies {
		want[fmt.Sprint(i+1)] = "l7policy-" + id
	}
	if diff := cmp.Diff(want, names); diff != "" {
		s.t.Errorf("rules by their indexes (-want +got):\n%s", diff)
	}
}

// wantOrder wants the policies of the listener in an order.
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
}
