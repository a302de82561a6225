package store

import (
	"database/sql"
	"errors"
	"path/filepath"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// Whoever looked at a project's limits before they changed begins anew, with a limit and without one: an object that is added under
// the old limits would be unseen by those who compare with the new ones.
func TestWhoHasSeenOldLimitsBeginsAnew(t *testing.T) {
	s, err := Open(t.Context(), Options{Path: filepath.Join(t.TempDir(), "store.sqlite")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	const kind = lbaas.QuotaLoadBalancer
	for name, change := range map[string]func(*Tx) error{
		"limits are set":     func(tx *Tx) error { return tx.SetQuotas(ProjectQuotas{ProjectID: "p", Limits: lbaas.Quotas{kind: 5}}) },
		"limits are removed": func(tx *Tx) error { return tx.DeleteQuotas("p") },
		"objects are counted anew": func(tx *Tx) error {
			return tx.recount(&Miscount{ProjectID: "p", Kind: kind})
		},
	} {
		if err := s.Write(t.Context(), func(tx *Tx) error {
			return tx.SetQuotas(ProjectQuotas{ProjectID: "p", Limits: lbaas.Quotas{kind: 9}})
		}); err != nil {
			t.Fatal(err)
		}
		for _, add := range []func(*Tx, int64) error{
			func(tx *Tx, seen int64) error { return tx.addUsage("p", kind, 1, seen) },
			func(tx *Tx, seen int64) error { return tx.addUsageBelow("p", kind, 1, seen, 5) },
		} {
			err := s.once(t.Context(), s.write, &sql.TxOptions{}, func(tx *Tx) error {
				_, seen, err := tx.limitsAndEpoch("p", kind)
				if err != nil {
					return err
				}
				if err := add(tx, seen); err != nil {
					return err // nothing has changed yet
				}
				return errors.Join(change(tx), add(tx, seen))
			})
			if !errors.Is(err, errMoved) {
				t.Errorf("%s, and who saw the old ones goes on: %v", name, err)
			}
		}
	}
}
