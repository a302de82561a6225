package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// shelf is a store with load balancers that share names, projects and times.
func shelf(t *testing.T) *bed {
	t.Helper()
	b := newBed(t)
	b.write(func(tx *store.Tx) error {
		for i := range 12 {
			lb := lbaas.LoadBalancer{Resource: b.resource(fmt.Sprintf("lb%02d", i)), VIP: lbaas.VIP{Address: fmt.Sprintf("10.0.0.%d", i)}}
			lb.Name, lb.ProjectID = []string{"a", "B", "b"}[i%3], []string{"p", "q"}[i%2]
			lb.AdminStateUp, lb.CreatedAt = i%4 != 0, b.clock.Now().Add(time.Duration(i/3)*time.Second)
			if err := tx.InsertLoadBalancer(&lb); err != nil {
				return err
			}
		}
		return nil
	})
	return b
}

func list(tx *store.Tx, q store.Query) (ids []string, more bool, err error) {
	page, more, err := tx.LoadBalancers(q, nil)
	for _, lb := range page {
		ids = append(ids, lb.ID)
	}
	return ids, more, err
}

func TestListsAreFilteredAndOrdered(t *testing.T) {
	b := shelf(t)
	for _, c := range []struct {
		name string
		q    store.Query
		want []string
	}{
		{
			"by creation, then id",
			store.Query{},
			[]string{"lb00", "lb01", "lb02", "lb03", "lb04", "lb05", "lb06", "lb07", "lb08", "lb09", "lb10", "lb11"},
		},
		{"one project", store.Query{Equal: map[string]string{"project_id": "p"}}, []string{"lb00", "lb02", "lb04", "lb06", "lb08", "lb10"}},
		{
			"names as they are written",
			store.Query{Equal: map[string]string{"name": "b"}},
			[]string{"lb02", "lb05", "lb08", "lb11"},
		},
		{"several filters", store.Query{Equal: map[string]string{"name": "b", "project_id": "q"}}, []string{"lb05", "lb11"}},
		{"down, in OpenStack's spelling", store.Query{Equal: map[string]string{"admin_state_up": "False"}}, []string{"lb00", "lb04", "lb08"}},
		{
			"up, in OpenStack's spelling",
			store.Query{Equal: map[string]string{"admin_state_up": "True", "name": "a"}},
			[]string{"lb03", "lb06", "lb09"},
		},
		{
			"made in a second",
			store.Query{Equal: map[string]string{"created_at": "2026-01-02T03:04:06"}},
			[]string{"lb03", "lb04", "lb05"},
		},
		{"made at no time", store.Query{Equal: map[string]string{"created_at": "yesterday"}}, nil},
		{"no match", store.Query{Equal: map[string]string{"vip_address": "10.0.0.99"}}, nil},
		{
			"by name descending, then by creation",
			store.Query{Sort: []store.SortKey{{Attribute: "name", Descending: true}}, Limit: 5},
			[]string{"lb02", "lb05", "lb08", "lb11", "lb00"},
		},
		{
			"by two keys",
			store.Query{Sort: []store.SortKey{{Attribute: "project_id"}, {Attribute: "id", Descending: true}}, Limit: 7},
			[]string{"lb10", "lb08", "lb06", "lb04", "lb02", "lb00", "lb11"},
		},
		{"after a marker", store.Query{Marker: "lb09"}, []string{"lb10", "lb11"}},
		{"before a marker, in the order of the list", store.Query{Marker: "lb03", Reverse: true}, []string{"lb00", "lb01", "lb02"}},
		{"a page before a marker", store.Query{Marker: "lb05", Reverse: true, Limit: 2}, []string{"lb03", "lb04"}},
		{"the last page", store.Query{Reverse: true, Limit: 2}, []string{"lb10", "lb11"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b.read(func(tx *store.Tx) error {
				got, _, err := list(tx, c.q)
				b.check(err)
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				return nil
			})
		})
	}
}

