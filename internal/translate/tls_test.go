package translate_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/certificate"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/plan"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
)

// What is said of TLS makes nothing at the Controller where nothing is decrypted.
func TestTLSOfAListenerThatDoesNotDecryptIsWithoutEffect(t *testing.T) {
	plain, asked := shop(), shop()
	asked.Tree.Listeners[0].TLS = lbaas.ListenerTLS{
		Versions: []lbaas.TLSVersion{lbaas.TLSv12}, Ciphers: "ECDHE-RSA-AES128-GCM-SHA256", ALPN: []string{"h2", "http/1.1"},
	}
	if diff := cmp.Diff(translate.Objects(plain), translate.Objects(asked)); diff != "" {
		t.Errorf("(-without +with):\n%s", diff)
	}
}

// What a flavor fixes, and what a listener asks of requests, is for the children as for the parent.
func TestChildrenHaveWhatTheirParentHas(t *testing.T) {
	const (
		standard = "https://keys/v1/containers/11111111-1111-4111-8111-111111111111"
		sni      = "https://keys/v1/containers/22222222-2222-4222-8222-222222222222"
	)
	in := shop()
	in.Tree.LoadBalancer.Flavor.SEGroupRef = "/api/serviceenginegroup/gold"
	in.Tree.LoadBalancer.Flavor.VRFRef = "/api/vrfcontext/red"
	in.Tree.LoadBalancer.Flavor.SSLProfileRef = "/api/sslprofile/strict"
	in.Tree.LoadBalancer.Flavor.ApplicationProfileRef = "/api/applicationprofile/gold"
	l := &in.Tree.Listeners[0]
	l.Protocol, l.TLS = lbaas.ListenerTerminatedHTTPS, lbaas.ListenerTLS{DefaultRef: standard, SNIRefs: []string{sni}}
	l.InsertHeaders.ForwardedProto = true
	l.AllowedCIDRs = []string{"192.0.2.0/24"}
	in.Material.Certificates = map[string]*certificate.Certificate{
		standard: {Fingerprint: "a", Domains: []string{"www.example.com"}}, sni: {Fingerprint: "b", Domains: []string{"shop.example.com"}},
	}
	services := map[string]plan.Object{}
	sets := 0
	for _, o := range translate.Objects(in) {
		switch o.Type {
		case translate.TypeVirtualService:
			services[o.UUID] = o
		case translate.TypePolicySet:
			sets++
		}
	}
	parent := services[translate.VirtualServiceUUID(listenerID)]
	child := services[translate.ChildUUID(lbaas.ContainerID(sni), listenerID)]
	for field, want := range map[string]string{
		"se_group_ref": "/api/serviceenginegroup/gold", "vrf_context_ref": "/api/vrfcontext/red",
		"ssl_profile_ref": "/api/sslprofile/strict", "application_profile_ref": "/api/applicationprofile/gold",
	} {
		if parent.Fields[field] != want || child.Fields[field] != want {
			t.Errorf("%s: %v, of the child %v, want %s", field, parent.Fields[field], child.Fields[field], want)
		}
	}
	ours, _ := parent.Fields["http_policies"].(plan.SharedList)
	its, _ := child.Fields["http_policies"].(plan.SharedList)
	if sets != 2 || !ours.Wanted || !its.Wanted || ours.Ours == its.Ours {
		t.Errorf("%d policy sets: %+v, of the child %+v", sets, ours, its)
	}
	if security := child.Fields["network_security_policy_ref"]; security != nil {
		t.Errorf("the child has a network security policy of its own: %v", security)
	}
}
