package worker

import (
	"context"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// underWay counts what is being worked.
type underWay struct {
	mu  sync.Mutex     // guards what follows
	of  map[string]int // by provider
	all int
}

func (u *underWay) begin(c store.Claim) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.of[c.Provider]++
	u.all++
}

func (u *underWay) end(c store.Claim) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.of[c.Provider]--
	u.all--
}

// room is how many load balancers more of a provider may be worked, of at most so many of all. Each of the other providers that has
// nothing under way keeps room for one: a Controller that answers nothing must not hold up those that do.
func (u *underWay) room(provider string, providers []string, most int) int {
	u.mu.Lock()
	defer u.mu.Unlock()
	free := most - u.all
	kept := 0
	for _, other := range providers {
		if other != provider && u.of[other] == 0 {
			kept++
		}
	}
	if u.of[provider] == 0 {
		return max(free-kept, min(free, 1))
	}
	return max(free-kept, 0)
}

// claim leases what is due and there is room for, and has each begun.
func (w *Worker) claim(ctx context.Context, under *underWay, begin func(store.Claim)) error {
	providers := slices.Sorted(maps.Keys(w.Providers))
	take := func(room int, of store.Providers) error {
		if room <= 0 {
			return nil
		}
		claims, err := w.Store.ClaimOf(ctx, w.Owner, w.Lease, room, of)
		for _, c := range claims {
			under.begin(c)
			begin(c)
		}
		return err
	}
	if len(providers) < 2 {
		return take(under.room("", nil, w.Concurrency), store.Providers{But: true})
	}
	// Those that the configuration does not have any more are done with at once.
	if err := take(under.room("", nil, w.Concurrency), store.Providers{Names: providers, But: true}); err != nil {
		return err
	}
	first := rand.IntN(len(providers)) //nolint:gosec // so that none always comes first
	for i := range providers {
		name := providers[(first+i)%len(providers)]
		if err := take(under.room(name, providers, w.Concurrency), store.Providers{Names: []string{name}}); err != nil {
			return err
		}
	}
	return nil
}
