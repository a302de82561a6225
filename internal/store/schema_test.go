package store_test

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
	"github.com/avi-lbaas/avi-lbaas/internal/store/storetest"
)

// The first four migrations had other types once; testdata has a database that they made.
func TestADatabaseOfTheFormerMigrationsGoesOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "former.sqlite")
	dump, err := os.ReadFile("testdata/version4.sql")
	if err != nil {
		t.Fatal(err)
	}
	former, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := former.ExecContext(t.Context(), string(dump)); err != nil {
		t.Fatal(err)
	}
	if err := former.Close(); err != nil {
		t.Fatal(err)
	}
	b := &bed{t: t, clock: newClock(), options: store.Options{Path: path}}
	b.options.Now = b.clock.Now
	b.options.Schema = store.RequireSchema
	_, err = store.Open(t.Context(), b.options)
	if older, ok := errors.AsType[*store.SchemaError](err); !ok || older.Version != 4 || older.Wanted <= 4 {
		t.Fatalf("without an upgrade it is %v, want a *store.SchemaError of version 4", err)
	}
	b.options.Schema = store.UpgradeSchema
	b.open()
	t.Cleanup(func() { b.check(b.Close()) })

	resource := func(id string) lbaas.Resource {
		return lbaas.Resource{
			ID: id, ProjectID: "project", Name: "name of " + id, AdminStateUp: true, ProvisioningStatus: lbaas.Active,
			OperatingStatus: lbaas.Online, CreatedAt: b.clock.Now(),
		}
	}
	want := lbaas.Tree{
		LoadBalancer: lbaas.LoadBalancer{
			Resource: resource("a"), Description: "d", Provider: "avi_adc",
			VIP: lbaas.VIP{Address: "10.0.0.10", SubnetID: "s", NetworkID: "n", PortID: "o", OwnsPort: true},
		},
		Listeners: []lbaas.Listener{{
			Resource: resource("a-l"), LoadBalancerID: "a", Protocol: lbaas.ListenerHTTP, ProtocolPort: 80,
			ConnectionLimit: lbaas.Unlimited, DefaultPoolID: "a-p", AllowedCIDRs: []string{"10.0.0.0/8"},
		}},
		Pools: []lbaas.Pool{{
			Resource: resource("a-p"), LoadBalancerID: "a", Protocol: lbaas.PoolHTTP, Algorithm: lbaas.RoundRobin,
			Persistence: &lbaas.SessionPersistence{Type: lbaas.PersistHTTPCookie},
		}},
	}
	if diff := cmp.Diff(want, b.tree("a")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	b.read(func(tx *store.Tx) error {
		items, err := tx.Inventory("a")
		if diff := cmp.Diff([]store.Item{{Type: "pool", UUID: "pool-1", Tenant: "t", Applied: `{"name":"p"}`}}, items); diff != "" {
			t.Errorf("inventory (-want +got):\n%s", diff)
		}
		return err
	})
	b.write(func(tx *store.Tx) error {
		_, err := tx.Lock("a")
		return err
	})
	b.check(b.Succeed(b.ctx(), b.claimOne("worker"), nil))
}

// A replica of an older program goes on with a newer schema of its generation while replicas are restarted one by one. Only 0014 has
// taken something away from those before it, when nobody had them yet.
func TestMigrationsOfAGenerationOnlyAdd(t *testing.T) {
	t.Parallel()
	takes := regexp.MustCompile(`(?i)\b(DROP|RENAME|MODIFY)\b`)
	var taking []string
	files, err := filepath.Glob("migrations/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		up, _, _ := strings.Cut(string(text), "-- +goose Down")
		if takes.MatchString(up) {
			taking = append(taking, filepath.Base(file))
		}
	}
	if diff := cmp.Diff([]string{"0014_quota_slots.sql"}, taking); diff != "" {
		t.Errorf("migrations that take something away (-want +got):\n%s\nsuch a one begins a generation: 1000 and on", diff)
	}
}

func TestAProgramWantsASchemaThatItKnows(t *testing.T) {
	t.Parallel()
	o := storetest.Blank(t)
	o.Schema = store.RequireSchema
	_, err := store.Open(t.Context(), o)
	none, ok := errors.AsType[*store.SchemaError](err)
	if !ok || none.Version != 0 {
		t.Fatalf("a database without a schema gives %v, want a *store.SchemaError of version 0", err)
	}
	o.Schema = store.AnySchema
	s, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	if version, newest, err := s.SchemaVersion(t.Context()); version != 0 || newest != none.Wanted || err != nil {
		t.Errorf("looking gives version %d of %d, %v; want 0 of %d", version, newest, err, none.Wanted)
	}
	if _, err := s.Upgrade(t.Context()); err != nil {
		t.Fatal(err)
	}
	if version, newest, err := s.SchemaVersion(t.Context()); version != newest || err != nil {
		t.Errorf("after the upgrade it has version %d of %d, %v", version, newest, err)
	}
	if err := s.CheckSchema(t.Context()); err != nil {
		t.Errorf("after the upgrade: %v", err)
	}
	for _, version := range []int{999, 1000} {
		want := version < 1000
		if err := s.Write(t.Context(), func(tx *store.Tx) error { return tx.PretendSchema(version) }); err != nil {
			t.Fatal(err)
		}
		err := s.CheckSchema(t.Context())
		if newer, refused := errors.AsType[*store.SchemaError](err); refused == want || refused && newer.Version != int64(version) {
			t.Errorf("the schema of a newer program, version %d: %v", version, err)
		}
	}
}
