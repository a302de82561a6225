package endtoend_test

import (
	"fmt"
	"net/http"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// draw chooses a wish about one of the load balancers as they are now.
func (c *chaos) draw() wish {
	tree, err := c.tree(c.lbs[c.pick(len(c.lbs))])
	if err != nil {
		panic(err) // nothing has been deleted yet
	}
	switch what := c.pick(16); {
	case what < 3 || len(tree.Listeners) == 0:
		return c.newListener(&tree)
	case what < 5 || len(tree.Pools) == 0:
		return c.newPool(&tree)
	case what < 8:
		return c.inPool(&tree)
	case what < 10:
		return c.newPolicy(&tree)
	case what < 11 && len(tree.L7Policies) > 0:
		return c.newRule(&tree)
	case what < 14:
		return c.change(&tree)
	}
	return c.deletion(&tree)
}

func post(path, kind string, a attributes) wish {
	return wish{method: http.MethodPost, path: path, kind: kind, attributes: a}
}

// one is a random one of several.
func one[T any](c *chaos, from []T) T { return from[c.pick(len(from))] }

// somePool is the id of a pool, or nil.
func (c *chaos) somePool(tree *lbaas.Tree) any {
	if i := c.pick(len(tree.Pools) + 1); i < len(tree.Pools) {
		return tree.Pools[i].ID
	}
	return nil
}

func (c *chaos) newListener(tree *lbaas.Tree) wish {
	a := attributes{
		"name": c.name(), "loadbalancer_id": tree.LoadBalancer.ID, "protocol_port": 8000 + c.pick(20), "default_pool_id": c.somePool(tree),
		"protocol": one(c, []string{"HTTP", "TCP", "UDP", "TERMINATED_HTTPS", "TERMINATED_HTTPS"}), "admin_state_up": c.pick(5) > 0,
	}
	if a["protocol"] == "TERMINATED_HTTPS" {
		c.terminate(a)
	}
	return post("listeners", listener, a)
}

// terminate gives a listener certificates.
func (c *chaos) terminate(a attributes) {
	a["default_tls_container_ref"] = one(c, c.containers)
	sni := []string{}
	for _, ref := range c.containers {
		if c.pick(2) == 0 {
			sni = append(sni, ref)
		}
	}
	a["sni_container_refs"] = sni
	if c.pick(3) == 0 {
		a["client_authentication"], a["client_ca_tls_container_ref"] = "OPTIONAL", c.authority
	}
}

func (c *chaos) newPool(tree *lbaas.Tree) wish {
	protocol := one(c, []string{"HTTP", "HTTP", "TCP", "UDP"})
	return post("pools", pool, attributes{
		"name": c.name(), "loadbalancer_id": tree.LoadBalancer.ID, "protocol": protocol, "lb_algorithm": one(c, algorithms()),
		"session_persistence": persistence(protocol, c.pick), "tls_enabled": protocol == "HTTP" && c.pick(3) == 0,
	})
}

// inPool is about the members or the monitor of a pool.
func (c *chaos) inPool(tree *lbaas.Tree) wish {
	p := one(c, tree.Pools)
	switch c.pick(4) {
	case 0:
		members := []attributes{}
		for range c.pick(5) {
			members = append(members, c.member())
		}
		path := "pools/" + p.ID + "/members"
		if c.pick(2) == 0 {
			path += "?additive_only=true"
		}
		return wish{method: http.MethodPut, path: path, kind: "members", attributes: members}
	case 1:
		return post("healthmonitors", healthMonitor, attributes{
			"name": c.name(), "pool_id": p.ID, "type": one(c, []string{"HTTP", "TCP", "PING", "HTTPS"}), "delay": 5 + c.pick(5),
			"timeout": 1 + c.pick(4), "max_retries": 1 + c.pick(3),
		})
	}
	return post("pools/"+p.ID+"/members", member, c.member())
}

func (c *chaos) member() attributes {
	a := attributes{
		"address": fmt.Sprintf("10.2.0.%d", 1+c.pick(9)), "protocol_port": 80 + c.pick(2), "weight": one(c, weights()),
		"backup": c.pick(4) == 0,
	}
	if c.pick(4) == 0 {
		a["monitor_port"] = 8080
	}
	return a
}

func (c *chaos) newPolicy(tree *lbaas.Tree) wish {
	a := attributes{"name": c.name(), "listener_id": one(c, tree.Listeners).ID, "position": 1 + c.pick(4)}
	switch c.pick(4) {
	case 0:
		a["action"] = "REJECT"
	case 1:
		a["action"], a["redirect_url"] = "REDIRECT_TO_URL", "https://www.example.com/"
	case 2:
		a["action"], a["redirect_prefix"] = "REDIRECT_PREFIX", "https://www.example.com"
	default:
		a["action"], a["redirect_pool_id"] = "REDIRECT_TO_POOL", c.somePool(tree)
	}
	return post("l7policies", "l7policy", a)
}

func (c *chaos) newRule(tree *lbaas.Tree) wish {
	a := attributes{
		"type": one(c, []string{"PATH", "HOST_NAME", "HEADER", "COOKIE"}), "compare_type": one(c, []string{"EQUAL_TO", "STARTS_WITH"}),
		"value": one(c, []string{"/a", "/b", "c"}), "invert": c.pick(3) == 0,
	}
	if a["type"] == "HEADER" || a["type"] == "COOKIE" {
		a["key"] = "X-Key"
	}
	return post("l7policies/"+one(c, tree.L7Policies).ID+"/rules", "rule", a)
}

// change puts something else into what is there.
func (c *chaos) change(tree *lbaas.Tree) wish {
	put := func(path, kind string, a attributes) wish {
		return wish{method: http.MethodPut, path: path, kind: kind, attributes: a}
	}
	a := attributes{"name": c.name(), "admin_state_up": c.pick(4) > 0}
	switch c.pick(6) {
	case 0:
		return put("loadbalancers/"+tree.LoadBalancer.ID, loadBalancer, a)
	case 1:
		if len(tree.L7Policies) > 0 {
			a["position"] = 1 + c.pick(4)
			return put("l7policies/"+one(c, tree.L7Policies).ID, "l7policy", a)
		}
	case 2:
		if len(tree.Members) > 0 {
			m := one(c, tree.Members)
			a["weight"], a["backup"] = one(c, weights()), c.pick(2) == 0
			return put("pools/"+m.PoolID+"/members/"+m.ID, member, a)
		}
	case 3:
		p := one(c, tree.Pools)
		a["lb_algorithm"], a["session_persistence"] = one(c, algorithms()), persistence(string(p.Protocol), c.pick)
		return put("pools/"+p.ID, pool, a)
	}
	l := one(c, tree.Listeners)
	a["default_pool_id"] = c.somePool(tree)
	if l.Protocol == lbaas.ListenerTerminatedHTTPS {
		c.terminate(a)
	}
	return put("listeners/"+l.ID, listener, a)
}

// deletion takes something away.
func (c *chaos) deletion(tree *lbaas.Tree) wish {
	var paths []string
	for _, l := range tree.Listeners {
		paths = append(paths, "listeners/"+l.ID)
	}
	for _, p := range tree.Pools {
		paths = append(paths, "pools/"+p.ID)
	}
	for _, m := range tree.Members {
		paths = append(paths, "pools/"+m.PoolID+"/members/"+m.ID)
	}
	for _, h := range tree.Monitors {
		paths = append(paths, "healthmonitors/"+h.ID)
	}
	for _, p := range tree.L7Policies {
		paths = append(paths, "l7policies/"+p.ID)
	}
	for _, r := range tree.L7Rules {
		paths = append(paths, "l7policies/"+r.PolicyID+"/rules/"+r.ID)
	}
	return wish{method: http.MethodDelete, path: one(c, paths)}
}
