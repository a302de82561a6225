package neutron_test

import (
	"errors"
	"log/slog"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/cloudsim"
	"github.com/avi-lbaas/avi-lbaas/internal/neutron"
)

func TestNetworksByIDAndName(t *testing.T) {
	s := start(t)
	id := s.NetworkID("demo-net")
	for _, text := range []string{id, "demo-net"} {
		if found, err := s.FindNetwork(t.Context(), text); err != nil || found.ID != id {
			t.Errorf("%s: %+v, %v", text, found, err)
		}
	}
	for _, text := range []string{"", "no-such", "a name/with ?signs"} {
		if _, err := s.FindNetwork(t.Context(), text); !errors.Is(err, neutron.ErrNotFound) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestSeveralNetworksOfOneName(t *testing.T) {
	o := cloudsim.Demo()
	o.Networks = append(o.Networks, cloudsim.Network{Name: "demo-net", Project: "alt"})
	cloud, err := cloudsim.New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := cloud.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	session := newSession(t, cloud.IdentityURL(), "avi-lbaas", "service")
	t.Cleanup(func() {
		if err := cloud.Close(); err != nil {
			t.Error(err)
		}
	})
	s := site{cloud, session, neutron.New(neutron.Config{}, session, slog.New(slog.DiscardHandler))}
	if _, err := s.FindNetwork(t.Context(), "demo-net"); !errors.Is(err, neutron.ErrConflict) {
		t.Errorf("two networks of one name: %v", err)
	}
}

func TestNetworksGoWhenTheirPortsHaveGone(t *testing.T) {
	s := start(t)
	id := s.NetworkID("demo-net")
	port, err := s.CreateVIPPort(t.Context(), s.vip(nil))
	if err != nil {
		t.Fatal(err)
	}
	if ports, err := s.PortsOf(t.Context(), id); err != nil || len(ports) != 1 || ports[0].ID != port.ID {
		t.Errorf("ports %+v, %v", ports, err)
	}
	if ports, err := s.PortsOf(t.Context(), s.NetworkID("alt-net")); err != nil || len(ports) != 0 {
		t.Errorf("another network's ports %+v, %v", ports, err)
	}
	refused, isOurs := errors.AsType[*neutron.Error](s.DeleteNetwork(t.Context(), id))
	if !isOurs || !errors.Is(refused, neutron.ErrConflict) || refused.Message == "" {
		t.Errorf("a network with a port: %v", refused)
	}
	if err := s.DeletePort(t.Context(), port.ID); err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteNetwork(t.Context(), id); err != nil {
		t.Errorf("a network without ports: %v", err)
	}
	if err := s.DeleteNetwork(t.Context(), id); !errors.Is(err, neutron.ErrNotFound) {
		t.Errorf("a network that is gone: %v", err)
	}
	for _, err := range []error{s.DeleteNetwork(t.Context(), ""), second(s.PortsOf(t.Context(), "../ports"))} {
		if !errors.Is(err, neutron.ErrNotFound) {
			t.Errorf("what is no id: %v", err)
		}
	}
}

func second[T any](_ T, err error) error { return err }
