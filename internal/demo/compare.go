package demo

import (
	"context"
	"fmt"
	"net"
	"path"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/gophercloud/gophercloud/v2/openstack/loadbalancer/v2/loadbalancers"
	"github.com/gophercloud/gophercloud/v2/openstack/loadbalancer/v2/pools"
)

// Kinds of LBaaS objects, as people read them.
const (
	kindLoadBalancer = "load balancer"
	kindListener     = "listener"
	kindPool         = "pool"
	kindMonitor      = "health monitor"
	kindMember       = "member"
)

// part is one LBaaS object of the load balancer.
type part struct {
	kind, id, name          string
	provisioning, operating string
	address                 string // of a member: host:port
}

// partsOf are the objects of a status tree, those that others hang from first.
func partsOf(lb *loadbalancers.LoadBalancer) []part {
	parts := []part{{
		kind: kindLoadBalancer, id: lb.ID, name: lb.Name, provisioning: lb.ProvisioningStatus, operating: lb.OperatingStatus,
	}}
	for i := range lb.Listeners {
		l := &lb.Listeners[i]
		parts = append(parts, part{
			kind: kindListener, id: l.ID, name: l.Name, provisioning: l.ProvisioningStatus, operating: l.OperatingStatus,
		})
	}
	for _, p := range poolsOf(lb) {
		parts = append(parts, part{
			kind: kindPool, id: p.ID, name: p.Name, provisioning: p.ProvisioningStatus, operating: p.OperatingStatus,
		})
		if h := p.Monitor; h.ID != "" {
			parts = append(parts, part{
				kind: kindMonitor, id: h.ID, name: h.Name, provisioning: h.ProvisioningStatus, operating: h.OperatingStatus,
			})
		}
		for _, m := range p.Members {
			parts = append(parts, part{
				kind: kindMember, id: m.ID, name: m.Name, provisioning: m.ProvisioningStatus, operating: m.OperatingStatus,
				address: net.JoinHostPort(m.Address, strconv.Itoa(m.ProtocolPort)),
			})
		}
	}
	return parts
}

// poolsOf are the pools of a status tree, where each stands below the listener that uses it.
func poolsOf(lb *loadbalancers.LoadBalancer) []pools.Pool {
	var all []pools.Pool
	for i := range lb.Listeners {
		all = append(all, lb.Listeners[i].Pools...)
	}
	return all
}

// object is one object at the Controller.
type object struct {
	uuid, name, tenant string
	pool               string   // of a virtual service: its pool's uuid
	servers            []string // of a pool: host:port
}

// objects is all that was made at the Controller through its API, but for tenants: they come from the identity service.
func (s *stack) objects() []object {
	var all []object
	for _, stored := range s.controller.Objects() {
		if stored.Type == "tenant" {
			continue
		}
		o := object{tenant: stored.Tenant, uuid: text(stored.Object, "uuid"), name: text(stored.Object, "name")}
		if ref := text(stored.Object, "pool_ref"); ref != "" {
			o.pool = path.Base(ref)
		}
		servers, _ := stored.Object["servers"].([]any)
		for _, server := range servers {
			o.servers = append(o.servers, serverAddress(server))
		}
		all = append(all, o)
	}
	return all
}

// text is a field's value, empty when there is none.
func text(fields map[string]any, name string) string {
	value, _ := fields[name].(string)
	return value
}

// serverAddress is host:port of a server in a pool's list.
func serverAddress(server any) string {
	fields, _ := server.(map[string]any)
	ip, _ := fields["ip"].(map[string]any)
	return net.JoinHostPort(text(ip, "addr"), fmt.Sprint(fields["port"]))
}

// compare expects each LBaaS object at the Controller and shows them side by side.
func (t *tour) compare(ctx context.Context) (string, error) {
	lb, err := t.user.statuses(ctx, t.made.loadBalancer)
	if err != nil {
		return "", err
	}
	all := t.stack.objects()
	rows, err := sideBySide(partsOf(lb), all)
	if err != nil {
		return "", err
	}
	t.progress.noteTable(rows)
	return fmt.Sprintf("%d objects in tenant %s", len(all), all[0].tenant), nil
}

// sideBySide finds the object that each part has become. Objects have the ids of what they were made for, with their types in
// front, but for pools: those are copies, and virtual services refer to them.
func sideBySide(parts []part, objects []object) ([][]string, error) {
	byUUID := map[string]object{}
	var pool object
	for _, o := range objects {
		byUUID[o.uuid] = o
	}
	for _, o := range objects {
		if o.pool != "" {
			pool = byUUID[o.pool]
		}
	}
	typeOf := map[string]string{kindLoadBalancer: "vsvip", kindListener: "virtualservice", kindMonitor: "healthmonitor"}
	rows := [][]string{{"LBaaS v2", "", "", "", "Avi (type-uuid)", "name there"}}
	for _, p := range parts {
		row := []string{p.kind, p.name, p.operating, "→"}
		if p.kind == kindMember {
			if !slices.Contains(pool.servers, p.address) {
				return nil, fmt.Errorf("pool %s at the Controller has no server %s", pool.uuid, p.address)
			}
			rows = append(rows, append(row, "  server of that pool", p.address))
			continue
		}
		found, ok := byUUID[typeOf[p.kind]+"-"+p.id]
		if p.kind == kindPool {
			found, ok = pool, pool.uuid != ""
		}
		if !ok {
			return nil, fmt.Errorf("the Controller has nothing for %s %s", p.kind, p.name)
		}
		rows = append(rows, append(row, found.uuid, cut(found.name)))
	}
	return rows, nil
}

// nameWidth is what 120 columns leave for names at the Controller.
const nameWidth = 20

// cut shortens a name that is too wide for the table.
func cut(name string) string {
	if utf8.RuneCountInString(name) <= nameWidth {
		return name
	}
	return string([]rune(name)[:nameWidth-1]) + "…"
}
