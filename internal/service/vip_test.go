package service_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/neutron"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// vip is a request for an address; empty texts are left out.
func vip(port, network, subnet, address string) lbaas.LoadBalancerInput {
	attr := func(text string) lbaas.Attr[string] {
		if text == "" {
			return lbaas.Attr[string]{}
		}
		return lbaas.Given(text)
	}
	return lbaas.LoadBalancerInput{
		VIPPortID: attr(port), VIPNetworkID: attr(network), VIPSubnetID: attr(subnet), VIPAddress: attr(address),
	}
}

func TestWhereTheAddressComesFrom(t *testing.T) {
	b := newBed(t, newNetwork())
	for _, c := range []struct {
		name string
		in   lbaas.LoadBalancerInput
		want lbaas.VIP // a port that was made has no id here
	}{
		{"a subnet", vip("", "", "v4", ""), lbaas.VIP{Address: "10.0.0.1", SubnetID: "v4", NetworkID: "net", OwnsPort: true}},
		{
			"an address of a subnet", vip("", "", "v4", "10.0.0.5"),
			lbaas.VIP{Address: "10.0.0.5", SubnetID: "v4", NetworkID: "net", OwnsPort: true},
		},
		{"a network: IPv4 first", vip("", "net", "", ""), lbaas.VIP{Address: "10.0.0.1", SubnetID: "v4", NetworkID: "net", OwnsPort: true}},
		{
			"a network and an address: the subnet that holds it", vip("", "net", "", "2001:db8::5"),
			lbaas.VIP{Address: "2001:db8::5", SubnetID: "v6", NetworkID: "net", OwnsPort: true},
		},
		{
			"a network and its subnet", vip("", "net", "v6", ""),
			lbaas.VIP{Address: "2001:db8::1", SubnetID: "v6", NetworkID: "net", OwnsPort: true},
		},
		{"a port with one address", vip("single", "", "", ""), lbaas.VIP{Address: "10.0.0.8", SubnetID: "v4", NetworkID: "net", PortID: "single"}},
		{"a port's subnet", vip("mine", "", "v6", ""), lbaas.VIP{Address: "2001:db8::7", SubnetID: "v6", NetworkID: "net", PortID: "mine"}},
		{"a port's address", vip("mine", "", "", "10.0.0.7"), lbaas.VIP{Address: "10.0.0.7", SubnetID: "v4", NetworkID: "net", PortID: "mine"}},
		{
			"a port before a network", vip("single", "empty", "", ""),
			lbaas.VIP{Address: "10.0.0.8", SubnetID: "v4", NetworkID: "net", PortID: "single"},
		},
	} {
		lb, err := b.CreateLoadBalancer(b.ctx(), alice, c.in)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if c.want.OwnsPort {
			c.want.PortID = "port-of-" + lb.ID
			if b.network.ports[c.want.PortID].ProjectID != alice.ProjectID {
				t.Errorf("%s: the port is not the project's", c.name)
			}
		}
		if diff := cmp.Diff(c.want, lb.VIP); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
		if stored, err := b.LoadBalancer(b.ctx(), alice, lb.ID); err != nil || stored.VIP != lb.VIP {
			t.Errorf("%s: stored %+v (%v)", c.name, stored.VIP, err)
		}
	}
	b.now = b.now.Add(time.Hour)
	b.noIntents(t)
}

// noIntents wants no port to be recorded as being made.
func (b *bed) noIntents(t *testing.T) {
	t.Helper()
	if intents := b.intents(); len(intents) > 0 {
		t.Errorf("ports are still recorded as being made: %v", intents)
	}
}

func (b *bed) intents() []string {
	b.t.Helper()
	intents, err := b.store.StalePortIntents(b.ctx(), -time.Hour)
	b.check(err)
	return intents
}

