package endtoend_test

import (
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim"
)

// TestKilledWithTwoProviders is TestKilledAtEveryRequest for load balancers of two providers of one Controller, which have a certificate
// and a VRF context in common: these are there once, stay until the second load balancer goes, whichever it is, and are gone then.
func TestKilledWithTwoProviders(t *testing.T) {
	t.Parallel()
	killAtRequests(t, tlsStride, func(t *testing.T) *victim {
		t.Helper()
		k := newKeyring(t)
		v := &victim{}
		v.story = func(t *testing.T) error {
			t.Helper()
			for _, order := range [][]string{{"avi_adc", "gold"}, {"gold", "avi_adc"}} {
				if err := v.shareAndPart(t, k, order); err != nil {
					return fmt.Errorf("%s goes first: %w", order[0], err)
				}
			}
			return nil
		}
		v.sim = newController(t, avisim.Options{OnRequest: v.onRequest})
		host, port, err := net.SplitHostPort(v.sim.Addr())
		must(t, err)
		// The address is written in another way than the first provider's.
		v.serve(t, k.configuration(), fmt.Sprintf(`
[neutron]
endpoint_override = %s
[DEFAULT]
providers = avi_adc, gold
[avi_adc]
vrf_context_per_subnet = true
[gold]
address = %s
port = %s
password = %s
cert_verify = false
vrf_context_per_subnet = true
`, k.cloud.NetworkURL(), host, port, password))
		return v
	})
}

// shareAndPart has a load balancer of each provider come, with the same certificate and on the same subnet, and go in an order.
func (v *victim) shareAndPart(t *testing.T, k *keyring, order []string) error {
	t.Helper()
	v.user.project = k.cloud.ProjectID("demo")
	trees := map[string]*tree{}
	for _, provider := range []string{"avi_adc", "gold"} {
		trees[provider] = newTree(v.user.project, v.lives)
		for _, op := range []func(*tree) operation{
			func(*tree) operation {
				return operation{verb: create, kind: loadBalancer, attributes: attributes{
					"name": "of " + provider, "provider": provider, "vip_subnet_id": k.cloud.SubnetID("demo-subnet"),
				}}
			},
			func(t *tree) operation {
				return operation{verb: create, kind: listener, attributes: attributes{
					"name": "web of " + provider, "loadbalancer_id": t.rootID, "protocol": "TERMINATED_HTTPS", "protocol_port": 443,
					"default_tls_container_ref": k.a, "sni_container_refs": []any{k.b},
				}}
			},
		} {
			if err := v.does(t, trees[provider], op); err != nil {
				return err
			}
		}
	}
	if err := v.wantShared("beside two load balancers"); err != nil {
		return err
	}
	for i, provider := range order {
		err := v.does(t, trees[provider], func(t *tree) operation {
			op := deletion("of " + provider)(t)
			op.cascade = true
			return op
		})
		if err == nil && i == 0 {
			err = v.wantShared("beside the second load balancer")
		}
		if err != nil {
			return err
		}
	}
	if left := objectsOf(v.sim, v.user.project); len(left) > 0 {
		return wrongf("the last one leaves %v", left)
	}
	if ports := k.cloud.Ports(); len(ports) > 0 {
		return wrongf("the last one leaves ports: %v", ports)
	}
	return nil
}

// does has the user carry out an operation on one of several trees.
func (v *victim) does(t *testing.T, on *tree, op func(*tree) operation) error {
	t.Helper()
	v.user.tree = on
	return v.user.do(t.Context(), op(on))
}

// wantShared wants what the load balancers share to be at the Controller, once: one VRF context and two certificates.
func (v *victim) wantShared(when string) error {
	count := map[string]int{}
	for key := range objectsOf(v.sim, v.user.project) {
		typ, _, _ := strings.Cut(key, "/")
		count[typ]++
	}
	if count["vrfcontext"] != 1 || count["sslkeyandcertificate"] != 2 {
		return wrongf("%s the Controller has %v", when, count)
	}
	return nil
}
