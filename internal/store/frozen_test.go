//go:build verify

package store_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/store"
	"github.com/avi-lbaas/avi-lbaas/internal/store/storetest"
)

// A replica that is stopped, or loses its host, in the middle of a transaction leaves rows locked at the database server, which would
// wait for its connection to end: hours, by itself.
func TestATransactionThatIsFrozenKeepsNobodyWaiting(t *testing.T) {
	if !storetest.OnServer() {
		t.Fatalf("this test needs a database server: set %s", storetest.Variable)
	}
	b := newBed(t)
	b.active("a")
	locked, thaw := make(chan struct{}), make(chan struct{})
	var freeze sync.Once
	var frozen sync.WaitGroup
	var revived error
	frozen.Go(func() {
		revived = b.Write(b.ctx(), func(tx *store.Tx) error {
			_, err := tx.Lock("a")
			freeze.Do(func() {
				close(locked)
				<-thaw
			})
			if err != nil {
				return err
			}
			return errors.New("it takes no part any more")
		})
	})
	<-locked
	begun := time.Now()
	b.write(func(tx *store.Tx) error {
		_, err := tx.Lock("a")
		return err
	})
	if waited := time.Since(begun); waited > 40*time.Second {
		t.Errorf("the other one had to wait for %s", waited)
	}
	close(thaw)
	frozen.Wait()
	if revived == nil {
		t.Error("what was frozen was stored")
	}
}
