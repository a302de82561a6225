package service_test

import (
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/service"
)

// What an operator has disabled can be made neither alone nor with what it belongs to.
func TestWhatIsDisabledCannotBeMade(t *testing.T) {
	b := newBed(t, newNetwork())
	s := b.site()
	free := b.pool(lbaas.PoolInput{LoadBalancerID: lbaas.Given(s.lb)}).ID
	b.Service = service.New(service.Options{
		Store: b.store, Network: b.network, Providers: []service.Provider{{Name: "avi_adc"}}, Wake: func() {},
		Disabled: service.Disabled{TLSTermination: true, PingMonitors: true},
	})
	const (
		termination = "The selected protocol is not allowed in this deployment: TERMINATED_HTTPS"
		ping        = "The selected type is not allowed in this deployment: PING"
	)
	listener := listenerOn(s.lb, 443)
	listener.Protocol, listener.DefaultTLSContainerRef = lbaas.Given(lbaas.ListenerTerminatedHTTPS), lbaas.Given("ref")
	_, err := b.CreateListener(b.ctx(), alice, listener)
	b.refused("a listener", err, lbaas.KindInvalid, termination)

	nested := listener
	nested.LoadBalancerID = lbaas.Attr[string]{}
	_, err = b.CreateLoadBalancer(b.ctx(), alice, lbaas.LoadBalancerInput{
		VIPSubnetID: lbaas.Given("v4"), Listeners: lbaas.Given([]lbaas.ListenerInput{nested}),
	})
	b.refused("a load balancer with a listener", err, lbaas.KindInvalid, termination)

	monitor := monitorOf(free)
	monitor.Type = lbaas.Given(lbaas.MonitorPing)
	_, err = b.CreateHealthMonitor(b.ctx(), alice, monitor)
	b.refused("a health monitor", err, lbaas.KindInvalid, ping)

	monitor.PoolID = lbaas.Attr[string]{}
	pool := poolOn(s.lb)
	pool.Monitor = lbaas.Given(monitor)
	_, err = b.CreatePool(b.ctx(), alice, pool)
	b.refused("a pool with a health monitor", err, lbaas.KindInvalid, ping)

	_, err = b.CreateHealthMonitor(b.ctx(), alice, monitorOf(free))
	b.check(err)
}
