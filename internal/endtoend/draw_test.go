package endtoend_test

import (
	"fmt"

	"github.com/google/uuid"
)

// pick chooses a number from 0 to n-1.
type pick func(n int) int

// draw chooses an operation that a sane user may ask for: mostly one that has to succeed, now and then one that conflicts or
// that is about something that is not there.
func (t *tree) draw(p pick) operation {
	if len(t.objects) == 0 {
		return t.createLoadBalancer()
	}
	if p(15) == 0 {
		return t.missing(p)
	}
	for {
		if op, ok := t.drawFor([]string{listener, pool, pool, member, member, member, healthMonitor, loadBalancer}[p(8)], p); ok {
			return op
		}
	}
}

// drawFor chooses an operation on one kind of objects, if there can be one.
func (t *tree) drawFor(kind string, p pick) (operation, bool) {
	existing := t.of(kind)
	if kind == loadBalancer {
		return t.changeLoadBalancer(existing[0], p), true
	}
	action := p(5)
	switch {
	case action == 0 && len(existing) > 0:
		return operation{verb: remove, kind: kind, target: existing[p(len(existing))]}, true
	case action <= 2 && len(existing) > 0:
		o := existing[p(len(existing))]
		return operation{verb: update, kind: kind, target: o, attributes: t.change(o, p)}, true
	}
	return t.create(kind, p)
}

// missing is about something that is not there.
func (t *tree) missing(p pick) operation {
	kind := []string{listener, pool, healthMonitor}[p(3)]
	ghost := &object{kind: kind, id: uuid.NewString()}
	if p(2) == 0 {
		return operation{verb: remove, kind: kind, target: ghost}
	}
	return operation{verb: update, kind: kind, target: ghost, attributes: map[string]any{"name": "ghost"}}
}

// unique names an object: a name that was taken once keeps a suffix at the Controller, by design.
func (t *tree) unique(kind string) string {
	t.named++
	return fmt.Sprintf("%s-%d", kind, t.named)
}

func (t *tree) createLoadBalancer() operation {
	return operation{verb: create, kind: loadBalancer, attributes: map[string]any{
		"name": t.unique(loadBalancer), "vip_address": t.address, "admin_state_up": true, "description": "",
	}}
}

func (t *tree) changeLoadBalancer(lb *object, p pick) operation {
	switch p(6) {
	case 0:
		return operation{verb: remove, kind: loadBalancer, target: lb, cascade: p(2) == 0}
	case 1:
		return operation{verb: update, kind: loadBalancer, target: lb, attributes: map[string]any{"admin_state_up": p(2) == 0}}
	case 2:
		return operation{verb: update, kind: loadBalancer, target: lb, attributes: map[string]any{"description": t.unique("text")}}
	}
	return operation{verb: update, kind: loadBalancer, target: lb, attributes: map[string]any{"name": t.unique(loadBalancer)}}
}

func (t *tree) create(kind string, p pick) (operation, bool) {
	op := operation{verb: create, kind: kind, attributes: map[string]any{"name": t.unique(kind), "admin_state_up": p(6) > 0}}
	switch kind {
	case listener:
		t.createListener(op.attributes, p)
	case pool:
		op.attributes["loadbalancer_id"] = t.rootID
		op.attributes["protocol"] = []string{"HTTP", "TCP"}[p(2)]
		op.attributes["lb_algorithm"] = algorithms()[p(4)]
		op.attributes["session_persistence"] = persistence(op.attributes["protocol"], p)
	case member:
		pools := t.of(pool)
		if len(pools) == 0 {
			return op, false
		}
		op.pool = pools[p(len(pools))].id
		op.attributes["address"] = fmt.Sprintf("10.2.0.%d", 1+p(20))
		op.attributes["protocol_port"] = 80
		op.attributes["weight"] = weights()[p(5)]
	case healthMonitor:
		pools := t.of(pool)
		if len(pools) == 0 {
			return op, false
		}
		op.attributes["pool_id"] = pools[p(len(pools))].id
		op.attributes["type"] = []string{"HTTP", "TCP", "PING"}[p(3)]
		op.attributes["delay"], op.attributes["timeout"] = 5+p(5), 1+p(4)
		op.attributes["max_retries"], op.attributes["max_retries_down"] = 1+p(3), 1+p(3)
	}
	return op, true
}

func (t *tree) createListener(attributes map[string]any, p pick) {
	protocol := []string{"HTTP", "TCP"}[p(2)]
	attributes["loadbalancer_id"] = t.rootID
	attributes["protocol"] = protocol
	attributes["protocol_port"] = 8000 + p(20)
	attributes["connection_limit"] = -1 + p(3)
	attributes["default_pool_id"] = t.fittingPool(protocol, p)
	attributes["description"] = ""
}

// fittingPool is the id of a pool of a protocol, or nil.
func (t *tree) fittingPool(protocol any, p pick) any {
	fitting := []any{nil}
	for _, o := range t.of(pool) {
		if o.attributes["protocol"] == protocol {
			fitting = append(fitting, o.id, o.id)
		}
	}
	return fitting[p(len(fitting))]
}

// change chooses one to three attributes of an object and values for them.
func (t *tree) change(o *object, p pick) map[string]any {
	changed := map[string]any{}
	for range 1 + p(3) {
		switch p(4) {
		case 0:
			changed["name"] = t.unique(o.kind)
		case 1:
			changed["admin_state_up"] = p(2) == 0
		default:
			t.changeOwn(o, changed, p)
		}
	}
	return changed
}

// changeOwn chooses an attribute that only this kind of objects has.
func (t *tree) changeOwn(o *object, changed map[string]any, p pick) {
	switch o.kind {
	case listener:
		if p(3) == 0 {
			changed["connection_limit"] = 1 + p(1000)
		} else {
			changed["default_pool_id"] = t.fittingPool(o.attributes["protocol"], p)
		}
	case pool:
		if p(2) == 0 {
			changed["lb_algorithm"] = algorithms()[p(4)]
		} else {
			changed["session_persistence"] = persistence(o.attributes["protocol"], p)
		}
	case member:
		changed["weight"] = weights()[p(5)]
	case healthMonitor:
		changed["delay"], changed["max_retries_down"] = 5+p(20), 1+p(5)
	}
}

func algorithms() []string {
	return []string{"ROUND_ROBIN", "LEAST_CONNECTIONS", "SOURCE_IP", "SOURCE_IP_PORT"}
}

func weights() []int { return []int{0, 1, 10, 100, 256} }

// persistence is one that any listener of the pool's protocol can have; nil is none.
func persistence(protocol any, p pick) any {
	kinds := 2
	if protocol == "HTTP" {
		kinds = 4
	}
	switch p(kinds) {
	case 1:
		return map[string]any{"type": "SOURCE_IP"}
	case 2:
		return map[string]any{"type": "HTTP_COOKIE"}
	case 3:
		return map[string]any{"type": "APP_COOKIE", "cookie_name": fmt.Sprintf("cookie%d", p(3))}
	}
	return nil
}
