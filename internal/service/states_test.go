package service_test

import (
	"strings"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// renaming changes a text of one object.
type renaming struct {
	what, id string
	to       func(text string) error
}

// renamings are those of everything on a site, and of a policy and a rule that are made for it.
func (b *bed) renamings(s site) []renaming {
	b.t.Helper()
	policy, err := b.CreateL7Policy(b.ctx(), alice, lbaas.L7PolicyInput{
		ListenerID: lbaas.Given(s.listener), Action: lbaas.Given(lbaas.L7Reject),
	})
	b.check(err)
	b.settle()
	rule, err := b.CreateL7Rule(b.ctx(), alice, ruleOf(policy.ID))
	b.check(err)
	b.settle()
	drop := func(_ any, err error) error { return err }
	return []renaming{
		{"Listener", s.listener, func(text string) error {
			return drop(b.UpdateListener(b.ctx(), alice, s.listener, lbaas.ListenerInput{Name: lbaas.Given(text)}))
		}},
		{"Pool", s.pool, func(text string) error {
			return drop(b.UpdatePool(b.ctx(), alice, s.pool, lbaas.PoolInput{Name: lbaas.Given(text)}))
		}},
		{"Member", s.member, func(text string) error {
			return drop(b.UpdateMember(b.ctx(), alice, s.pool, s.member, lbaas.MemberInput{Name: lbaas.Given(text)}))
		}},
		{"Health Monitor", s.monitor, func(text string) error {
			return drop(b.UpdateHealthMonitor(b.ctx(), alice, s.monitor, lbaas.HealthMonitorInput{Name: lbaas.Given(text)}))
		}},
		{"L7 Policy", policy.ID, func(text string) error {
			return drop(b.UpdateL7Policy(b.ctx(), alice, policy.ID, lbaas.L7PolicyInput{Name: lbaas.Given(text)}))
		}},
		{"L7 Rule", rule.ID, func(text string) error {
			return drop(b.UpdateL7Rule(b.ctx(), alice, policy.ID, rule.ID, lbaas.L7RuleInput{Value: lbaas.Given("/" + text)}))
		}},
	}
}

func ruleOf(policy string) lbaas.L7RuleInput {
	return lbaas.L7RuleInput{
		PolicyID: lbaas.Given(policy), Type: lbaas.Given(lbaas.L7Path), CompareType: lbaas.Given(lbaas.L7StartsWith), Value: lbaas.Given("/x"),
	}
}

// What is wrong with a change at any time is told also while the load balancer is being worked on.
func TestWhatIsWrongComesBeforeTheWrongMoment(t *testing.T) {
	b := newBed(t, newNetwork())
	s := b.site()
	changes := b.renamings(s)
	_, err := b.UpdateLoadBalancer(b.ctx(), alice, s.lb, lbaas.LoadBalancerInput{Name: lbaas.Given("x")})
	b.check(err)
	for _, o := range changes {
		err := o.to(strings.Repeat("x", 256))
		if _, kind, _ := lbaas.MessageFor(err); kind != lbaas.KindInvalid {
			t.Errorf("%s: a change that is wrong at any time is answered with %v", o.what, err)
		}
		b.refused(o.what, o.to("x"), lbaas.KindImmutable, "Load Balancer "+s.lb+" is immutable and cannot be updated.")
	}
}

// As in Octavia nothing is made below a pool or a policy in ERROR: it is changed first.
func TestWhatIsInErrorIsPutRightFirst(t *testing.T) {
	b := newBed(t, newNetwork())
	s := b.site()
	changes := b.renamings(s)
	b.check(b.DeleteHealthMonitor(b.ctx(), alice, s.monitor))
	b.settle()
	grow := map[string][]func(id string) error{
		"Pool": {
			func(id string) error {
				_, err := b.CreateMember(b.ctx(), alice, memberOf(id, "10.0.0.77"))
				return err
			},
			func(id string) error {
				_, err := b.CreateHealthMonitor(b.ctx(), alice, monitorOf(id))
				return err
			},
		},
		"L7 Policy": {func(id string) error {
			_, err := b.CreateL7Rule(b.ctx(), alice, ruleOf(id))
			return err
		}},
	}
	for _, parent := range changes {
		for _, made := range grow[parent.what] {
			b.check(parent.to("failing"))
			b.fail()
			b.refused("below "+parent.what, made(parent.id), lbaas.KindImmutable,
				strings.Replace(parent.what, "L7 ", "L7", 1)+" "+parent.id+" is immutable and cannot be updated.")
			b.check(parent.to("right"))
			b.settle()
			b.check(made(parent.id))
			b.settle()
		}
	}
}
