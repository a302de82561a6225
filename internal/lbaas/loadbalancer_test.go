package lbaas_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

func TestNewLoadBalancer(t *testing.T) {
	for _, c := range []struct {
		name, body string
		want       lbaas.LoadBalancer
	}{
		{"defaults", `{"vip_subnet_id":"s"}`, lbaas.LoadBalancer{
			Resource: lbaas.Resource{AdminStateUp: true}, VIP: lbaas.VIP{SubnetID: "s"},
		}},
		{
			"everything",
			`{"project_id":"p","name":"web","description":"d","admin_state_up":false,"provider":"avi_adc",
			  "vip_address":"10.0.0.10","vip_subnet_id":"s","vip_network_id":"n","vip_port_id":"o"}`,
			lbaas.LoadBalancer{
				Resource: lbaas.Resource{ProjectID: "p", Name: "web"}, Description: "d", Provider: "avi_adc",
				VIP: lbaas.VIP{Address: "10.0.0.10", SubnetID: "s", NetworkID: "n", PortID: "o"},
			},
		},
		{"nulls are defaults", `{"name":null,"admin_state_up":null,"vip_address":null}`, lbaas.LoadBalancer{
			Resource: lbaas.Resource{AdminStateUp: true},
		}},
		{"an IPv6 address in its canonical form", `{"vip_address":"2001:DB8:0::00Ff"}`, lbaas.LoadBalancer{
			Resource: lbaas.Resource{AdminStateUp: true}, VIP: lbaas.VIP{Address: "2001:db8::ff"},
		}},
		{"255 characters of several bytes", `{"name":"` + strings.Repeat("ü", 255) + `"}`, lbaas.LoadBalancer{
			Resource: lbaas.Resource{AdminStateUp: true, Name: strings.Repeat("ü", 255)},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := lbaas.NewLoadBalancer(decode[lbaas.LoadBalancerInput](t, c.body))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestLoadBalancerRefusals(t *testing.T) {
	long := strings.Repeat("ü", 256)
	checkRefusals(t, []refusal{
		{
			"no address", `{"vip_address":"10.0.0.256"}`, invalid,
			"Invalid input for field/attribute vip_address. Value: '10.0.0.256'. Value should be IPv4 or IPv6 format",
		},
		{
			"an address with a zone", `{"vip_address":"fe80::1%eth0"}`, invalid,
			"Invalid input for field/attribute vip_address. Value: 'fe80::1%eth0'. Value should be IPv4 or IPv6 format",
		},
		{
			"a name of 256 characters", `{"name":"` + long + `"}`, invalid,
			"Invalid input for field/attribute name. Value: '" + long + "'. " + itsLimit,
		},
		{
			"a description with a NUL", `{"description":"a\u0000b"}`, invalid,
			"Invalid input for field/attribute description. Value: 'a\x00b'. Value should not contain NUL characters.",
		},
	}, func(in lbaas.LoadBalancerInput) error {
		_, err := lbaas.NewLoadBalancer(in)
		return err
	})
}

func TestTextThatIsNoUTF8IsRefused(t *testing.T) {
	_, err := lbaas.NewLoadBalancer(lbaas.LoadBalancerInput{Name: lbaas.Given("a\xff")})
	if message, kind, _ := lbaas.MessageFor(err); kind != invalid ||
		message != "Invalid input for field/attribute name. Value: 'a\xff'. Value should be valid UTF-8." {
		t.Errorf("got (%q, %q)", message, kind)
	}
}

func TestUpdateLoadBalancer(t *testing.T) {
	before := lbaas.LoadBalancer{
		Resource:    lbaas.Resource{ID: "lb", ProjectID: "p", Name: "web"},
		Description: "d", Provider: "avi_adc", VIP: lbaas.VIP{Address: "10.0.0.10", SubnetID: "s"},
	}
	for _, c := range []struct {
		name, body string
		change     func(*lbaas.LoadBalancer)
	}{
		{"an empty request changes nothing", `{}`, func(*lbaas.LoadBalancer) {}},
		{"values", `{"name":"shop","admin_state_up":true}`, func(lb *lbaas.LoadBalancer) {
			lb.Name, lb.AdminStateUp = "shop", true
		}},
		{"nulls are defaults", `{"name":null,"description":null,"admin_state_up":null}`, func(lb *lbaas.LoadBalancer) {
			lb.Name, lb.Description, lb.AdminStateUp = "", "", true
		}},
		{"what cannot be changed stays", `{"vip_address":"10.0.0.11","provider":"x","vip_subnet_id":"t"}`, func(*lbaas.LoadBalancer) {}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, want := before, before
			c.change(&want)
			if err := got.Update(decode[lbaas.LoadBalancerInput](t, c.body)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestDisplayNameIsTheAddressOfANamelessLoadBalancer(t *testing.T) {
	lb := lbaas.LoadBalancer{VIP: lbaas.VIP{Address: "10.0.0.10"}}
	if got := lb.DisplayName(); got != "10.0.0.10" {
		t.Errorf("got %q", got)
	}
	lb.Name = "web"
	if got := lb.DisplayName(); got != "web" {
		t.Errorf("got %q", got)
	}
}
