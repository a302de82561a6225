package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
)

// bench measures one target.
type bench struct {
	*target
	out     io.Writer
	clients int
	lasting time.Duration
	lists   []int
	trees   []int
	settle  int // load balancers whose way to ACTIVE is measured

	results []result
}

func (b *bench) record(r result) {
	r.print(b.out)
	b.results = append(b.results, r)
}

func (b *bench) loop(ctx context.Context, name string, request func(context.Context) error) error {
	r, err := closedLoop(ctx, name, b.clients, b.lasting, request)
	if err == nil {
		b.record(r)
	}
	return err
}

// newProject is a project that has nothing yet. It need not be known to Keystone: an administrator may name any.
func newProject() string { return strings.ReplaceAll(uuid.NewString(), "-", "") }

// fill makes so many load balancers in a project, and waits for all of them.
func (b *bench) fill(ctx context.Context, project string, count int) (ids []string, err error) {
	for n := range count {
		id, err := b.createLoadBalancer(ctx, project, n)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	for _, id := range ids {
		if err := b.settled(ctx, id); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// reads measures lists of projects of several sizes, and showing one load balancer of the largest.
func (b *bench) reads(ctx context.Context) error {
	var last string
	for _, size := range b.lists {
		project := newProject()
		ids, err := b.fill(ctx, project, size)
		if err != nil {
			return fmt.Errorf("fill a project with %d load balancers: %w", size, err)
		}
		last = ids[len(ids)-1]
		err = b.loop(ctx, fmt.Sprintf("list of %d", size), func(ctx context.Context) error {
			return b.do(ctx, http.MethodGet, "/loadbalancers?project_id="+project, nil, nil)
		})
		if err != nil {
			return err
		}
	}
	return b.loop(ctx, "show", func(ctx context.Context) error {
		return b.do(ctx, http.MethodGet, "/loadbalancers/"+last, nil, nil)
	})
}

// creations measures the acceptance of new load balancers, the worker at work meanwhile.
func (b *bench) creations(ctx context.Context) error {
	project := newProject()
	var n atomic.Int64
	return b.loop(ctx, "create load balancer", func(ctx context.Context) error {
		_, err := b.createLoadBalancer(ctx, project, int(n.Add(1)))
		return err
	})
}

// settling measures the way of load balancers to ACTIVE, each as a user sees it: alone, and with a listener, a pool and a member,
// each of which has to be ACTIVE before the next.
func (b *bench) settling(ctx context.Context) error {
	for _, scenario := range []struct {
		name string
		then func(context.Context, string) error
	}{
		{"load balancer to ACTIVE", func(context.Context, string) error { return nil }},
		{"load balancer with listener to ACTIVE", b.addListener},
	} {
		project := newProject()
		var n atomic.Int64
		r, err := closedLoop(ctx, scenario.name, b.clients, time.Hour, func(ctx context.Context) error {
			number := int(n.Add(1))
			if number > b.settle+warmUp*b.clients {
				return errDone
			}
			id, err := b.createLoadBalancer(ctx, project, number)
			if err != nil {
				return err
			}
			if err := b.settled(ctx, id); err != nil {
				return err
			}
			return scenario.then(ctx, id)
		})
		if err != nil {
			return err
		}
		b.record(r)
	}
	return nil
}

func (b *bench) addListener(ctx context.Context, loadBalancer string) error {
	_, err := b.create(ctx, "/listeners", "listener", map[string]any{
		"loadbalancer_id": loadBalancer, "protocol": "HTTP", "protocol_port": 80,
	})
	if err != nil {
		return err
	}
	return b.settled(ctx, loadBalancer)
}

// growth measures whether the time of a request grows with the rest of the tree: showing and changing one member of a pool with
// more and more of them. A change's time is that of its acceptance.
func (b *bench) growth(ctx context.Context) error {
	if len(b.trees) == 0 {
		return nil
	}
	ids, err := b.fill(ctx, newProject(), 1)
	if err != nil {
		return err
	}
	pool, err := b.create(ctx, "/pools", "pool", map[string]any{
		"loadbalancer_id": ids[0], "protocol": "HTTP", "lb_algorithm": "ROUND_ROBIN",
	})
	if err != nil {
		return err
	}
	if err := b.settled(ctx, ids[0]); err != nil {
		return err
	}
	var member string
	members := 0
	for _, size := range b.trees {
		for ; members < size; members++ {
			member, err = b.create(ctx, "/pools/"+pool+"/members", "member", map[string]any{
				"address": fmt.Sprintf("198.19.%d.%d", members/250, members%250+1), "protocol_port": 80,
			})
			if err != nil {
				return err
			}
			if err := b.settled(ctx, ids[0]); err != nil {
				return err
			}
		}
		if err := b.oneMember(ctx, size, ids[0], "/pools/"+pool+"/members/"+member); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) oneMember(ctx context.Context, size int, loadBalancer, path string) error {
	err := b.loop(ctx, fmt.Sprintf("show a member of %d", size), func(ctx context.Context) error {
		return b.do(ctx, http.MethodGet, path, nil, nil)
	})
	if err != nil {
		return err
	}
	const changes = 20
	var t tally
	began := time.Now()
	for n := range changes {
		start := time.Now()
		body := map[string]any{"member": map[string]any{"weight": n + 1}}
		if err := b.do(ctx, http.MethodPut, path, body, nil); err != nil {
			return err
		}
		t.add(time.Since(start))
		if err := b.settled(ctx, loadBalancer); err != nil {
			return err
		}
	}
	b.record(t.result(fmt.Sprintf("change a member of %d, each to ACTIVE", size), 1, time.Since(began)))
	return nil
}

// run is everything in order.
func (b *bench) run(ctx context.Context) error {
	for _, part := range []func(context.Context) error{b.reads, b.creations, b.settling, b.growth} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	return nil
}
