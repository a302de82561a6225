package poller_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/avi"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/poller"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
)

type statuses = map[string]lbaas.OperatingStatus

// with is the statuses of a shop where all is well, but for those named.
func with(changes statuses) statuses {
	all := statuses{
		"lb": lbaas.Online, "l": lbaas.Online, "p": lbaas.Online, "m1": lbaas.Online, "m2": lbaas.Online, "h": lbaas.Online,
	}
	maps.Copy(all, changes)
	return all
}

func well(c *controller) {
	c.virtualService("l", "OPER_UP")
	c.pool("l", "OPER_UP", 2, 2)
}

// part has one of two servers up.
func part(details string) func(*controller) {
	return func(c *controller) {
		c.virtualService("l", "OPER_UP")
		c.pool("l", "OPER_UP", 1, 2)
		c.servers[translate.PoolUUID("p", "l")] = details
	}
}

// statusCase is a shop, changed, at a Controller; tree is nil for the shop as it is.
type statusCase struct {
	name       string
	tree       func(*lbaas.Tree)
	controller func(*controller)
	want       statuses
}

func checkStatuses(t *testing.T, cases []statusCase) {
	t.Helper()
	b := newBed(t)
	b.insert(shop())
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			tree := shop()
			if c.tree != nil {
				c.tree(&tree)
			}
			b.replace(tree)
			b.poll(c.controller)
			if diff := cmp.Diff(c.want, b.statuses()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestStatusesFollowTheController(t *testing.T) {
	const bare = `[{"ip_addr":{"addr":"10.0.0.1"},"port":80,"oper_status":{"state":"OPER_UP"}},
		{"ip_addr":{"addr":"2001:DB8::2"},"port":80,"oper_status":{"state":"OPER_DOWN"}}]`
	const onTwoEngines = `[{"ip_addr":{"addr":"2001:db8::2"},"port":80,"oper_status":{"state":"OPER_DOWN"}},
		{"ip_addr":{"addr":"10.0.0.1"},"port":80,"oper_status":{"state":"OPER_UP"}},
		{"ip_addr":{"addr":"2001:db8::2"},"port":80,"oper_status":{"state":"OPER_UP"}}]`
	oneDown := with(statuses{"lb": lbaas.Degraded, "p": lbaas.Degraded, "m2": lbaas.OperatingError})
	checkStatuses(t, []statusCase{
		{"all is well", nil, well, with(nil)},
		{"one server is down, told as a list", nil, part(bare), oneDown},
		{"one server is down, told within a message", nil, part(`{"server":` + bare + `}`), oneDown},
		{"one server is down for one service engine", nil, part(onTwoEngines), oneDown},
		{"a server of which nothing is told yet", nil, part(`[{"ip_addr":{"addr":"10.0.0.1"},"port":80,"oper_status":{"state":"OPER_UP"}}]`), with(statuses{
			"m2": lbaas.Offline,
		})},
		{"all servers are down", nil, func(c *controller) {
			c.virtualService("l", "OPER_DOWN")
			c.pool("l", "OPER_DOWN", 0, 2)
		}, with(statuses{
			"lb": lbaas.OperatingError, "l": lbaas.OperatingError, "p": lbaas.OperatingError,
			"m1": lbaas.OperatingError, "m2": lbaas.OperatingError,
		})},
		{"not there yet", nil, func(*controller) {}, with(statuses{
			"lb": lbaas.Offline, "l": lbaas.Offline, "p": lbaas.Offline, "m1": lbaas.Offline, "m2": lbaas.Offline,
		})},
		{"being placed", nil, func(c *controller) {
			c.virtualService("l", "OPER_RESOURCES")
			c.pool("l", "OPER_INITIALIZING", 0, 2)
		}, with(statuses{
			"lb": lbaas.Offline, "l": lbaas.Offline, "p": lbaas.Offline, "m1": lbaas.Offline, "m2": lbaas.Offline,
		})},
		{
			"one copy of a shared pool cannot use a member", func(t *lbaas.Tree) {
				t.Listeners = append(t.Listeners, lbaas.Listener{
					Resource: active("l2"), LoadBalancerID: "lb", ProtocolPort: 81, DefaultPoolID: "p",
				})
			}, func(c *controller) {
				part(bare)(c)
				c.virtualService("l2", "OPER_UP")
				c.pool("l2", "OPER_UP", 2, 2)
			}, with(statuses{
				"lb": lbaas.Degraded, "p": lbaas.Degraded, "m2": lbaas.OperatingError, "l2": lbaas.Online,
			}),
		},
	})
}

// A backup is observed in the pool of the backups.
func TestStatusesOfBackups(t *testing.T) {
	backup := func(t *lbaas.Tree) { t.Members[1].Backup = true }
	checkStatuses(t, []statusCase{
		{"all is well", backup, func(c *controller) {
			c.virtualService("l", "OPER_UP")
			c.pool("l", "OPER_UP", 1, 1)
			c.backups("l", "OPER_UP", 1, 1)
		}, with(nil)},
		{"the backup is down", backup, func(c *controller) {
			c.virtualService("l", "OPER_UP")
			c.pool("l", "OPER_UP", 1, 1)
			c.backups("l", "OPER_DOWN", 0, 1)
		}, with(statuses{"lb": lbaas.Degraded, "p": lbaas.Degraded, "m2": lbaas.OperatingError})},
		{"the backup stands in", backup, func(c *controller) {
			c.virtualService("l", "OPER_UP")
			c.pool("l", "OPER_DOWN", 0, 1)
			c.backups("l", "OPER_UP", 1, 1)
		}, with(statuses{"lb": lbaas.Degraded, "p": lbaas.Degraded, "m1": lbaas.OperatingError})},
	})
}

func TestStatusesFollowWhatTheUserWants(t *testing.T) {
	without := func(all statuses, ids ...string) statuses {
		for _, id := range ids {
			delete(all, id)
		}
		return all
	}
	checkStatuses(t, []statusCase{
		{"not monitored", func(t *lbaas.Tree) { t.Monitors = nil }, well, without(with(statuses{"m1": lbaas.NoMonitor, "m2": lbaas.NoMonitor}), "h")},
		{
			"the monitor is down", func(t *lbaas.Tree) { t.Monitors[0].AdminStateUp = false }, well,
			with(statuses{"h": lbaas.Offline, "m1": lbaas.NoMonitor, "m2": lbaas.NoMonitor}),
		},
		{
			"a member is down, another drains", func(t *lbaas.Tree) { t.Members[0].AdminStateUp, t.Members[1].Weight = false, 0 }, well,
			with(statuses{"m1": lbaas.Offline, "m2": lbaas.Draining}),
		},
		{
			"the pool is down", func(t *lbaas.Tree) { t.Pools[0].AdminStateUp = false }, well,
			with(statuses{"p": lbaas.Offline, "m1": lbaas.Offline, "m2": lbaas.Offline}),
		},
		{
			"the listener is down", func(t *lbaas.Tree) { t.Listeners[0].AdminStateUp = false }, well,
			with(statuses{"l": lbaas.Offline}),
		},
		{
			"the load balancer is down", func(t *lbaas.Tree) { t.LoadBalancer.AdminStateUp = false }, well,
			with(statuses{"lb": lbaas.Offline}),
		},
		{
			"the load balancer is being created", func(t *lbaas.Tree) { t.LoadBalancer.ProvisioningStatus = lbaas.PendingCreate }, well,
			with(statuses{"lb": lbaas.Offline}),
		},
		{
			"no listener uses the pool", func(t *lbaas.Tree) { t.Listeners[0].DefaultPoolID = "" }, well,
			with(statuses{"p": lbaas.Offline, "m1": lbaas.Offline, "m2": lbaas.Offline}),
		},
		{
			"a pool without members", func(t *lbaas.Tree) { t.Members = nil }, func(c *controller) {
				c.virtualService("l", "OPER_UP")
				c.pool("l", "OPER_DOWN", 0, 0)
			}, without(with(nil), "m1", "m2"),
		},
		{
			"a pool without members, for which the virtual service is down", func(t *lbaas.Tree) { t.Members = nil }, func(c *controller) {
				c.virtualService("l", "OPER_DOWN")
				c.pool("l", "OPER_DOWN", 0, 0)
			}, without(with(nil), "m1", "m2"),
		},
		{
			"one member is down, the other drains: the virtual service has nothing to send to", func(t *lbaas.Tree) {
				t.Members[0].AdminStateUp, t.Members[1].Weight = false, 0
			}, func(c *controller) {
				c.virtualService("l", "OPER_DOWN")
				c.pool("l", "OPER_DISABLED", 0, 0)
			}, with(statuses{"m1": lbaas.Offline, "m2": lbaas.Draining}),
		},
	})
}

func TestServersAreAskedForOnlyWhereTheyDiffer(t *testing.T) {
	b := newBed(t)
	b.insert(shop())
	all := []string{"* " + virtualServices, "* " + pools, "* " + metrics}
	b.poll(well)
	if diff := cmp.Diff(all, b.controller.seen()); diff != "" {
		t.Errorf("all well (-want +got):\n%s", diff)
	}
	b.poll(part(`[]`))
	all = append(all, "tenant-project pool/"+translate.PoolUUID("p", "l")+"/runtime/server/detail/")
	if diff := cmp.Diff(all, b.controller.seen()); diff != "" {
		t.Errorf("one down (-want +got):\n%s", diff)
	}
}

func TestAPoolThatWasDeletedMeanwhileDoesNotMatter(t *testing.T) {
	b := newBed(t)
	b.insert(shop())
	b.poll(func(c *controller) {
		part("")(c)
		delete(c.servers, translate.PoolUUID("p", "l"))
	})
	if diff := cmp.Diff(with(nil), b.statuses()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWhatCannotBeReadLeavesTheStatusesAsTheyAre(t *testing.T) {
	down := &avi.Error{Kind: avi.Unavailable}
	for _, path := range []string{virtualServices, pools, translate.PoolUUID("p", "l")} {
		t.Run(path, func(t *testing.T) {
			b := newBed(t)
			b.insert(shop())
			b.poll(well)
			part(`[]`)(b.controller)
			b.controller.broken[path] = down
			if err := b.Poll(t.Context()); !errors.Is(err, avi.Unavailable) {
				t.Errorf("got %v, want an error of kind %q", err, avi.Unavailable)
			}
			if diff := cmp.Diff(with(nil), b.statuses()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A service engine that does not tell how the servers of one pool fare must not hide how all others fare.
func TestAPoolThatCannotBeReadDoesNotHideTheOthers(t *testing.T) {
	b := newBed(t)
	healthy := lbaas.Tree{LoadBalancer: lbaas.LoadBalancer{Resource: active("other"), Provider: "avi"}}
	healthy.Listeners = []lbaas.Listener{{Resource: active("l-other"), LoadBalancerID: "other", ProtocolPort: 80}}
	b.insert(shop(), healthy)
	b.poll(well)
	before := b.statuses()
	part(`[]`)(b.controller)
	b.controller.virtualService("l-other", "OPER_UP")
	b.controller.broken[translate.PoolUUID("p", "l")] = &avi.Error{Kind: avi.Unavailable, Status: 500}
	if err := b.Poll(t.Context()); !errors.Is(err, avi.Unavailable) {
		t.Errorf("got %v, want an error of kind %q", err, avi.Unavailable)
	}
	if diff := cmp.Diff(before, b.statuses()); diff != "" {
		t.Errorf("the one that cannot be read has changed (-before +after):\n%s", diff)
	}
	b.check(b.eachLoadBalancer(func(lb lbaas.LoadBalancer) {
		if lb.ID == "other" && lb.OperatingStatus != lbaas.Online {
			t.Errorf("the other load balancer is %s, want ONLINE", lb.OperatingStatus)
		}
	}))
}

// away is a Controller that gives no answer until it is left alone.
type away struct {
	poller.Controller
	left chan struct{}
}

func (a away) List(context.Context, string, string, url.Values) iter.Seq2[avi.Object, error] {
	return func(yield func(avi.Object, error) bool) {
		<-a.left
		yield(nil, &avi.Error{Kind: avi.Unavailable})
	}
}

func TestAControllerThatIsAwayDoesNotHoldUpTheOthers(t *testing.T) {
	b := newBed(t)
	silent := away{left: make(chan struct{})}
	b.Controllers["away"] = silent
	b.insert(shop(), lbaas.Tree{LoadBalancer: lbaas.LoadBalancer{Resource: active("silent"), Provider: "away"}})
	well(b.controller)
	polled := make(chan error)
	go func() { polled <- b.Poll(t.Context()) }()
	for deadline := time.Now().Add(10 * time.Second); b.statuses()["lb"] != lbaas.Online; <-time.After(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Error("the load balancer of the other Controller waits for it")
			break
		}
	}
	close(silent.left)
	if err := <-polled; !errors.Is(err, avi.Unavailable) {
		t.Errorf("got %v, want an error of kind %q", err, avi.Unavailable)
	}
}

func TestStatusesAreHadWithoutMetrics(t *testing.T) {
	b := newBed(t)
	b.insert(shop())
	b.controller.broken[metrics] = &avi.Error{Kind: avi.Unavailable}
	well(b.controller)
	if err := b.Poll(t.Context()); !errors.Is(err, avi.Unavailable) {
		t.Errorf("got %v, want an error of kind %q", err, avi.Unavailable)
	}
	if diff := cmp.Diff(with(nil), b.statuses()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestALoadBalancerOfAnotherProviderIsLeftAlone(t *testing.T) {
	b := newBed(t)
	tree := shop()
	tree.LoadBalancer.Provider = "other"
	b.insert(tree)
	b.poll(well)
	if got, requests := b.statuses()["lb"], b.controller.seen(); got != lbaas.Offline || len(requests) > 0 {
		t.Errorf("its status is %s after the requests %v", got, requests)
	}
}

func TestManyLoadBalancersAreReadInOneRound(t *testing.T) {
	b := newBed(t)
	const n = 201 // one more than are read from the store at a time
	trees := []lbaas.Tree{shop()}
	for i := range n {
		tree := shop()
		id := fmt.Sprintf("lb%03d", i)
		tree.LoadBalancer.ID = id
		tree.Listeners[0].ID, tree.Listeners[0].LoadBalancerID, tree.Listeners[0].DefaultPoolID = "l-"+id, id, ""
		trees = append(trees, lbaas.Tree{LoadBalancer: tree.LoadBalancer, Listeners: tree.Listeners})
	}
	b.insert(trees...)
	b.poll(func(c *controller) {
		well(c)
		for i := range n {
			c.virtualService(fmt.Sprintf("l-lb%03d", i), "OPER_UP")
		}
	})
	if requests := b.controller.seen(); len(requests) != 3 {
		t.Errorf("%d requests, want 3: %v", len(requests), requests)
	}
	var wrong []string
	b.check(b.eachLoadBalancer(func(lb lbaas.LoadBalancer) {
		if lb.OperatingStatus != lbaas.Online {
			wrong = append(wrong, lb.ID)
		}
	}))
	if len(wrong) > 0 {
		t.Errorf("not ONLINE: %v", wrong)
	}
}
