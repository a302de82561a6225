package demo

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/gophercloud/gophercloud/v2/openstack/loadbalancer/v2/listeners"
	"github.com/gophercloud/gophercloud/v2/openstack/loadbalancer/v2/loadbalancers"
	"github.com/gophercloud/gophercloud/v2/openstack/loadbalancer/v2/monitors"
	"github.com/gophercloud/gophercloud/v2/openstack/loadbalancer/v2/pools"
)

// Names of what the demonstration makes. Members have their backends' names.
const (
	balancerName = "demo-lb"
	listenerName = "demo-http"
	poolName     = "demo-pool"
	monitorName  = "demo-monitor"
)

// balancer is the load balancer that was made last: the ids of its parts.
type balancer struct {
	loadBalancer, listener, pool, monitor string
	vip                                   string // address
}

func (t *tour) createLoadBalancer(ctx context.Context) (string, error) {
	subnet, err := t.user.subnetID(ctx)
	if err != nil {
		return "", err
	}
	lb, err := loadbalancers.Create(ctx, t.user.loadBalancing, loadbalancers.CreateOpts{
		Name: balancerName, VipSubnetID: subnet,
	}).Extract()
	if err != nil {
		return "", fmt.Errorf("create load balancer %s: %w", balancerName, err)
	}
	t.made = balancer{loadBalancer: lb.ID, vip: lb.VipAddress}
	if err := t.user.settled(ctx, lb.ID); err != nil {
		return "", err
	}
	ports, err := t.user.ports(ctx)
	if err != nil {
		return "", err
	}
	for _, p := range ports {
		if p.ID == lb.VipPortID {
			return fmt.Sprintf("%s, VIP %s, port %s", balancerName, lb.VipAddress, lb.VipPortID), nil
		}
	}
	return "", fmt.Errorf("network %s has no port %s, which shall be the VIP's", networkName, lb.VipPortID)
}

func (t *tour) createListener(ctx context.Context) (string, error) {
	vip, err := netip.ParseAddr(t.made.vip)
	if err != nil {
		return "", fmt.Errorf("address of the VIP: %w", err)
	}
	front, err := fixed(ctx, netip.AddrPortFrom(vip, uint16(t.options.VIPPort)).String()) //nolint:gosec // validated
	if err != nil {
		return "", err
	}
	port := netip.MustParseAddrPort(front).Port()
	listener, err := listeners.Create(ctx, t.user.loadBalancing, listeners.CreateOpts{
		Name: listenerName, LoadbalancerID: t.made.loadBalancer, Protocol: listeners.ProtocolHTTP, ProtocolPort: int(port),
	}).Extract()
	if err != nil {
		return "", fmt.Errorf("create listener %s: %w", listenerName, err)
	}
	t.made.listener = listener.ID
	t.visitor = newVisitor("http://" + front + "/")
	return fmt.Sprintf("%s, %s", listenerName, front), t.user.settled(ctx, t.made.loadBalancer)
}

func (t *tour) createPool(ctx context.Context) (string, error) {
	pool, err := pools.Create(ctx, t.user.loadBalancing, pools.CreateOpts{
		Name: poolName, ListenerID: t.made.listener, Protocol: pools.ProtocolHTTP, LBMethod: pools.LBMethodRoundRobin,
	}).Extract()
	if err != nil {
		return "", fmt.Errorf("create pool %s: %w", poolName, err)
	}
	t.made.pool = pool.ID
	return poolName + ", round robin", t.user.settled(ctx, t.made.loadBalancer)
}

// The health monitor's times, the shortest that a Controller takes: an interval has to be longer than its time-out.
const (
	monitorDelay   = 2 // seconds
	monitorTimeout = 1 // seconds
	monitorRetries = 1
)

func (t *tour) createMonitor(ctx context.Context) (string, error) {
	monitor, err := monitors.Create(ctx, t.user.loadBalancing, monitors.CreateOpts{
		Name: monitorName, PoolID: t.made.pool, Type: monitors.TypeHTTP, HTTPMethod: "GET", URLPath: "/", ExpectedCodes: "200",
		Delay: monitorDelay, Timeout: monitorTimeout, MaxRetries: monitorRetries, MaxRetriesDown: monitorRetries,
	}).Extract()
	if err != nil {
		return "", fmt.Errorf("create health monitor %s: %w", monitorName, err)
	}
	t.made.monitor = monitor.ID
	return fmt.Sprintf("%s, GET / every %d s", monitorName, monitorDelay), t.user.settled(ctx, t.made.loadBalancer)
}

func (t *tour) createMembers(ctx context.Context) (string, error) {
	subnet, err := t.user.subnetID(ctx)
	if err != nil {
		return "", err
	}
	for _, b := range t.stack.backends {
		_, err := pools.CreateMember(ctx, t.user.loadBalancing, t.made.pool, pools.CreateMemberOpts{
			Name: b.name, Address: b.address.Addr().String(), ProtocolPort: int(b.address.Port()), SubnetID: subnet,
		}).Extract()
		if err != nil {
			return "", fmt.Errorf("create member %s: %w", b.name, err)
		}
		if err := t.user.settled(ctx, t.made.loadBalancer); err != nil {
			return "", fmt.Errorf("member %s: %w", b.name, err)
		}
	}
	return fmt.Sprintf("%d, one for each backend", len(t.stack.backends)), nil
}

// waitOnline waits until everything is ACTIVE and ONLINE.
func (t *tour) waitOnline(ctx context.Context) (string, error) {
	err := await(ctx, healthTimeout, "everything to be "+active+" and "+online, func(ctx context.Context) (string, bool, error) {
		lb, err := t.user.statuses(ctx, t.made.loadBalancer)
		if err != nil {
			return "", false, err
		}
		for _, p := range partsOf(lb) {
			if p.provisioning != active || p.operating != online {
				return fmt.Sprintf("%s %s is %s and %s", p.kind, p.name, p.provisioning, p.operating), false, nil
			}
		}
		return "", true, nil
	})
	return "all " + active + " and " + online, err
}
