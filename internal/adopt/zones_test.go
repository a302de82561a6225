package adopt_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/adopt"
	"github.com/avi-lbaas/avi-lbaas/internal/avi"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/neutron"
	"github.com/avi-lbaas/avi-lbaas/internal/testbed"
)

// zoned is a load balancer of Octavia's with two addresses, on one port as Octavia has it, in an availability zone.
func zoned(t *testing.T) adopt.Export {
	t.Helper()
	e := readAPI(t, one())
	e.Octavia = true
	maps.Copy(e.LoadBalancers[0], adopt.Object{
		"vip_network_id": "n1", "availability_zone": "az1",
		"additional_vips": []any{map[string]any{"subnet_id": "s2", "ip_address": "10.0.1.10", "port_id": "p1"}},
	})
	return e
}

// portsOf are ports of a network service by id.
type portsOf map[string]neutron.Port

func (p portsOf) Port(_ context.Context, id string) (neutron.Port, error) {
	port, there := p[id]
	if !there {
		return port, &neutron.Error{Kind: neutron.ErrNotFound}
	}
	return port, nil
}

// beginZoned is a site with the cloud that the zone names; with nothing else of the zone.
func beginZoned(t *testing.T, ports portsOf) site {
	t.Helper()
	s := begin(t, testbed.Options{}, func(o *adopt.Options) { o.Ports = ports })
	s.Places = s.Service
	if _, err := s.Client.Create(t.Context(), "", "cloud", "", avi.Object{"name": "east", "vtype": "CLOUD_NONE"}); err != nil {
		t.Fatal(err)
	}
	return s
}

// zone makes the availability zone az1.
func (s site) zone(data string) {
	s.t.Helper()
	const name = "az1"
	profile, err := s.Service.CreateZoneProfile(s.t.Context(), s.Caller, lbaas.ZoneProfileInput{
		Name: lbaas.Given(name), Provider: lbaas.Given(testbed.Provider), Data: lbaas.Given(data),
	})
	if err == nil {
		_, err = s.Service.CreateZone(s.t.Context(), s.Caller, lbaas.ZoneInput{Name: lbaas.Given(name), ProfileID: lbaas.Given(profile.ID)})
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// octavias is the port that Octavia has made for a load balancer's addresses.
func octavias() portsOf {
	return portsOf{"p1": {ID: "p1", NetworkID: "n1", DeviceOwner: neutron.DeviceOwner, DeviceID: neutron.DeviceID(lbID)}}
}

// All addresses and the zone come along: what is at the Controller already stays as it is.
func TestAdditionalVIPsAndZonesAreTakenOver(t *testing.T) {
	t.Parallel()
	old := beginZoned(t, octavias())
	old.zone(`{"cloud": "east"}`)
	old.apply(old.plan(zoned(t))) // the first convergence makes everything
	var objects []written
	for _, o := range old.Sim.Objects() {
		if order(written{Type: o.Type}) >= 0 {
			for _, own := range []string{"_last_modified", "url", "configpb_attributes", "tenant_ref", "markers", "vrf_context_ref", "vrf_ref"} {
				delete(o.Object, own)
			}
			objects = append(objects, written{o.Type, o.Tenant, o.Object})
		}
	}
	s := beginZoned(t, octavias())
	s.zone(`{"cloud": "east"}`)
	s.write(inZone(named(objects)))
	s.Sim.ResetRequests()
	results := s.plan(zoned(t))
	s.mustOnlyHaveRead()
	if len(results) != 1 || results[0].Verdict != adopt.TakenOver || len(results[0].Notes) > 0 {
		t.Fatalf("results %+v", results)
	}
	if got := effects(results); len(got) > 0 {
		t.Errorf("the plan is %q", got)
	}
	before := s.objects()
	s.apply(results)
	for key, o := range s.objects() {
		if fmt.Sprint(before[key]) != fmt.Sprint(o) {
			t.Errorf("%s was %v and is %v", key, before[key], o)
		}
	}
	lb := s.Tree(t, lbID).LoadBalancer
	want := []lbaas.AdditionalVIP{{Address: "10.0.1.10", SubnetID: "s2", PortID: "p1"}}
	if !slices.Equal(lb.AdditionalVIPs, want) || lb.AvailabilityZone != "az1" || lb.Zone.Cloud != "east" || !lb.VIP.OwnsPort {
		t.Errorf("the load balancer is %+v", lb)
	}
	if err := s.Service.DeleteZone(t.Context(), s.Caller, "az1"); err == nil {
		t.Error("the zone of a load balancer that was taken over can be deleted")
	}
}

// inZone gives objects their cloud and profile by name: the uuids are another Controller's.
func inZone(objects []written) []written {
	for _, w := range objects {
		if w.Type == "vsvip" || w.Type == "pool" || w.Type == "virtualservice" {
			w.Object["cloud_ref"] = "/api/cloud?name=east"
		}
		if w.Type == "virtualservice" { // TLS goes through it
			w.Object["application_profile_ref"] = "/api/applicationprofile?name=System-L4-Application"
		}
	}
	return objects
}

// What a zone is has to be known before, and fit the load balancer: nothing is moved.
func TestZonesThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		make func(site)
		want string
	}{
		"not here": {func(site) {}, "make a profile and a zone of that name first"},
		"of an object that is not": {
			func(s site) { s.zone(`{"se_group_ref": "/api/serviceenginegroup?name=none"}`) }, "does not exist at the Controller",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := beginZoned(t, octavias())
			tc.make(s)
			results := s.plan(zoned(t))
			if len(results) != 1 || results[0].Verdict != adopt.LeftOut || !strings.Contains(strings.Join(results[0].Reasons, " "), tc.want) {
				t.Errorf("results %+v, want one left out because %q", results, tc.want)
			}
		})
	}
	s := beginZoned(t, octavias())
	s.zone(`{"cloud": "east"}`)
	results := s.plan(zoned(t))
	if err := s.Service.DeleteZone(t.Context(), s.Caller, "az1"); err != nil {
		t.Fatal(err)
	}
	if n, err := s.Apply(t.Context(), results); n != 0 || err != nil || results[0].Verdict != adopt.LeftOut {
		t.Errorf("after the zone has gone: %d taken over, %v, %+v", n, err, results[0])
	}
}

// Ports that will not go with the load balancer are told of.
func TestPortsOfAdditionalVIPs(t *testing.T) {
	t.Parallel()
	ports := octavias()
	ports["p2"] = neutron.Port{ID: "p2", NetworkID: "n1", DeviceOwner: "compute:nova", DeviceID: "a server"}
	s := beginZoned(t, ports)
	s.zone(`{"cloud": "east"}`)
	for port, want := range map[string]string{"p2": "stays when it is deleted", "p3": "is not there any more"} {
		e := zoned(t)
		e.LoadBalancers[0]["additional_vips"] = []any{map[string]any{"subnet_id": "s2", "ip_address": "10.0.1.10", "port_id": port}}
		results := s.plan(e)
		if len(results) != 1 || results[0].Verdict != adopt.TakenOver || !strings.Contains(strings.Join(results[0].Notes, " "), want) {
			t.Errorf("port %s: results %+v, want the note %q", port, results, want)
		}
	}
	e := zoned(t)
	e.LoadBalancers[0]["additional_vips"] = []any{map[string]any{"subnet_id": "s1", "ip_address": "10.0.0.11", "port_id": "p1"}}
	if results := s.plan(e); results[0].Verdict != adopt.LeftOut {
		t.Errorf("two addresses in one subnet: %+v", results)
	}
}
