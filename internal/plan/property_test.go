package plan_test

import (
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/avi-lbaas/avi-lbaas/internal/plan"
)

func TestWhatWasMergedDoesNotDiffer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		wanted := wantedObjects.Draw(t, "wanted")
		actual := sent(t, actualObjects.Draw(t, "actual"))
		merged := sent(t, wanted.Merged(actual))
		if differs := wanted.Differs(merged); len(differs) > 0 {
			t.Fatalf("%v differ in %v", differs, merged)
		}
		if again := sent(t, wanted.Merged(merged)); !reflect.DeepEqual(again, merged) {
			t.Fatalf("merging again changes (-before +after):\n%s", cmp.Diff(merged, again))
		}
	})
}

func TestMergedKeepsEveryFieldThatIsNotOursAtAnyDepth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		wanted := wantedObjects.Draw(t, "wanted")
		actual := sent(t, actualObjects.Draw(t, "actual"))
		before := sent(t, actual)
		checkKept(t, wanted.Fields, actual, sent(t, wanted.Merged(actual)))
		if !reflect.DeepEqual(before, actual) {
			t.Fatalf("the actual object was changed (-before +after):\n%s", cmp.Diff(before, actual))
		}
	})
}

// checkKept wants each field of actual that wanted does not own to be in merged as it was.
func checkKept(t *rapid.T, wanted, actual, merged fields) {
	for name, value := range actual {
		owned, ours := wanted[name]
		if !ours {
			if !reflect.DeepEqual(value, merged[name]) {
				t.Fatalf("%s was %v and is %v", name, value, merged[name])
			}
			continue
		}
		switch w := owned.(type) {
		case fields:
			message, _ := merged[name].(fields)
			checkKept(t, w, value.(fields), message)
		case plan.List:
			checkEntriesKept(t, w, value.(list), merged[name].(list))
		}
	}
}

// checkEntriesKept knows entries by their address and port, or by their place.
func checkEntriesKept(t *rapid.T, wanted plan.List, actual, merged list) {
	for i, entry := range wanted.Entries {
		for j, candidate := range actual {
			was := candidate.(fields)
			same := i == j
			if wanted.Key != nil {
				same = reflect.DeepEqual(sent(t, entry)["ip"].(fields)["addr"], was["ip"].(fields)["addr"])
			}
			if same {
				checkKept(t, entry, was, merged[i].(fields))
			}
		}
	}
}

func TestAPatchedObjectDoesNotDiffer(t *testing.T) {
	verbs := map[plan.Verb]int{}
	rapid.Check(t, func(t *rapid.T) {
		before, wanted := wantedObjects.Draw(t, "before"), wantedObjects.Draw(t, "wanted")
		if rapid.Bool().Draw(t, "change little") {
			wanted = mostly(t, before, wanted)
		}
		change, err := wanted.ChangeFrom(applied(t, before))
		if err != nil {
			t.Fatal(err)
		}
		verbs[change.Verb]++
		actual := sent(t, before.Body())
		switch change.Verb {
		case plan.Nothing:
		case plan.ReadAndReplace:
			actual = sent(t, wanted.Merged(actual))
		case plan.PatchAdd, plan.PatchReplace, plan.PatchDelete:
			patch(t, actual, change.Verb, sent(t, change.Body))
		}
		if differs := wanted.Differs(actual); len(differs) > 0 {
			t.Fatalf("after %+v %v differ in %v", change, differs, actual)
		}
	})
	t.Logf("changes by their verb: %v", verbs)
}

// mostly is before with one field of wanted, or with one server more or less.
func mostly(t *rapid.T, before, wanted plan.Object) plan.Object {
	out := object(maps.Clone(before.Fields))
	out.AlternativeName = before.AlternativeName
	old, _ := before.Fields["servers"].(plan.List)
	switch rapid.IntRange(0, 3).Draw(t, "little change") {
	case 0:
		out.Fields["servers"] = servers(append(slices.Clone(old.Entries), server("10.0.0.9", 80, 1))...)
	case 1:
		out.Fields["servers"] = servers(old.Entries[:len(old.Entries)/2]...)
	default:
		name := rapid.SampledFrom(slices.Sorted(maps.Keys(wanted.Fields))).Draw(t, "changed field")
		out.Fields[name] = wanted.Fields[name]
		out.AlternativeName = out.Name() + "-1234"
	}
	return out
}

// patch is what a Controller does (controller facts 2.5): fields only, one level deep. Servers are known by their address and
// port, other entries by all that they have.
func patch(t *rapid.T, actual fields, verb plan.Verb, body fields) {
	for name, value := range body {
		entries, isList := value.(list)
		switch {
		case verb == plan.PatchDelete && !isList:
			delete(actual, name)
		case verb == plan.PatchReplace || !isList:
			actual[name] = value
		default:
			old, _ := actual[name].(list)
			actual[name] = patchEntries(t, old, verb, entries)
		}
	}
}

func patchEntries(t *rapid.T, old list, verb plan.Verb, entries list) list {
	out := slices.Clone(old)
	for _, entry := range entries {
		i := slices.IndexFunc(out, func(e any) bool { return sameEntry(e, entry) })
		switch {
		case verb == plan.PatchAdd && i < 0:
			out = append(out, entry)
		case verb == plan.PatchAdd:
			maps.Copy(out[i].(fields), entry.(fields))
		case i < 0:
			t.Fatalf("%v is to be deleted and is not there: %v", entry, old)
		default:
			out = slices.Delete(out, i, i+1)
		}
	}
	return out
}

func sameEntry(a, b any) bool {
	x, isMessage := a.(fields)
	y, _ := b.(fields)
	if !isMessage {
		return reflect.DeepEqual(a, b)
	}
	return reflect.DeepEqual(x["ip"].(fields)["addr"], y["ip"].(fields)["addr"]) && reflect.DeepEqual(x["port"], y["port"])
}

func TestWhatWasWrittenNeedsNoChange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := wantedObjects.Draw(t, "wanted")
		for _, written := range []plan.Object{o, o.Renamed()} {
			change, err := o.ChangeFrom(applied(t, written))
			if err != nil {
				t.Fatal(err)
			}
			if change.Verb != plan.Nothing || change.Body != nil || change.Fields != nil {
				t.Fatalf("written as %q: %+v", written.Name(), change)
			}
			if differs := o.Differs(sent(t, written.Body())); len(differs) > 0 {
				t.Fatalf("written as %q: %v differ", written.Name(), differs)
			}
		}
	})
}
