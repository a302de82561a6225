//go:build verify

package verify_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"
)

// What a service such as Heat does for its user has one id, which is in the logs of Neutron too; without one it is our request's.
func (s *site) testRequestIDs(t *testing.T) {
	t.Parallel()
	const global = "req-0f0e0d0c-0b0a-0908-0706-050403020100"
	n := s.network(t, s.demo, "request-ids", "10.29.0.0/24", false)
	made := request(t, s.demo.Token(), http.MethodPost, loadBalancers(s.cloud.LoadBalancerAddress), onSubnet("request-ids", n.SubnetID),
		"X-Openstack-Request-Id: "+global)
	if made.status != http.StatusCreated {
		t.Fatalf("create: %d %v", made.status, made.body)
	}
	s.inNeutronsLog(t, global)
	id := fmt.Sprint(made.body["loadbalancer"].(map[string]any)["id"])
	s.settled(t, s.demo, id)
	gone := request(t, s.demo.Token(), http.MethodDelete, loadBalancers(s.cloud.LoadBalancerAddress)+"/"+id, nil)
	if gone.status != http.StatusNoContent {
		t.Fatalf("delete: %d %v", gone.status, gone.body)
	}
	// The worker removes the port.
	s.inNeutronsLog(t, gone.header.Get("X-Openstack-Request-Id"))
}

func (s *site) inNeutronsLog(t *testing.T, id string) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; <-time.After(50 * time.Millisecond) {
		found, err := s.cloud.Logged("neutron", id)
		switch {
		case err != nil:
			t.Fatal(err)
		case found:
			return
		case time.Now().After(deadline):
			t.Fatalf("Neutron's log has nothing of request %q", id)
		}
	}
}