func TestListRefusals(t *testing.T) {
	b := shelf(t)
	for _, c := range []struct {
		q    store.Query
		want string
	}{
		{store.Query{Equal: map[string]string{"doomed": "1"}}, "One or more arguments are either duplicate or invalid"},
		{store.Query{Sort: []store.SortKey{{Attribute: "id; DROP TABLE pools"}}}, "Supplied sort key 'id; DROP TABLE pools' is not valid."},
		{store.Query{Marker: "x"}, "Supplied pagination marker 'x' is not valid."},
	} {
		b.read(func(tx *store.Tx) error {
			_, _, err := tx.LoadBalancers(c.q, nil)
			if message, kind, _ := lbaas.MessageFor(err); kind != lbaas.KindInvalid || message != c.want {
				t.Errorf("the user is told (%q, %q), want (%q, %q)", message, kind, c.want, lbaas.KindInvalid)
			}
			return nil
		})
	}
}

// The pages of a list, one after the other in either direction, are the list.
func TestPagesAreTheWholeList(t *testing.T) {
	b := shelf(t)
	attribute := rapid.SampledFrom([]string{"name", "project_id", "admin_state_up", "created_at", "id", "vip_address", "updated_at"})
	key := rapid.Custom(func(t *rapid.T) store.SortKey {
		return store.SortKey{Attribute: attribute.Draw(t, "attribute"), Descending: rapid.Bool().Draw(t, "descending")}
	})
	rapid.Check(t, func(t *rapid.T) {
		q := store.Query{Sort: rapid.SliceOfN(key, 0, 3).Draw(t, "sort")}
		if rapid.Bool().Draw(t, "one project") {
			q.Equal = map[string]string{"project_id": "p"}
		}
		err := b.Read(b.ctx(), func(tx *store.Tx) error {
			whole, more, err := list(tx, q)
			if err != nil || more {
				t.Fatalf("%v, more: %v", err, more)
			}
			q.Limit = rapid.IntRange(2, 13).Draw(t, "limit")
			q.Reverse = rapid.Bool().Draw(t, "reverse")
			if pages := walk(t, tx, q); !slices.Equal(pages, whole) {
				t.Fatalf("the pages are %v, the list is %v", pages, whole)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// walk reads page after page and puts them together in the order of the list.
func walk(t *rapid.T, tx *store.Tx, q store.Query) []string {
	var pages []string
	for {
		page, more, err := list(tx, q)
		if err != nil {
			t.Fatal(err)
		}
		if more && len(page) != q.Limit {
			t.Fatalf("a page of %d that is not the last one, want %d", len(page), q.Limit)
		}
		if q.Reverse {
			pages = append(page, pages...)
		} else {
			pages = append(pages, page...)
		}
		if !more {
			return pages
		}
		q.Marker = page[len(page)-1]
		if q.Reverse {
			q.Marker = page[0]
		}
	}
}

func TestEveryTypeIsListed(t *testing.T) {
	b := newBed(t)
	b.insert("a")
	b.insert("b")
	b.read(func(tx *store.Tx) error {
		listeners, _, err := tx.Listeners(store.Query{Equal: map[string]string{"loadbalancer_id": "a", "protocol_port": "81"}})
		b.check(err)
		pools, _, err := tx.Pools(store.Query{Equal: map[string]string{"loadbalancer_id": "b"}})
		b.check(err)
		members, more, err := tx.Members(store.Query{Equal: map[string]string{"pool_id": "a-p"}, Limit: 1})
		b.check(err)
		monitors, _, err := tx.HealthMonitors(store.Query{Equal: map[string]string{"pool_id": "b-p"}})
		b.check(err)
		if len(listeners) != 1 || listeners[0].ID != "a-l1" || len(pools) != 1 || pools[0].ID != "b-p" {
			t.Errorf("listeners %v, pools %v", listeners, pools)
		}
		if len(members) != 1 || members[0].ID != "a-m0" || !more || len(monitors) != 1 || monitors[0].ID != "b-h" {
			t.Errorf("members %v (more: %v), monitors %v", members, more, monitors)
		}
		return nil
	})
}
