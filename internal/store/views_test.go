package store_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// displayed are two load balancers: that of insert, and one with nothing. A listener of the first has two policies, the later one
// before the other, of which the one that redirects to the pool has a rule.
func displayed(t *testing.T) *bed {
	t.Helper()
	b := newBed(t)
	b.insert("a")
	b.write(func(tx *store.Tx) error { return tx.InsertLoadBalancer(&lbaas.LoadBalancer{Resource: b.resource("b")}) })
	lone := lbaas.Listener{Resource: b.resource("a-l2"), LoadBalancerID: "a", Protocol: lbaas.ListenerHTTP, ProtocolPort: 443}
	b.write(func(tx *store.Tx) error { return tx.InsertListener(&lone) })
	policy := lbaas.L7Policy{Resource: b.resource("a-x1"), LoadBalancerID: "a", ListenerID: "a-l2", Position: 1}
	policy.RedirectPoolID = "a-p"
	b.write(func(tx *store.Tx) error { return tx.InsertL7Policy(&policy) })
	b.clock.advance(time.Second)
	first := lbaas.L7Policy{Resource: b.resource("a-x2"), LoadBalancerID: "a", ListenerID: "a-l2", Position: 1}
	b.write(func(tx *store.Tx) error { return tx.InsertL7Policy(&first) })
	rule := lbaas.L7Rule{Resource: b.resource("a-r"), LoadBalancerID: "a", ListenerID: "a-l2", PolicyID: "a-x1"}
	rule.Tags = []string{"t"}
	b.write(func(tx *store.Tx) error { return tx.InsertL7Rule(&rule) })
	return b
}

// ids are what a view says that hangs from an object.
type ids [][]string

func TestAViewShowsWhatHangsFromAnObject(t *testing.T) {
	b := displayed(t)
	b.read(func(tx *store.Tx) error {
		for _, c := range []struct {
			id   string
			show func(id string) (ids, error)
			want ids
		}{
			{"a", loadBalancer(tx), ids{{"a-l0", "a-l1", "a-l2"}, {"a-p"}}},
			{"b", loadBalancer(tx), ids{nil, nil}},
			{"a-p", pool(tx), ids{{"a-l0", "a-l1"}, {"a-l2"}, {"a-m0", "a-m1"}, {"a-h"}}},
			{"a-l0", listener(tx), ids{nil}},
			{"a-l2", listener(tx), ids{{"a-x2", "a-x1"}}},
			{"a-x1", policy(tx), ids{{"a-r"}}},
			{"a-x2", policy(tx), ids{nil}},
		} {
			got, err := c.show(c.id)
			b.check(err)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.id, diff)
			}
			if _, err := c.show("nobody"); !errors.Is(err, lbaas.KindNotFound) {
				t.Errorf("of what is not there: %v", err)
			}
		}
		return nil
	})
}

func loadBalancer(tx *store.Tx) func(string) (ids, error) {
	return func(id string) (ids, error) {
		v, err := tx.LoadBalancerView(id)
		return ids{v.ListenerIDs, v.PoolIDs}, err
	}
}

func pool(tx *store.Tx) func(string) (ids, error) {
	return func(id string) (ids, error) {
		v, err := tx.PoolView(id)
		return ids{v.ListenerIDs, v.RedirectingIDs, v.MemberIDs, v.MonitorIDs}, err
	}
}

func listener(tx *store.Tx) func(string) (ids, error) {
	return func(id string) (ids, error) {
		v, err := tx.ListenerView(id)
		return ids{v.L7PolicyIDs}, err
	}
}

func policy(tx *store.Tx) func(string) (ids, error) {
	return func(id string) (ids, error) {
		v, err := tx.L7PolicyView(id)
		return ids{v.RuleIDs}, err
	}
}

// A policy without rules, a disabled one and one that is being deleted redirect nothing.
func TestAPoolShowsThoseThatRedirectToItInEarnest(t *testing.T) {
	for name, change := range map[string]func(*store.Tx, *lbaas.L7Policy) error{
		"disabled": func(tx *store.Tx, p *lbaas.L7Policy) error {
			p.AdminStateUp = false
			return tx.UpdateL7Policy(p)
		},
		"being deleted": func(tx *store.Tx, p *lbaas.L7Policy) error { return tx.DoomL7Policy(p) },
		"pointed elsewhere": func(tx *store.Tx, p *lbaas.L7Policy) error {
			p.RedirectPoolID = ""
			return tx.UpdateL7Policy(p)
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := displayed(t)
			b.write(func(tx *store.Tx) error {
				p, err := tx.L7Policy("a-x1")
				if err != nil {
					return err
				}
				return change(tx, &p)
			})
			b.read(func(tx *store.Tx) error {
				v, err := tx.PoolView("a-p")
				if len(v.RedirectingIDs) > 0 {
					t.Errorf("the pool is shown with %v", v.RedirectingIDs)
				}
				return err
			})
		})
	}
}

