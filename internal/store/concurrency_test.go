package store_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// Each change reads what it changes before it locks the tree, as the service does. None may be lost, however they meet.
func TestNoUpdateIsLost(t *testing.T) {
	b := newBed(t)
	b.active("a")
	const clients, each = 6, 8
	var running sync.WaitGroup
	for range clients {
		running.Go(func() {
			for done := 0; done < each; {
				err := b.Write(b.ctx(), func(tx *store.Tx) error {
					m, root, err := tx.Member("a-m0")
					if err != nil {
						return err
					}
					if _, err := tx.Lock(root); err != nil {
						return err
					}
					m.Weight++
					return tx.UpdateMember(root, &m)
				})
				switch {
				case err == nil:
					done++
					for _, c := range b.claim("worker") {
						if err := b.Succeed(b.ctx(), c, nil); err != nil {
							t.Error(err)
						}
					}
				case !errors.Is(err, lbaas.KindImmutable):
					t.Error(err)
					return
				}
			}
		})
	}
	running.Wait()
	if got := b.tree("a").Members[0].Weight; got != clients*each {
		t.Errorf("%d updates were accepted, %d are there", clients*each, got)
	}
}

// Of parallel requests for the same thing one is first, and the others are told what it is.
func TestOfParallelDuplicatesOneIsAccepted(t *testing.T) {
	b := newBed(t)
	var accepted atomic.Int32
	var running sync.WaitGroup
	for i := range 8 {
		running.Go(func() {
			f := lbaas.Flavor{ID: fmt.Sprintf("f%d", i), Name: "gold", ProfileID: "p"}
			err := b.Write(b.ctx(), func(tx *store.Tx) error {
				if _, err := tx.FlavorProfile("p"); errors.Is(err, lbaas.KindNotFound) {
					if err := tx.InsertFlavorProfile(&lbaas.FlavorProfile{ID: "p", Name: "p"}); err != nil {
						return err
					}
				}
				return tx.InsertFlavor(&f)
			})
			message, kind, _ := lbaas.MessageFor(err)
			switch {
			case err == nil:
				accepted.Add(1)
			case kind != lbaas.KindConflict || message != "A flavor of gold already exists.":
				t.Errorf("the user is told (%q, %q): %v", message, kind, err)
			}
		})
	}
	running.Wait()
	if n := accepted.Load(); n != 1 {
		t.Errorf("%d were accepted, want 1", n)
	}
}

// Two workers that look for work at the same moment never get the same load balancer.
func TestNoLoadBalancerIsClaimedTwice(t *testing.T) {
	b := newBed(t)
	const n = 30
	for i := range n {
		b.insert(fmt.Sprintf("lb%02d", i))
	}
	var mu sync.Mutex
	claimed := map[string]int{}
	var running sync.WaitGroup
	for w := range 5 {
		running.Go(func() {
			for {
				claims, err := b.Claim(b.ctx(), fmt.Sprint(w), time.Minute, 4)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				for _, c := range claims {
					claimed[c.LoadBalancerID]++
				}
				all := len(claimed) == n
				mu.Unlock()
				if all || err != nil {
					return
				}
			}
		})
	}
	running.Wait()
	for id, times := range claimed {
		if times != 1 {
			t.Errorf("%s was claimed %d times", id, times)
		}
	}
}
