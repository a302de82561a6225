package endtoend_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// user works on one tree over the API and remembers what was accepted. When a call gets no answer, it looks whether the call was
// carried out and repeats it if not, as any client of OpenStack has to.
type user struct {
	*client
	tree *tree
	// revive is called after a call that got no answer; the service serves again when it returns.
	revive func() error
}

// patience bounds how long one operation may take, with all the kills in between.
const patience = 30 * time.Second

// do carries an operation out, waits until nothing is PENDING, and wants it to have taken effect.
func (u *user) do(ctx context.Context, op operation) error {
	predicted := u.tree.predict(op)
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) {
		a, err := u.send(ctx, op)
		switch {
		case err != nil:
			if err := u.revive(); err != nil {
				return err
			}
		case a.status != predicted:
			return wrongf("%s: answered %s, expected %d", op, a, predicted)
		case predicted != op.success():
			return nil
		}
		id, happened, err := u.look(ctx, op, a)
		switch {
		case err != nil:
			return fmt.Errorf("%s: %w", op, err)
		case happened:
			u.tree.apply(op, id)
			return nil
		case a.status != 0:
			return wrongf("%s: accepted with %s, and lost", op, a)
		}
	}
	return wrongf("%s: not carried out within %s", op, patience)
}

// look waits until the tree is settled and says whether the operation has been carried out.
func (u *user) look(ctx context.Context, op operation, a answer) (id string, happened bool, err error) {
	root := u.tree.rootID
	if op.verb == create && op.kind == loadBalancer {
		root = idIn(a, op.kind)
	}
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		if root == "" {
			// The answer that had the id was lost.
			id, happened, err = u.holds(ctx, op)
			if err == nil && !happened {
				return "", false, nil
			}
			root = id
		}
		if err == nil {
			err = u.settle(ctx, root)
		}
		if err == nil {
			id, happened, err = u.holds(ctx, op)
		}
		if _, wrong := errors.AsType[*wrongError](err); wrong || err == nil {
			return id, happened, err
		}
		if err := u.revive(); err != nil {
			return "", false, err
		}
		err = nil
	}
	return "", false, wrongf("no answer within %s", patience)
}

func idIn(a answer, kind string) string {
	object, _ := a.body[kind].(map[string]any)
	id, _ := object["id"].(string)
	return id
}

// nothingLeft wants the project to have no load balancer any more.
func (u *user) nothingLeft(ctx context.Context) error {
	a, err := u.call(ctx, http.MethodGet, "loadbalancers?project_id="+u.project, nil)
	if err != nil {
		return err
	}
	if a.status != http.StatusOK || len(asList(a.body["loadbalancers"])) > 0 {
		return wrongf("load balancers are left over: %s", a)
	}
	return nil
}
