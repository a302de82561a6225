package store_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// tagged puts a tree into the store each of whose objects has its own id and one common word for tags.
func (b *bed) tagged(id string) lbaas.Tree {
	b.t.Helper()
	tree := b.insert(id)
	b.write(func(tx *store.Tx) error {
		for _, r := range tree.Resources() {
			r.Tags = []string{"common", r.ID}
			if err := tx.ReplaceTags(id, r); err != nil {
				return err
			}
		}
		return nil
	})
	b.settle()
	return tree
}

// kept are the tags of objects by their ids, those without any left out.
func (b *bed) kept(tree *lbaas.Tree) map[string][]string {
	b.t.Helper()
	kept := map[string][]string{}
	b.read(func(tx *store.Tx) error {
		for _, r := range tree.Resources() {
			tags, err := tx.TagsOf(r.ID)
			if err != nil {
				return err
			}
			if len(tags) > 0 {
				kept[r.ID] = tags
			}
		}
		return nil
	})
	return kept
}

func TestTagsAreKeptWithEveryObject(t *testing.T) {
	b := newBed(t)
	tree := b.insert("a")
	if got := b.kept(&tree); len(got) != 0 {
		t.Errorf("nobody gave tags, kept are %v", got)
	}
	lb := lbaas.LoadBalancer{Resource: b.resource("b")}
	lb.Tags = []string{"made", "with it"}
	b.write(func(tx *store.Tx) error { return tx.InsertLoadBalancer(&lb) })
	listener := lbaas.Listener{Resource: b.resource("b-l"), LoadBalancerID: "b", Protocol: lbaas.ListenerTCP, ProtocolPort: 80}
	listener.Tags = []string{"t"}
	b.write(func(tx *store.Tx) error { return tx.InsertListener(&listener) })
	again := lbaas.Tree{LoadBalancer: lb, Listeners: []lbaas.Listener{listener}}
	want := map[string][]string{"b": {"made", "with it"}, "b-l": {"t"}}
	if diff := cmp.Diff(want, b.kept(&again)); diff != "" {
		t.Errorf("after the creation (-want +got):\n%s", diff)
	}
	lb.Tags = []string{"other"}
	b.write(func(tx *store.Tx) error { return tx.ReplaceTags("b", &lb.Resource) })
	want["b"] = []string{"other"}
	if diff := cmp.Diff(want, b.kept(&again)); diff != "" {
		t.Errorf("after the change (-want +got):\n%s", diff)
	}
}

// An object takes its tags with it, and nobody else's.
func TestTagsGoWithTheirObjects(t *testing.T) {
	b := newBed(t)
	tree, other := b.tagged("a"), b.tagged("b")
	before, whole := b.kept(&tree), b.kept(&other)
	b.write(func(tx *store.Tx) error {
		if _, err := tx.Lock("a"); err != nil {
			return err
		}
		return tx.DoomPool("a-p")
	})
	if diff := cmp.Diff(before, b.kept(&tree)); diff != "" {
		t.Errorf("while they are being deleted (-want +got):\n%s", diff)
	}
	b.settle()
	want := map[string][]string{"a": before["a"], "a-l0": before["a-l0"], "a-l1": before["a-l1"]}
	if diff := cmp.Diff(want, b.kept(&tree)); diff != "" {
		t.Errorf("without the pool (-want +got):\n%s", diff)
	}
	b.write(func(tx *store.Tx) error {
		if _, err := tx.Doom("a"); err != nil {
			return err
		}
		return tx.DoomTree("a")
	})
	b.settle()
	if got := b.kept(&tree); len(got) != 0 {
		t.Errorf("without the load balancer there are %v", got)
	}
	if diff := cmp.Diff(whole, b.kept(&other)); diff != "" {
		t.Errorf("of the other load balancer (-want +got):\n%s", diff)
	}
}

// The worker has no use for tags: they are not read for it.
func TestTreesHaveNoTags(t *testing.T) {
	b := newBed(t)
	b.tagged("a")
	tree := b.tree("a")
	for _, r := range tree.Resources() {
		if r.Tags != nil {
			t.Errorf("%s has the tags %v", r.ID, r.Tags)
		}
	}
}
