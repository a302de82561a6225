package demo

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/gophercloud/gophercloud/v2/openstack/loadbalancer/v2/loadbalancers"
)

// tour is one walk through the demonstration.
type tour struct {
	options  Options
	stack    *stack
	progress *progress

	user    *user
	made    balancer
	visitor *visitor
}

// Sizes of the traffic that is sent.
const (
	visits   = 300 // to see the balance
	baseline = 50  // of the crowd before a backend stops
	encore   = 200 // of the crowd after its member is in ERROR
)

// take walks through all steps and ends at the first that does not hold.
func (t *tour) take(ctx context.Context) error {
	type step struct {
		title string
		run   func(context.Context) (string, error)
	}
	up := []step{
		{"Stand-in identity and network services", t.startCloud},
		{"Stand-in Avi Controller with a service engine", t.startController},
		{"Backends", t.startBackends},
		{"avi-lbaas, as serve runs it", t.startService},
		{"Log in at the identity service", t.login},
	}
	build := []step{
		{"Create a load balancer", t.createLoadBalancer},
		{"Create an HTTP listener", t.createListener},
		{"Create a pool", t.createPool},
		{"Create an HTTP health monitor", t.createMonitor},
		{"Create the members", t.createMembers},
		{"Wait for the whole tree", t.waitOnline},
	}
	try := []step{
		{"What each became at the Controller", t.compare},
		{"Send requests to the VIP", t.visit},
		{"Stop a backend under traffic", t.loseBackend},
		{"Delete the load balancer with all that hangs from it", t.remove},
		{"Nothing is left behind", t.checkNothingLeft},
	}
	steps := slices.Concat(up, build, try)
	if !t.options.Once {
		again := []step{{"Start the backend again", t.restartBackend}}
		steps = slices.Concat(steps, again, build)
	}
	for _, s := range steps {
		if err := t.progress.step(ctx, s.title, s.run); err != nil {
			return err
		}
	}
	if t.options.Once {
		t.progress.line("\nEvery step held. To play with it: avi-lbaas demo, without --once.")
		return t.progress.err
	}
	t.progress.line(t.farewell())
	return t.progress.err
}

// leave frees what the user held.
func (t *tour) leave() {
	if t.user != nil {
		t.user.close()
	}
}

func (t *tour) startCloud(ctx context.Context) (string, error) {
	if err := t.stack.startCloud(ctx); err != nil {
		return "", err
	}
	return t.stack.cloud.IdentityURL(), nil
}

func (t *tour) startController(ctx context.Context) (string, error) {
	if err := t.stack.startController(ctx); err != nil {
		return "", err
	}
	return t.stack.controller.URL(), nil
}

func (t *tour) startBackends(ctx context.Context) (string, error) {
	if err := t.stack.startBackends(ctx); err != nil {
		return "", err
	}
	var names []string
	for _, b := range t.stack.backends {
		names = append(names, b.name+" "+b.address.String())
	}
	return strings.Join(names, ", "), nil
}

func (t *tour) startService(ctx context.Context) (string, error) {
	if err := t.stack.startService(ctx); err != nil {
		return "", err
	}
	return "http://" + t.stack.service.api, nil
}

func (t *tour) login(ctx context.Context) (_ string, err error) {
	if t.user, err = login(ctx, t.stack.cloud.IdentityURL()); err != nil {
		return "", err
	}
	return fmt.Sprintf("user %s, endpoint %s", userName, strings.TrimSuffix(t.user.loadBalancing.Endpoint, "/")), nil
}

// visit expects that every backend gets its share.
func (t *tour) visit(ctx context.Context) (string, error) {
	var got tally
	for range visits {
		got.add(t.visitor.ask(ctx))
	}
	if got.failed > 0 {
		return "", fmt.Errorf("%d of %d requests failed, the first with: %w", got.failed, got.asked, got.firstFailure)
	}
	var shares []string
	for _, b := range t.stack.backends {
		if got.by[b.name] == 0 {
			return "", fmt.Errorf("backend %s got none of %d requests", b.name, got.asked)
		}
		shares = append(shares, fmt.Sprintf("%s %d", b.name, got.by[b.name]))
	}
	return fmt.Sprintf("%d to %s: %s", got.asked, t.visitor.url, strings.Join(shares, ", ")), nil
}

// lost is the backend that stops.
func (t *tour) lost() *backend { return t.stack.backends[1] }

// loseBackend expects that users do not notice it, at the latest once its member is in ERROR.
func (t *tour) loseBackend(ctx context.Context) (string, error) {
	c := gather(ctx, t.visitor)
	defer c.leave()
	if err := c.await(ctx, baseline); err != nil {
		return "", err
	}
	if err := t.lost().stop(ctx); err != nil {
		return "", err
	}
	if err := t.memberInError(ctx, t.lost().name); err != nil {
		return "", err
	}
	c.next()
	if err := c.await(ctx, encore); err != nil {
		return "", err
	}
	phases := c.leave()
	before, after := phases[0], phases[1]
	if after.failed > 0 {
		return "", fmt.Errorf("%d of %d requests failed after the member was in %s, the first with: %w",
			after.failed, after.asked, inError, after.firstFailure)
	}
	t.progress.note(fmt.Sprintf("Requests until its member was in ERROR: %d, failed: %d. After that: %d, failed: %d.",
		before.asked, before.failed, after.asked, after.failed))
	return t.lost().name + "; its member is in " + inError, nil
}

// memberInError waits until the health monitor has noticed that a backend is gone.
func (t *tour) memberInError(ctx context.Context, name string) error {
	return await(ctx, healthTimeout, "member "+name+" to be in "+inError, func(ctx context.Context) (string, bool, error) {
		lb, err := t.user.statuses(ctx, t.made.loadBalancer)
		if err != nil {
			return "", false, err
		}
		for _, p := range poolsOf(lb) {
			for _, m := range p.Members {
				if m.Name == name {
					return m.OperatingStatus, m.OperatingStatus == inError, nil
				}
			}
		}
		return "", false, fmt.Errorf("the status tree has no member %s", name)
	})
}

func (t *tour) remove(ctx context.Context) (string, error) {
	cascade := loadbalancers.DeleteOpts{Cascade: true}
	if err := loadbalancers.Delete(ctx, t.user.loadBalancing, t.made.loadBalancer, cascade).ExtractErr(); err != nil {
		return "", fmt.Errorf("delete load balancer %s: %w", t.made.loadBalancer, err)
	}
	return balancerName + " is gone", t.user.gone(ctx, t.made.loadBalancer)
}

// checkNothingLeft looks at everything that was ever made at the Controller, but for the project's tenant, which is not ours.
func (t *tour) checkNothingLeft(ctx context.Context) (string, error) {
	var left []string
	for _, o := range t.stack.objects() {
		left = append(left, o.uuid)
	}
	if len(left) > 0 {
		return "", fmt.Errorf("the Controller still holds %s", strings.Join(left, ", "))
	}
	ports, err := t.user.ports(ctx)
	if err != nil {
		return "", err
	}
	if len(ports) > 0 {
		return "", fmt.Errorf("network %s still has %d ports, the first is %s %q", networkName, len(ports), ports[0].ID, ports[0].Name)
	}
	return fmt.Sprintf("the Controller holds no object of it, %s has no port", networkName), nil
}

func (t *tour) restartBackend(ctx context.Context) (string, error) {
	return t.lost().name + " " + t.lost().address.String(), t.lost().start(ctx)
}
