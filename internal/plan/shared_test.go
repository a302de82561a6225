package plan_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/avi-lbaas/avi-lbaas/internal/plan"
)

func sharedList(wanted bool) plan.SharedList {
	return plan.SharedList{Ref: "set_ref", Order: "index", Ours: "/api/set/set-ours", At: 10, Wanted: wanted}
}

func withPolicies(list plan.SharedList) *plan.Object {
	return &plan.Object{Type: "virtualservice", UUID: "u", Fields: map[string]any{"policies": list}}
}

func entry(set string, index int) map[string]any {
	return map[string]any{"set_ref": "https://controller/api/set/" + set + "#name", "index": json.Number(itoa(index))}
}

func itoa(n any) string { return fmt.Sprint(n) }

func TestSharedList(t *testing.T) {
	for _, test := range []struct {
		name     string
		wanted   bool
		actual   []any
		differs  bool
		expected []any
	}{
		{"added to nothing", true, nil, true, []any{map[string]any{"set_ref": "/api/set/set-ours", "index": 10}}},
		{
			"added to others", true,
			[]any{entry("set-a", 3), entry("set-b", 11)},
			true,
			[]any{entry("set-a", 3), entry("set-b", 11), map[string]any{"set_ref": "/api/set/set-ours", "index": 10}},
		},
		{
			"added where its number is taken", true,
			[]any{entry("set-a", 10), entry("set-b", 11)},
			true,
			[]any{entry("set-a", 10), entry("set-b", 11), map[string]any{"set_ref": "/api/set/set-ours", "index": 12}},
		},
		{"there already, with another number", true, []any{entry("set-ours", 99)}, false, []any{entry("set-ours", 99)}},
		{"removed", false, []any{entry("set-a", 3), entry("set-ours", 10)}, true, []any{entry("set-a", 3)}},
		{"not there already", false, []any{entry("set-a", 3)}, false, []any{entry("set-a", 3)}},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := withPolicies(sharedList(test.wanted))
			actual := map[string]any{"policies": test.actual, "other": "stays"}
			if got := len(o.Differs(actual)) > 0; got != test.differs {
				t.Errorf("differs: %v, want %v", got, test.differs)
			}
			merged := o.Merged(actual)
			if diff := cmp.Diff(map[string]any{"policies": test.expected, "other": "stays"}, merged); diff != "" {
				t.Errorf("merged (-want +got):\n%s", diff)
			}
		})
	}
}

// What somebody else put into a shared place stays there through everything that LBaaS does with its own.
func TestOthersEntriesSurvive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var others []any
		for _, index := range rapid.SliceOfNDistinct(rapid.IntRange(0, 14), 0, 6, rapid.ID[int]).Draw(t, "indexes") {
			others = append(others, entry("set-"+itoa(index), index))
		}
		actual := map[string]any{"policies": others}
		for _, wanted := range rapid.SliceOfN(rapid.Bool(), 1, 4).Draw(t, "wanted") {
			o := withPolicies(sharedList(wanted))
			actual = o.Merged(actual)
			if fields := o.Differs(actual); len(fields) > 0 {
				t.Fatalf("differs after the merge: %v", fields)
			}
			numbers := map[string]bool{}
			left := 0
			for _, e := range actual["policies"].([]any) {
				number := itoa(e.(map[string]any)["index"])
				if numbers[number] {
					t.Fatalf("number %s is there twice", number)
				}
				numbers[number] = true
				if e.(map[string]any)["set_ref"] != "/api/set/set-ours" {
					left++
				}
			}
			if left != len(others) {
				t.Fatalf("%d entries of others are left of %d", left, len(others))
			}
		}
	})
}

func TestSharedPlacesInChanges(t *testing.T) {
	object := func(wanted bool, ref string) *plan.Object {
		o := withPolicies(sharedList(wanted))
		o.Fields["security_ref"] = plan.SharedRef{Want: ref, Ours: "/api/security/ours"}
		o.Fields["enabled"] = true
		return o
	}
	applied := func(o *plan.Object) string {
		text, err := o.Applied()
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	none, both := object(false, ""), object(true, "/api/security/ours")
	if got := applied(none); got != `{"enabled":true}` {
		t.Errorf("what was never wanted is remembered: %s", got)
	}
	for _, test := range []struct {
		name   string
		o      *plan.Object
		before string
		want   plan.Verb
	}{
		{"nothing wanted, nothing remembered", none, applied(none), plan.Nothing},
		{"both wanted and remembered", both, applied(both), plan.Nothing},
		{"wanted now", both, applied(none), plan.ReadAndReplace},
		{"not wanted any more", none, applied(both), plan.ReadAndReplace},
	} {
		change, err := test.o.ChangeFrom(test.before)
		if err != nil || change.Verb != test.want {
			t.Errorf("%s: %q (%v), want %q", test.name, change.Verb, err, test.want)
		}
	}
	body := none.Body()
	if _, sent := body["security_ref"]; sent || body["policies"] != nil {
		t.Errorf("a new object is sent with %v", body)
	}
}

func TestSharedRef(t *testing.T) {
	const ours, theirs = "https://controller/api/security/ours#n", "https://controller/api/security/theirs#n"
	for _, test := range []struct {
		name         string
		want, actual string
		differs      bool
		merged       any
	}{
		{"nobody's", "", "", false, nil},
		{"theirs stays", "", theirs, false, theirs},
		{"ours goes", "", ours, true, nil},
		{"ours comes", "/api/security/ours", "", true, "/api/security/ours"},
		{"ours wins", "/api/security/ours", theirs, true, "/api/security/ours"},
		{"ours is there", "/api/security/ours", ours, false, ours},
	} {
		o := &plan.Object{Fields: map[string]any{"security_ref": plan.SharedRef{Want: test.want, Ours: "/api/security/ours"}}}
		actual := map[string]any{}
		if test.actual != "" {
			actual["security_ref"] = test.actual
		}
		if got := len(o.Differs(actual)) > 0; got != test.differs {
			t.Errorf("%s: differs: %v, want %v", test.name, got, test.differs)
		}
		if got := o.Merged(actual)["security_ref"]; got != test.merged {
			t.Errorf("%s: merged into %v, want %v", test.name, got, test.merged)
		}
	}
}
