package endtoend_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
)

// The kinds of objects, as request bodies name them.
const (
	loadBalancer  = "loadbalancer"
	listener      = "listener"
	pool          = "pool"
	member        = "member"
	healthMonitor = "healthmonitor"
)

// object is one LBaaS object as the user believes it to be.
type object struct {
	kind, id   string
	pool       string // of a member, whose attributes do not name it
	attributes map[string]any
}

// tree is what a user believes of one load balancer: everything that was accepted, and nothing else.
type tree struct {
	project string
	// rootID is the load balancer's id, also after its deletion was accepted.
	rootID string
	// objects in the order of creation.
	objects []*object
	// hadListener says that the load balancer has a VsVip: it keeps it when its last listener goes.
	hadListener bool
	named       int // makes names, ports and addresses unique
	address     string
}

// newTree is a tree without a load balancer; number makes its address unique.
func newTree(project string, number int) *tree {
	return &tree{project: project, address: fmt.Sprintf("10.1.%d.%d", number/250, number%250+1)}
}

func (t *tree) of(kind string) []*object {
	var found []*object
	for _, o := range t.objects {
		if o.kind == kind {
			found = append(found, o)
		}
	}
	return found
}

// byName finds an object by its name, and dies without it.
func (t *tree) byName(name string) *object {
	i := slices.IndexFunc(t.objects, func(o *object) bool { return o.attributes["name"] == name })
	return t.objects[i]
}

func (t *tree) has(o *object) bool { return slices.Contains(t.objects, o) }

type verb int

const (
	create verb = iota
	update
	remove
)

// operation is one request of a user's.
type operation struct {
	verb verb
	kind string
	// target is what is to be changed or removed.
	target *object
	// pool is where a member is to be created.
	pool string
	// attributes that are sent.
	attributes map[string]any
	cascade    bool
}

func (op operation) String() string {
	method, path := op.request()
	return fmt.Sprint(method, " ", path, " ", op.attributes)
}

// request is how the operation is asked for.
func (op operation) request() (method, path string) {
	inPool := op.pool
	if op.target != nil {
		inPool = op.target.pool
	}
	path = op.kind + "s"
	if op.kind == member {
		path = "pools/" + inPool + "/members"
	}
	switch op.verb {
	case create:
		return http.MethodPost, path
	case update:
		return http.MethodPut, path + "/" + op.target.id
	case remove:
		path += "/" + op.target.id
		if op.cascade {
			path += "?cascade=true"
		}
	}
	return http.MethodDelete, path
}

// success is the status of an operation that is carried out.
func (op operation) success() int {
	return [...]int{http.StatusCreated, http.StatusOK, http.StatusNoContent}[op.verb]
}

// predict is the status that an operation has to be answered with, if nothing of the load balancer is PENDING.
func (t *tree) predict(op operation) int {
	switch {
	case op.verb != create && !t.has(op.target):
		return http.StatusNotFound
	case op.verb == create && t.conflicts(op):
		return http.StatusConflict
	case op.verb == remove && op.kind == loadBalancer && !op.cascade && len(t.objects) > 1:
		return http.StatusBadRequest
	}
	return op.success()
}

// conflicts says that what is to be created is taken.
func (t *tree) conflicts(op operation) bool {
	return slices.ContainsFunc(t.of(op.kind), func(o *object) bool {
		switch op.kind {
		case listener:
			return o.attributes["protocol_port"] == op.attributes["protocol_port"]
		case member:
			return o.pool == op.pool && o.attributes["address"] == op.attributes["address"]
		case healthMonitor:
			return o.attributes["pool_id"] == op.attributes["pool_id"]
		}
		return false
	})
}

// apply makes the tree be what an accepted operation asked for; id is that of what was created.
func (t *tree) apply(op operation, id string) {
	switch op.verb {
	case create:
		t.objects = append(t.objects, &object{kind: op.kind, id: id, pool: op.pool, attributes: maps.Clone(op.attributes)})
		if op.kind == loadBalancer {
			t.rootID, t.hadListener = id, false
		}
		t.hadListener = t.hadListener || op.kind == listener
	case update:
		maps.Copy(op.target.attributes, op.attributes)
	case remove:
		t.remove(op.target)
	}
}

// remove takes an object out, with what goes with it.
func (t *tree) remove(gone *object) {
	if gone.kind == loadBalancer {
		t.objects = nil
		return
	}
	t.objects = slices.DeleteFunc(t.objects, func(o *object) bool {
		return o == gone || gone.kind == pool && (o.pool == gone.id || o.attributes["pool_id"] == gone.id)
	})
	for _, l := range t.of(listener) {
		if l.attributes["default_pool_id"] == gone.id {
			l.attributes["default_pool_id"] = nil
		}
	}
}
