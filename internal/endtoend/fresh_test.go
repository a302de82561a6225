package endtoend_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
	"github.com/avi-lbaas/avi-lbaas/internal/testbed"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
)

// fresh says what trees look like at a Controller that has never seen them otherwise: it writes each into a store of its own,
// whole and with the same ids, and converges once.
type fresh struct{ bed *testbed.Bed }

func newFresh(t *testing.T, keys testbed.Keys) fresh {
	t.Helper()
	return fresh{bed: testbed.New(t, testbed.Options{Keys: keys})}
}

// objects are what a tree's project should have at the Controller, by type and uuid.
func (f fresh) objects(t *testing.T, tr *tree) (map[string]any, error) {
	t.Helper()
	if len(tr.objects) == 0 {
		return map[string]any{}, nil
	}
	full := *tr
	var extra string
	if tr.hadListener && len(tr.of(listener)) == 0 {
		// The VsVip is there because of a listener that has gone.
		extra = uuid.NewString()
		full.objects = append(slices.Clone(tr.objects), &object{kind: listener, id: extra, attributes: map[string]any{
			"name": "gone", "protocol": "TCP", "protocol_port": 1, "loadbalancer_id": tr.rootID,
		}})
	}
	err := f.bed.Store.Write(t.Context(), func(tx *store.Tx) error {
		for _, o := range full.objects {
			if err := insert(tx, &full, o); err != nil {
				return fmt.Errorf("insert %s %s: %w", o.kind, o.id, err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	f.bed.Settle(t)
	if extra != "" {
		if err := f.bed.Service.DeleteListener(t.Context(), f.bed.Caller, extra); err != nil {
			return nil, err
		}
		f.bed.Settle(t)
	}
	objects := objectsOf(f.bed.Sim, tr.project)
	if err := f.bed.Service.DeleteLoadBalancer(t.Context(), f.bed.Caller, tr.rootID, true); err != nil {
		return nil, err
	}
	f.bed.Settle(t)
	return objects, nil
}

// compare wants a Controller to hold for a tree's project what it would hold if the tree had been made at once.
func (f fresh) compare(t *testing.T, sim *avisim.Server, tr *tree) error {
	t.Helper()
	want, err := f.objects(t, tr)
	if err != nil {
		return err
	}
	if d := gocmp.Diff(want, objectsOf(sim, tr.project)); d != "" {
		return wrongf("the Controller's objects differ from those of a fresh start (-fresh +actual):\n%s", d)
	}
	return nil
}

// insert writes an object as the service would have accepted it.
func insert(tx *store.Tx, tr *tree, o *object) error {
	attributes, err := json.Marshal(o.attributes)
	if err != nil {
		return err
	}
	complete := func(r *lbaas.Resource) {
		r.ID, r.ProjectID, r.CreatedAt, r.ProvisioningStatus = o.id, tr.project, tx.Now(), lbaas.PendingCreate
	}
	switch o.kind {
	case loadBalancer:
		lb, err := made(attributes, lbaas.NewLoadBalancer)
		if err != nil {
			return err
		}
		complete(&lb.Resource)
		lb.Provider = testbed.Provider
		return tx.InsertLoadBalancer(&lb)
	case listener:
		l, err := made(attributes, lbaas.NewListener)
		if err != nil {
			return err
		}
		complete(&l.Resource)
		return tx.InsertListener(&l)
	case pool:
		p, err := made(attributes, lbaas.NewPool)
		if err != nil {
			return err
		}
		complete(&p.Resource)
		return tx.InsertPool(&p)
	case member:
		m, err := made(attributes, func(in lbaas.MemberInput) (lbaas.Member, error) {
			in.PoolID = lbaas.Given(o.pool)
			return lbaas.NewMember(in)
		})
		if err != nil {
			return err
		}
		complete(&m.Resource)
		return tx.InsertMember(tr.rootID, &m)
	default:
		h, err := made(attributes, lbaas.NewHealthMonitor)
		if err != nil {
			return err
		}
		complete(&h.Resource)
		return tx.InsertHealthMonitor(tr.rootID, &h)
	}
}

func made[In, Out any](attributes []byte, build func(In) (Out, error)) (Out, error) {
	var in In
	if err := json.Unmarshal(attributes, &in); err != nil {
		var none Out
		return none, err
	}
	return build(in)
}

// objectsOf are what a project has at a Controller, by type and uuid, in a form in which objects that mean the same are equal.
func objectsOf(sim *avisim.Server, project string) map[string]any {
	tenant := translate.TenantUUID(project)
	objects := map[string]any{}
	for _, o := range sim.Objects() {
		if o.Tenant != tenant {
			continue
		}
		// The order of a pool's servers means nothing.
		servers := asList(o.Object["servers"])
		slices.SortFunc(servers, func(a, b any) int { return cmp.Compare(serverID(a), serverID(b)) })
		// What a hash is made of is LBaaS's only while there is one.
		if o.Object["lb_algorithm"] != "LB_ALGORITHM_CONSISTENT_HASH" {
			delete(o.Object, "lb_algorithm_hash")
		}
		objects[fmt.Sprint(o.Type, "/", o.Object["uuid"])] = o.Object
	}
	return objects
}

func serverID(server any) string {
	fields, _ := server.(map[string]any)
	id, _ := fields["external_uuid"].(string)
	return id
}