func TestAddressesThatAreRefused(t *testing.T) {
	b := newBed(t, newNetwork())
	const failure = "Validation failure: "
	for _, c := range []struct {
		name string
		in   lbaas.LoadBalancerInput
		want string
	}{
		{"nothing", vip("", "", "", ""), failure + "VIP must contain one of: vip_port_id, vip_network_id, vip_subnet_id."},
		{"an address alone", vip("", "", "", "10.0.0.1"), failure + "VIP must contain one of: vip_port_id, vip_network_id, vip_subnet_id."},
		{"an unknown subnet", vip("", "", "x", ""), "Subnet x not found."},
		{"an unknown network", vip("", "x", "", ""), "Network x not found."},
		{"an unknown port", vip("x", "", "", ""), "Port x not found."},
		{"a subnet of another network", vip("", "empty", "v4", ""), "Subnet v4 not found."},
		{"a network without subnet", vip("", "empty", "", ""), failure + "Supplied network does not contain a subnet."},
		{
			"an address of no subnet", vip("", "net", "", "192.0.2.1"),
			failure + "Supplied network does not contain a subnet for VIP address specified.",
		},
		{"a port in use", vip("used", "", "", ""), failure + "Port used is already used by device vm."},
		{
			"a port without that address", vip("mine", "", "", "10.0.0.99"),
			failure + "Specified VIP address not found on the specified VIP port.",
		},
		{
			"a port with several addresses", vip("mine", "", "", ""),
			failure + "VIP port's subnet could not be determined. Please specify either a VIP subnet or address.",
		},
	} {
		_, err := b.CreateLoadBalancer(b.ctx(), alice, c.in)
		b.refused(c.name, err, lbaas.KindInvalid, c.want)
	}
	if b.woken != 0 {
		t.Error("the worker was woken")
	}
	b.noIntents(t)
}

func TestWithoutANetworkServiceTheAddressIsTheUsers(t *testing.T) {
	b := newBed(t, nil)
	lb, err := b.CreateLoadBalancer(b.ctx(), alice, vip("", "", "", "10.0.0.1"))
	b.check(err)
	if diff := cmp.Diff(lbaas.VIP{Address: "10.0.0.1"}, lb.VIP); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	_, err = b.CreateLoadBalancer(b.ctx(), alice, vip("", "", "v4", ""))
	b.refused("no address", err, lbaas.KindInvalid,
		"Validation failure: VIP must contain vip_address: this deployment has no network service.")
}

func TestWhatTheNetworkServiceSaysIsPassedOn(t *testing.T) {
	b := newBed(t, newNetwork())
	for _, c := range []struct {
		kind    error
		want    lbaas.Kind
		message string
	}{
		{neutron.ErrNotFound, lbaas.KindInvalid, "Subnet v4 not found."},
		{neutron.ErrConflict, lbaas.KindConflict, "The network service refuses: said so"},
		{neutron.ErrInvalid, lbaas.KindInvalid, "Validation failure: said so"},
		{neutron.ErrUnavailable, lbaas.KindUnavailable, "The network service is not available."},
		{neutron.ErrForbidden, "", ""}, // our own user's fault: not for users
	} {
		before := len(b.intents())
		b.network.createErr = &neutron.Error{Kind: c.kind, Message: "said so"}
		_, err := b.CreateLoadBalancer(b.ctx(), alice, vip("", "", "v4", ""))
		b.refused(c.kind.Error(), err, c.want, c.message)
		if !errors.Is(err, c.kind) {
			t.Errorf("%v: the cause is lost: %v", c.kind, err)
		}
		if len(b.intents()) != before+1 {
			t.Errorf("%v: the port, which may have been made, is not recorded", c.kind)
		}
	}
}

