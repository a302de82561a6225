package endtoend_test

type attributes = map[string]any

// creations make a whole tree and change every kind of its objects: two listeners that share a pool, one with a pool of its own,
// a health monitor, persistence by a cookie, members that come, change and go, and names that change.
func creations() []func(*tree) operation {
	return []func(*tree) operation{
		func(t *tree) operation {
			return operation{verb: create, kind: loadBalancer, attributes: attributes{"name": "lb", "vip_address": t.address}}
		},
		func(t *tree) operation {
			return operation{verb: create, kind: pool, attributes: attributes{
				"name": "shared", "loadbalancer_id": t.rootID, "protocol": "HTTP", "lb_algorithm": "ROUND_ROBIN",
				"session_persistence": attributes{"type": "APP_COOKIE", "cookie_name": "session"},
			}}
		},
		createListener("web", "HTTP", 80, "shared"),
		createListener("alternative", "HTTP", 8080, "shared"),
		func(t *tree) operation {
			return operation{verb: create, kind: healthMonitor, attributes: attributes{
				"name": "check", "pool_id": t.byName("shared").id, "type": "HTTP", "delay": 5, "timeout": 2,
				"max_retries": 2, "max_retries_down": 3, "expected_codes": "200-204",
			}}
		},
		createMember("shared", "a", "10.2.0.1"),
		createMember("shared", "b", "10.2.0.2"),
		func(t *tree) operation {
			return operation{verb: create, kind: pool, attributes: attributes{
				"name": "own", "loadbalancer_id": t.rootID, "protocol": "TCP", "lb_algorithm": "SOURCE_IP",
			}}
		},
		createListener("plain", "TCP", 9000, "own"),
		createMember("own", "c", "10.2.0.3"),
		change("a", attributes{"weight": 100}),
		change("lb", attributes{"name": "renamed"}),
		change("shared", attributes{
			"lb_algorithm":        "LEAST_CONNECTIONS",
			"session_persistence": attributes{"type": "APP_COOKIE", "cookie_name": "other"},
		}),
		change("check", attributes{"delay": 7}),
		deletion("b"),
		change("alternative", attributes{"default_pool_id": nil}),
		change("web", attributes{"connection_limit": 100, "admin_state_up": false}),
	}
}

// deletions take the tree down, the first half of it one by one.
func deletions() []func(*tree) operation {
	return []func(*tree) operation{
		deletion("check"),
		deletion("alternative"),
		deletion("shared"),
		func(t *tree) operation {
			op := deletion("renamed")(t)
			op.cascade = true
			return op
		},
	}
}

func createListener(name, protocol string, port int, defaultPool string) func(*tree) operation {
	return func(t *tree) operation {
		return operation{verb: create, kind: listener, attributes: attributes{
			"name": name, "loadbalancer_id": t.rootID, "protocol": protocol, "protocol_port": port,
			"default_pool_id": t.byName(defaultPool).id,
		}}
	}
}

func createMember(inPool, name, address string) func(*tree) operation {
	return func(t *tree) operation {
		return operation{verb: create, kind: member, pool: t.byName(inPool).id, attributes: attributes{
			"name": name, "address": address, "protocol_port": 80,
		}}
	}
}

func change(name string, to attributes) func(*tree) operation {
	return func(t *tree) operation {
		o := t.byName(name)
		return operation{verb: update, kind: o.kind, target: o, attributes: to}
	}
}

func deletion(name string) func(*tree) operation {
	return func(t *tree) operation {
		o := t.byName(name)
		return operation{verb: remove, kind: o.kind, target: o}
	}
}