// Every way to look at an object shows its tags.
func TestViewsHaveTags(t *testing.T) {
	b := displayed(t)
	tree := b.tagged("c")
	want := []string{"c", "c-h", "c-l0", "c-l1", "c-m0", "c-m1", "c-p"}
	var shown, listed []string
	b.read(func(tx *store.Tx) error {
		note := func(r lbaas.Resource, err error) {
			b.check(err)
			if slices.Equal(r.Tags, []string{r.ID, "common"}) {
				shown = append(shown, r.ID)
			}
		}
		lb, err := tx.LoadBalancerView(tree.LoadBalancer.ID)
		note(lb.Resource, err)
		for _, id := range lb.ListenerIDs {
			v, err := tx.ListenerView(id)
			note(v.Resource, err)
		}
		p, err := tx.PoolView("c-p")
		note(p.Resource, err)
		for _, id := range p.MemberIDs {
			v, err := tx.MemberView(id)
			note(v.Resource, err)
		}
		h, err := tx.HealthMonitorView("c-h")
		note(h.Resource, err)
		r, err := tx.L7RuleView("a-r")
		b.check(err)
		if !slices.Equal(r.Tags, []string{"t"}) {
			t.Errorf("the rule's tags: %v", r.Tags)
		}
		listed, err = everythingTagged(tx, "common")
		return err
	})
	slices.Sort(shown)
	slices.Sort(listed)
	if diff := cmp.Diff([][]string{want, want}, [][]string{shown, listed}); diff != "" {
		t.Errorf("one by one, and by lists (-want +got):\n%s", diff)
	}
}

// everythingTagged are the ids of the objects of all lists that have a tag, and show it.
func everythingTagged(tx *store.Tx, tag string) (found []string, err error) {
	q := store.Query{Tags: lbaas.TagFilter{All: []string{tag}}}
	note := func(r lbaas.Resource) {
		if slices.Contains(r.Tags, tag) {
			found = append(found, r.ID)
		}
	}
	lbs, _, err1 := tx.LoadBalancers(q, nil)
	for i := range lbs {
		note(lbs[i].View.Resource)
	}
	listeners, _, err2 := tx.Listeners(q)
	for i := range listeners {
		note(listeners[i].Resource)
	}
	pools, _, err3 := tx.Pools(q)
	for i := range pools {
		note(pools[i].Resource)
	}
	members, _, err4 := tx.Members(q)
	for i := range members {
		note(members[i].Resource)
	}
	monitors, _, err5 := tx.HealthMonitors(q)
	for i := range monitors {
		note(monitors[i].Resource)
	}
	return found, errors.Join(err1, err2, err3, err4, err5)
}

// Whatever a tag is made of, commas, colons and digits not least, it is shown as it was given.
func TestTagsOfAnyTextAreShown(t *testing.T) {
	b := newBed(t)
	tree := b.insert("a")
	text := rapid.OneOf(
		rapid.StringMatching(`[0-9,:]{1,12}`),
		rapid.String().Filter(func(s string) bool { return s != "" && len(s) <= 255 && !strings.ContainsRune(s, 0) }),
	)
	rapid.Check(t, func(t *rapid.T) {
		r := tree.Pools[0].Base()
		r.Tags = rapid.SliceOfNDistinct(text, 0, 6, rapid.ID).Draw(t, "tags")
		var shown store.PoolView
		err := b.Write(b.ctx(), func(tx *store.Tx) (err error) {
			if err = tx.ReplaceTags("a", r); err == nil {
				shown, err = tx.PoolView("a-p")
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if want := slices.Sorted(slices.Values(r.Tags)); !slices.Equal(shown.Tags, want) {
			t.Fatalf("shown are %q, given were %q", shown.Tags, want)
		}
	})
}

// What is asked by one statement needs no transaction, and is asked again when the connection is lost.
func TestPeekSees(t *testing.T) {
	b := newBed(t)
	b.insert("a")
	tries := 0
	var v store.LoadBalancerView
	b.check(b.Peek(b.ctx(), func(tx *store.Tx) (err error) {
		if tries++; tries == 1 {
			return store.ErrCollided
		}
		v, err = tx.LoadBalancerView("a")
		return err
	}))
	if v.Name != "name of a" || tries != 2 {
		t.Errorf("seen %v in %d tries", v, tries)
	}
}
