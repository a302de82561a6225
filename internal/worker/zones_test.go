package worker_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/avi"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/testbed"
)

// A zone that names a management network takes load balancers only while the service engines that would serve them are managed on it,
// as their group says, or their cloud where the group says nothing.
func TestZonesHoldToTheirManagementNetwork(t *testing.T) {
	bed := testbed.New(t, testbed.Options{})
	ctx := t.Context()
	const ofCloud, ofGroup = "5c1f0a3e-0000-4000-8000-000000000001", "5c1f0a3e-0000-4000-8000-000000000002"
	provide := func(typ string, o avi.Object) {
		t.Helper()
		if _, err := bed.Client.Create(ctx, "", typ, "", o); err != nil {
			t.Fatal(err)
		}
	}
	provide("cloud", avi.Object{"name": "east", "vtype": "CLOUD_OPENSTACK", "openstack_configuration": avi.Object{
		"admin_tenant": "admin", "mgmt_network_name": "mgmt", "mgmt_network_uuid": ofCloud, "privilege": "WRITE_ACCESS", "username": "u",
	}})
	east := avi.Object{"cloud_ref": "/api/cloud?name=east"}
	provide("serviceenginegroup", avi.Object{"name": "plain", "cloud_ref": east["cloud_ref"]})
	provide("serviceenginegroup", avi.Object{"name": "own", "cloud_ref": east["cloud_ref"], "openstack_mgmt_network_uuid": ofGroup})
	for i, test := range []struct {
		data    string
		refusal string // empty for none
	}{
		{`{"cloud": "east", "compute_zone": "own", "management_network": "` + ofGroup + `"}`, ""},
		{`{"cloud": "east", "compute_zone": "own", "management_network": "` + ofCloud + `"}`, "are managed on " + ofGroup},
		{`{"cloud": "east", "compute_zone": "plain", "management_network": "` + ofCloud + `"}`, ""},
		{`{"cloud": "east", "management_network": "` + ofCloud + `"}`, ""},
		{`{"cloud": "east", "management_network": "` + ofGroup + `"}`, "are managed on " + ofCloud},
		{`{"management_network": "` + ofGroup + `"}`, "are managed on one that the Controller does not name"},
		{`{"cloud": "east", "compute_zone": "nowhere", "management_network": "` + ofCloud + `"}`, "which does not exist at the Controller"},
	} {
		name := fmt.Sprintf("az%d", i)
		p, err := bed.Service.CreateZoneProfile(ctx, bed.Caller, lbaas.ZoneProfileInput{
			Name: lbaas.Given(name), Provider: lbaas.Given(testbed.Provider), Data: lbaas.Given(test.data),
		})
		if err == nil {
			_, err = bed.Service.CreateZone(ctx, bed.Caller, lbaas.ZoneInput{Name: lbaas.Given(name), ProfileID: lbaas.Given(p.ID)})
		}
		if err != nil {
			t.Fatal(err)
		}
		_, err = bed.Service.CreateLoadBalancer(ctx, bed.Caller, lbaas.LoadBalancerInput{
			ProjectID: lbaas.Given(project), VIPAddress: lbaas.Given(fmt.Sprintf("10.0.0.%d", i+1)), AvailabilityZone: lbaas.Given(name),
		})
		switch {
		case test.refusal == "" && err != nil:
			t.Errorf("%s: %v", test.data, err)
		case test.refusal != "" && (!errors.Is(err, lbaas.KindInvalid) || !strings.Contains(err.Error(), test.refusal)):
			t.Errorf("%s: %v, want it refused: %s", test.data, err, test.refusal)
		}
	}
}
