package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
)

// bench measures one target.
type bench struct {
	*target
	out       io.Writer
	clients   int
	lasting   time.Duration
	lists     []int
	trees     []int
	processes []int // of the target, as far as they are known
	// settles says that load balancers become ACTIVE by themselves.
	settles bool
	// settle is how many load balancers are followed to ACTIVE, activeProvider theirs; empty for the target's own.
	settle         int
	activeProvider string

	results []result
}

func (b *bench) record(r result) {
	r.print(b.out)
	b.results = append(b.results, r)
}

// loop is closedLoop, with the target's processor time.
func (b *bench) loop(ctx context.Context, name string, lasting time.Duration, request func(context.Context) error) error {
	before, err := processorTime(b.processes)
	if err != nil {
		return err
	}
	r, err := closedLoop(ctx, name, b.clients, lasting, request)
	if err != nil {
		return err
	}
	after, err := processorTime(b.processes)
	if err == nil && r.Count > 0 {
		r.Processor = (after - before) / time.Duration(r.Count+warmUp*b.clients)
		b.record(r)
	}
	return err
}

// get is a request that reads.
func (b *bench) get(path string) func(context.Context) error {
	return func(ctx context.Context) error { return b.do(ctx, http.MethodGet, path, nil, nil) }
}

// newProject is a project that has nothing yet. It need not be known to Keystone: an administrator may name any.
func newProject() string { return projectID(uuid.NewString()) }

// projectID is the same for the same name, so that what was made in an earlier run is found again.
func projectID(name string) string {
	id := uuid.NewSHA1(uuid.NameSpaceURL, []byte("https://github.com/avi-lbaas/avi-lbaas/bench/"+name))
	return fmt.Sprintf("%x", id[:])
}

// fill has a project have so many load balancers, and waits for all of them. It gives the id of one.
func (b *bench) fill(ctx context.Context, project string, count int) (id string, err error) {
	var have struct {
		LoadBalancers []object `json:"loadbalancers"`
	}
	if err := b.do(ctx, http.MethodGet, "/loadbalancers?fields=id&project_id="+project, nil, &have); err != nil {
		return "", err
	}
	var made atomic.Int64
	_, err = closedLoop(ctx, "fill", b.clients, time.Hour, func(ctx context.Context) error {
		n := int(made.Add(1)) + len(have.LoadBalancers)
		if n > count {
			return errDone
		}
		id, err := b.createLoadBalancer(ctx, project, b.provider, n)
		if err == nil && b.settles {
			err = b.settled(ctx, id)
		}
		return err
	})
	if err != nil {
		return "", err
	}
	if err := b.do(ctx, http.MethodGet, "/loadbalancers?fields=id&project_id="+project, nil, &have); err != nil {
		return "", err
	}
	if len(have.LoadBalancers) != count {
		return "", fmt.Errorf("project %s has %d load balancers, not %d: a project of its own is needed", project, len(have.LoadBalancers), count)
	}
	return have.LoadBalancers[0].ID, nil
}

// reads measures lists of projects of several sizes, and showing one load balancer of the largest.
func (b *bench) reads(ctx context.Context) error {
	var one string
	for _, size := range b.lists {
		project := projectID(fmt.Sprintf("list of %d", size))
		var err error
		if one, err = b.fill(ctx, project, size); err != nil {
			return fmt.Errorf("fill a project with %d load balancers: %w", size, err)
		}
		if err := b.loop(ctx, fmt.Sprintf("list of %d", size), b.lasting, b.get("/loadbalancers?project_id="+project)); err != nil {
			return err
		}
	}
	if one == "" {
		return nil
	}
	return b.loop(ctx, "show", b.lasting, b.get("/loadbalancers/"+one))
}

// creations measures the acceptance of new load balancers, the worker at work meanwhile.
func (b *bench) creations(ctx context.Context) error {
	project := newProject()
	var n atomic.Int64
	return b.loop(ctx, "create load balancer", b.lasting, func(ctx context.Context) error {
		_, err := b.createLoadBalancer(ctx, project, b.provider, int(n.Add(1)))
		return err
	})
}

// settling measures the way of load balancers to ACTIVE, each as a user sees it: alone, and with a listener after it.
func (b *bench) settling(ctx context.Context) error {
	if b.settle == 0 {
		return nil
	}
	for _, scenario := range []struct {
		name string
		then func(context.Context, string) error
	}{
		{"load balancer to ACTIVE", func(context.Context, string) error { return nil }},
		{"load balancer with listener to ACTIVE", b.addListener},
	} {
		project := newProject()
		var n atomic.Int64
		err := b.loop(ctx, scenario.name, time.Hour, func(ctx context.Context) error {
			number := int(n.Add(1))
			if number > b.settle+warmUp*b.clients {
				return errDone
			}
			id, err := b.createLoadBalancer(ctx, project, b.activeProvider, number)
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

// growth measures whether the time of a request grows with the rest of the tree: for load balancers with more and more pools, each
// with a member.
func (b *bench) growth(ctx context.Context) error {
	for _, size := range b.trees {
		project := newProject()
		loadBalancer, member, err := b.tree(ctx, project, size)
		if err == nil && b.settles {
			err = b.settled(ctx, loadBalancer)
		}
		if err != nil {
			return fmt.Errorf("make a load balancer with %d pools: %w", size, err)
		}
		for _, scenario := range []struct{ name, path string }{
			{"show a load balancer of %d pools", "/loadbalancers/" + loadBalancer},
			{"list one load balancer of %d pools", "/loadbalancers?project_id=" + project},
			{"show a member beside %d pools", member},
		} {
			if err := b.loop(ctx, fmt.Sprintf(scenario.name, size), b.lasting, b.get(scenario.path)); err != nil {
				return err
			}
		}
		if b.settles {
			if err := b.changes(ctx, size, loadBalancer, member); err != nil {
				return err
			}
		}
	}
	return nil
}

// changes measures the acceptance of changes of one member, each when the one before it is at the Controller.
func (b *bench) changes(ctx context.Context, size int, loadBalancer, member string) error {
	const count = 20
	var t tally
	var accepting time.Duration
	for n := range count {
		start := time.Now()
		body := map[string]any{"member": map[string]any{"weight": n + 1}}
		if err := b.do(ctx, http.MethodPut, member, body, nil); err != nil {
			return err
		}
		took := time.Since(start)
		accepting += took
		t.add(took)
		if err := b.settled(ctx, loadBalancer); err != nil {
			return err
		}
	}
	b.record(t.result(fmt.Sprintf("change a member beside %d pools", size), 1, accepting))
	return nil
}

// run is everything in order.
func (b *bench) run(ctx context.Context, name string) (measurement, error) {
	_, _ = fmt.Fprintf(b.out, "%s\n", name) // as with results, see print
	for _, part := range []func(context.Context) error{b.reads, b.creations, b.settling, b.growth} {
		if err := part(ctx); err != nil {
			return measurement{}, errors.Join(fmt.Errorf("measure %s", name), err)
		}
	}
	m := measurement{Name: name, Results: b.results}
	if len(b.processes) > 0 {
		used, err := memory(b.processes)
		if err != nil {
			return m, err
		}
		m.Memory = &used
		_, _ = fmt.Fprintf(b.out, "%-40s resident %.1f MiB, at most %.1f MiB; proportional %.1f MiB\n\n", "memory",
			mebibytes(used.Now), mebibytes(used.Peak), mebibytes(used.Share))
	}
	return m, nil
}

func mebibytes(bytes int64) float64 { return float64(bytes) / (1 << 20) }
