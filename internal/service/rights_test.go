package service_test

import (
	"context"
	"errors"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/neutron"
	"github.com/avi-lbaas/avi-lbaas/internal/service"
)

// blind is a network service that answers every look with one error.
type blind struct{ err error }

func (n blind) Subnet(context.Context, string) (neutron.Subnet, error) {
	return neutron.Subnet{}, n.err
}

func (n blind) Network(context.Context, string) (neutron.Network, error) {
	return neutron.Network{}, n.err
}

func (n blind) Port(context.Context, string) (neutron.Port, error) { return neutron.Port{}, n.err }

func (n blind) CheckQoSPolicy(context.Context, string) error { return n.err }

func (n blind) CheckSecurityGroup(context.Context, string) error { return n.err }

// What a user's own token does not suffice for is the user's affair: neither an outage nor a mistake of ours.
func TestWhatTheUserMayNotSeeIsToldToTheUser(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind    error
		want    lbaas.Kind
		message string
	}{
		{neutron.ErrNotFound, lbaas.KindInvalid, "Subnet v4 not found."},
		{neutron.ErrForbidden, lbaas.KindForbidden, "The network service does not show you Subnet v4."},
		{neutron.ErrUnauthenticated, lbaas.KindForbidden, "The network service does not accept the token of this request."},
		{neutron.ErrUnavailable, lbaas.KindUnavailable, "The network service is not available."},
	} {
		t.Run(c.kind.Error(), func(t *testing.T) {
			b := newBed(t, newNetwork())
			s := service.New(service.Options{
				Store: b.store, Providers: b.Providers(), Network: b.network, Wake: func() {},
				NetworkAs: func(token string) service.NetworkReader {
					if token != "hers" {
						t.Errorf("the network service is asked with token %q", token)
					}
					return blind{&neutron.Error{Kind: c.kind}}
				},
			})
			caller := alice
			caller.Token = "hers"
			_, err := s.CreateLoadBalancer(b.ctx(), caller, vip("", "", "v4", ""))
			b.refused(c.kind.Error(), err, c.want, c.message)
			if !errors.Is(err, c.kind) {
				t.Errorf("the cause is lost: %v", err)
			}
			b.noIntents(t)
		})
	}
}