func TestAPortIsRemovedWhenTheLoadBalancerCannotBeStored(t *testing.T) {
	b := newBed(t, newNetwork())
	for _, c := range []struct {
		name             string
		deleteErr        error
		portsLeft, noted int
	}{
		{"removed at once", nil, 0, 0},
		{"left to the worker when the network service fails", &neutron.Error{Kind: neutron.ErrUnavailable}, 1, 1},
	} {
		ports := len(b.network.ports)
		b.network.deleteErr = c.deleteErr
		in := vip("", "", "v4", "")
		in.ID = lbaas.Given("no uuid")
		_, err := b.CreateLoadBalancer(b.ctx(), alice, in)
		b.refused(c.name, err, lbaas.KindInvalid, "Invalid input for field/attribute id. Value: 'no uuid'. Value should be UUID format")
		if left := len(b.network.ports) - ports; left != c.portsLeft || len(b.intents()) != c.noted {
			t.Errorf("%s: %d ports left and %v recorded, want %d and %d", c.name, left, b.intents(), c.portsLeft, c.noted)
		}
	}
}

// A request that names the id of another load balancer must not touch that one's port.
func TestATakenIDLeavesThePortOfItsOwner(t *testing.T) {
	b := newBed(t, newNetwork())
	in := vip("", "", "v4", "")
	in.ID = lbaas.Given(newID())
	const taken = "Already an entity with that specified id."

	b.network.made = func() {
		// Another request with the same id overtakes this one.
		b.network.made = nil
		b.check(b.store.Write(b.ctx(), func(tx *store.Tx) error {
			return tx.InsertLoadBalancer(&lbaas.LoadBalancer{Resource: lbaas.Resource{ID: in.ID.Value, ProjectID: alice.ProjectID}})
		}))
	}
	_, err := b.CreateLoadBalancer(b.ctx(), bob, in)
	b.refused("the id of one that was stored meanwhile", err, lbaas.KindConflict, taken)
	_, err = b.CreateLoadBalancer(b.ctx(), bob, in)
	b.refused("the id of one that is stored", err, lbaas.KindConflict, taken)
	if _, ok := b.network.ports["port-of-"+in.ID.Value]; !ok {
		t.Error("the port of the other load balancer was deleted")
	}
}

// A process that was stopped between making the port and storing the load balancer may go on after the port was taken for a leftover.
func TestAPortThatIsBeingRemovedGetsNoLoadBalancer(t *testing.T) {
	b := newBed(t, newNetwork())
	in := vip("", "", "v4", "")
	in.ID = lbaas.Given(newID())
	b.network.made = func() {
		abandon, err := b.store.AbandonPort(b.ctx(), in.ID.Value)
		if err != nil || !abandon {
			t.Errorf("the port of a load balancer that is not stored is kept: %v", err)
		}
	}
	_, err := b.CreateLoadBalancer(b.ctx(), alice, in)
	b.refused("one whose port is being removed", err, lbaas.KindUnavailable,
		"The request took too long, and its VIP port was removed. Please try again.")
	b.network.made = nil
	_, err = b.CreateLoadBalancer(b.ctx(), alice, in)
	b.check(err)
	if abandon, err := b.store.AbandonPort(b.ctx(), in.ID.Value); err != nil || abandon {
		t.Errorf("the port of a load balancer that is stored is abandoned (%v)", err)
	}
}

func TestProviders(t *testing.T) {
	b := newBed(t, nil)
	for _, c := range []struct{ asked, want string }{{"", "avi_adc"}, {"avi_adc", "avi_adc"}, {"other", "other"}} {
		in := vip("", "", "", "10.0.0.1")
		in.Provider = lbaas.Given(c.asked)
		lb, err := b.CreateLoadBalancer(b.ctx(), alice, in)
		b.check(err)
		if lb.Provider != c.want {
			t.Errorf("%q: provider %q, want %q", c.asked, lb.Provider, c.want)
		}
	}
	in := vip("", "", "", "10.0.0.1")
	in.Provider = lbaas.Given("amphora")
	_, err := b.CreateLoadBalancer(b.ctx(), alice, in)
	b.refused("an unknown one", err, lbaas.KindInvalid, "Provider 'amphora' is not enabled.")
	if got := b.Providers(); len(got) != 2 || got[0].Name != "avi_adc" {
		t.Errorf("Providers() = %v", got)
	}
}
