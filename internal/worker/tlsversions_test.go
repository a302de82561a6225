package worker_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/testbed"
)

// What a Controller of an older version lacks is refused, at the creation and later, and what it has is carried out.
func TestHTTP2IsRefusedBeforeTheVersionThatHasIt(t *testing.T) {
	s := beginTLS(t, func(o *testbed.Options) { o.Simulator.Version = "18.2.9" })
	www := s.contain(s.ca.issue("default", "www.example.com"))
	h2 := lbaas.ListenerTLSInput{DefaultTLSContainerRef: lbaas.Given(www), ALPNProtocols: lbaas.Given([]string{"h2", "http/1.1"})}
	_, creation := s.Service.CreateListener(t.Context(), s.Caller, s.listenerInput(h2))
	s.addListener(lbaas.ListenerTLSInput{
		DefaultTLSContainerRef: lbaas.Given(www), ALPNProtocols: lbaas.Given([]string{"http/1.1"}),
		TLSVersions: lbaas.Given([]lbaas.TLSVersion{lbaas.TLSv12}), HSTSMaxAge: lbaas.Given(lbaas.SecondsPerDay),
	})
	_, update := s.Service.UpdateListener(t.Context(), s.Caller, s.listener, lbaas.ListenerInput{ListenerTLSInput: h2})
	for _, err := range []error{creation, update} {
		message, _, _ := lbaas.MessageFor(err)
		if !errors.Is(err, lbaas.KindUnsupported) || !strings.HasSuffix(message, "h2 in alpn_protocols of a listener before Avi's API version 20.1.1") {
			t.Errorf("said %q", message)
		}
	}
	s.mustBeActive()
	if got, err := s.get("www.example.com"); err != nil || got.proto != "HTTP/1.1" {
		t.Errorf("%+v, %v", got, err)
	}
}
