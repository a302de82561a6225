package store_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// gathering is load balancers that take an object and give it up, all at the same time; and the Controller's object.
type gathering struct {
	mu       sync.Mutex
	have     map[string]bool
	deleting string // the load balancer
	exists   bool
	wrong    []string
}

func (g *gathering) took(id string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.deleting != "" {
		g.wrong = append(g.wrong, fmt.Sprintf("%s took what %s deletes", id, g.deleting))
	}
	g.have[id], g.exists = true, true
}

func (g *gathering) letGo(id string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.have, id)
}

func (g *gathering) deletes(id string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.have) > 0 {
		g.wrong = append(g.wrong, fmt.Sprintf("%s deletes what %v have", id, slices.Sorted(maps.Keys(g.have))))
	}
	g.deleting, g.exists = id, false
}

func (g *gathering) deleted() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.deleting = ""
}

// The same holds at the same moment, of load balancers of two providers of one Controller.
func TestSharersAtTheSameMoment(t *testing.T) {
	b := newBed(t)
	for i, provider := range []string{"avi_adc", "gold", "avi_adc", "gold"} {
		b.insertBare(fmt.Sprint("lb-", i), provider)
	}
	g := &gathering{have: map[string]bool{}}
	replicas := []*store.Store{b.replica(oneController()), b.replica(oneController())}
	for range 20 {
		var running errgroup.Group
		for i, claim := range b.claim("worker") {
			running.Go(func() error { return g.takeAndLetGo(t.Context(), replicas[i%len(replicas)], claim) })
		}
		b.check(running.Wait())
	}
	for _, wrong := range g.wrong {
		t.Error(wrong)
	}
	if g.exists {
		t.Error("all have given the object up, and it is there")
	}
}

// takeAndLetGo has a load balancer take the object and give it up, as soon as it may.
func (g *gathering) takeAndLetGo(ctx context.Context, s *store.Store, claim store.Claim) error {
	id := claim.LoadBalancerID
	err := untilFree(ctx, func() error { return s.Intend(ctx, claim, []store.Item{certificate()}) })
	if err != nil {
		return err
	}
	g.took(id)
	g.letGo(id)
	var last bool
	err = untilFree(ctx, func() (err error) {
		last, err = s.GiveUp(ctx, claim, certificate())
		return err
	})
	if err != nil {
		return err
	}
	var changes []store.Change
	if last {
		g.deletes(id)
		g.deleted()
		changes = []store.Change{{Item: certificate(), Gone: true}}
	}
	return s.Retry(ctx, claim, changes, 0, "")
}

// untilFree does something again for as long as another is at the object.
func untilFree(ctx context.Context, do func() error) error {
	for {
		if err := do(); !errors.Is(err, store.ErrShareBusy) || ctx.Err() != nil {
			return err
		}
	}
}
