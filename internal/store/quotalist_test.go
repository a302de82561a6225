package store_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// Projects are found, ordered and paged by their limits under both of the names that these have. A default comes before all limits.
func TestQuotasAreListedByLimits(t *testing.T) {
	b := newBed(t)
	for project, limits := range map[string]lbaas.Quotas{
		"a": {lbaas.QuotaLoadBalancer: 3, lbaas.QuotaPool: 1},
		"b": {lbaas.QuotaLoadBalancer: 20, lbaas.QuotaPool: 1},
		"c": {lbaas.QuotaLoadBalancer: 1, lbaas.QuotaPool: 2},
		"d": {lbaas.QuotaPool: 2},
	} {
		b.limit(project, limits)
	}
	asc := []store.SortKey{{Attribute: "load_balancer"}}
	desc := []store.SortKey{{Attribute: "loadbalancer", Descending: true}}
	for _, test := range []struct {
		name  string
		query store.Query
		want  []string
		more  bool
	}{
		{"upwards", store.Query{Sort: asc}, []string{"d", "c", "a", "b"}, false},
		{"downwards", store.Query{Sort: desc}, []string{"b", "a", "c", "d"}, false},
		{"the first page", store.Query{Sort: desc, Limit: 3}, []string{"b", "a", "c"}, true},
		{"behind a marker", store.Query{Sort: desc, Limit: 3, Marker: "a"}, []string{"c", "d"}, false},
		{"before a marker", store.Query{Sort: desc, Limit: 1, Marker: "c", Reverse: true}, []string{"a"}, true},
		{"by one and then by the project", store.Query{Sort: []store.SortKey{
			{Attribute: "pool", Descending: true}, {Attribute: "project_id", Descending: true},
		}}, []string{"d", "c", "b", "a"}, false},
		{"of a limit", store.Query{Equal: map[string]string{"pool": "2"}, Sort: asc}, []string{"d", "c"}, false},
		{"of one of two limits", store.Query{OneOf: map[string][]string{"load_balancer": {"1", "20"}}, Sort: asc}, []string{"c", "b"}, false},
		{"of a limit and a project", store.Query{Equal: map[string]string{"pool": "1", "project_id": "b"}}, []string{"b"}, false},
		{"of no number", store.Query{Equal: map[string]string{"pool": "many"}}, nil, false},
	} {
		var got []string
		b.read(func(tx *store.Tx) error {
			page, more, err := tx.AllQuotas(test.query)
			for _, q := range page {
				got = append(got, q.ProjectID)
			}
			if more != test.more {
				t.Errorf("%s: the list goes on: %t, want %t", test.name, more, test.more)
			}
			return err
		})
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: (-want +got):\n%s", test.name, diff)
		}
	}
	err := b.Read(b.ctx(), func(tx *store.Tx) error {
		_, _, err := tx.AllQuotas(store.Query{Sort: asc, Marker: "nobody"})
		return err
	})
	if message, kind, _ := lbaas.MessageFor(err); kind != lbaas.KindInvalid || message != "Supplied pagination marker 'nobody' is not valid." {
		t.Errorf("a marker that there is not is answered with %v", err)
	}
}
