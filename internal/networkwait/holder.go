package networkwait

import (
	"slices"
	"strings"

	"github.com/avi-lbaas/avi-lbaas/internal/neutron"
)

// Kind is whose a port is.
type Kind string

// The kinds of ports that hold a network.
const (
	// ServiceEngine: an Avi service engine's. The Controller removes it by itself, some time after the last virtual service on
	// the network has gone.
	ServiceEngine Kind = "service engine"
	// LoadBalancer: it holds the address of a load balancer, which has to be deleted first.
	LoadBalancer Kind = "load balancer"
	// Server: a virtual machine's.
	Server Kind = "server"
	// Router: a router's interface or gateway.
	Router Kind = "router"
	// Other: anything else.
	Other Kind = "other"
)

// Holder is a port that holds a network.
type Holder struct {
	Port neutron.Port
	Kind Kind
	// LoadBalancerID is set if and only if Kind is LoadBalancer and the port says it.
	LoadBalancerID string
}

// HoldersOf are those of a network's ports that keep it from being deleted, which the network service's own helpers do not: it
// removes the ports of DHCP and of distributed services with the network.
func HoldersOf(ports []neutron.Port) []Holder {
	var holders []Holder
	for _, p := range ports {
		if !slices.Contains([]string{"network:dhcp", "network:distributed"}, p.DeviceOwner) {
			holders = append(holders, holderOf(p))
		}
	}
	return holders
}

// holderOf goes by the marks that owners give to their ports: Octavia and this service "Octavia" and "lb-<id>", neutron-lbaas
// "neutron:LOADBALANCERV2" and the plain id, Avi its own name in that of the port or of its owner.
func holderOf(p neutron.Port) Holder {
	h := Holder{Port: p, Kind: Other}
	name := strings.ToLower(p.Name)
	switch owner := p.DeviceOwner; {
	case owner == neutron.DeviceOwner, owner == "neutron:LOADBALANCERV2", owner == "neutron:LOADBALANCER":
		h.Kind, h.LoadBalancerID = LoadBalancer, strings.TrimPrefix(p.DeviceID, "lb-")
	case strings.Contains(strings.ToLower(owner), "avi"), strings.HasPrefix(name, "avi-"):
		h.Kind = ServiceEngine
	case strings.HasPrefix(owner, "compute:"):
		h.Kind = Server
	case strings.HasPrefix(owner, "network:router"), strings.HasPrefix(owner, "network:ha_router"):
		h.Kind = Router
	}
	return h
}
