package worker_test

import (
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// Two projects may use one container, or certificates of one issuer. Each has objects of its own: those of another tenant can
// neither be referred to nor made again under the same uuid.
func TestProjectsShareAContainer(t *testing.T) {
	s := beginTLS(t)
	middle := newAuthority(t, "Intermediate", &s.ca)
	material := middle.issue("shared", "www.example.com")
	material.Intermediates = middle.pem()
	ref := s.contain(material)
	s.addListener(lbaas.ListenerTLSInput{DefaultTLSContainerRef: lbaas.Given(ref)})
	other, err := s.Service.CreateLoadBalancer(t.Context(), s.Caller, lbaas.LoadBalancerInput{
		ProjectID: lbaas.Given("0a1b2c3d4e5f40718293a4b5c6d7e8f0"), Name: lbaas.Given("web"), VIPAddress: lbaas.Given("127.0.0.2"),
	})
	s.settled(err)
	in := s.listenerInput(lbaas.ListenerTLSInput{DefaultTLSContainerRef: lbaas.Given(ref)})
	in.LoadBalancerID, in.DefaultPoolID = lbaas.Given(other.ID), lbaas.Attr[string]{}
	_, err = s.Service.CreateListener(t.Context(), s.Caller, in)
	s.settled(err)
	if lb := s.Tree(t, other.ID).LoadBalancer; lb.ProvisioningStatus != lbaas.Active {
		t.Fatalf("the other project's load balancer is %s: %s", lb.ProvisioningStatus, lb.StatusReason)
	}
	if n := len(s.ofType("sslkeyandcertificate")); n != 4 {
		t.Errorf("%d objects of certificates, want a certificate and an intermediate for each project", n)
	}
	s.settled(s.Service.DeleteLoadBalancer(t.Context(), s.Caller, s.lb, true))
	if n := len(s.ofType("sslkeyandcertificate")); n != 2 {
		t.Errorf("%d objects of certificates after one project's load balancer went, want the other's 2", n)
	}
	s.settled(s.Service.DeleteLoadBalancer(t.Context(), s.Caller, other.ID, true))
	if left := s.Objects(); len(left) != 0 {
		t.Errorf("left over: %v", left)
	}
}
