package engine

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestWantedListeners(t *testing.T) {
	vip := func(texts ...string) (addresses []netip.Addr) {
		for _, text := range texts {
			addresses = append(addresses, netip.MustParseAddr(text))
		}
		return addresses
	}
	key := func(address string, kind Kind) frontKey {
		return frontKey{address: netip.MustParseAddrPort(address), kind: kind}
	}
	web := Service{Kind: KindHTTP, Port: 80, PortEnd: 80}
	for _, test := range []struct {
		name     string
		disabled bool
		vips     []netip.Addr
		services []Service
		want     []frontKey
		problem  string
	}{
		{
			name: "every VIP with every port", vips: vip("127.0.0.1", "::1"),
			services: []Service{web, {Kind: KindTCP, Port: 7000, PortEnd: 7001}},
			want: []frontKey{
				key("127.0.0.1:80", KindHTTP), key("127.0.0.1:7000", KindTCP), key("127.0.0.1:7001", KindTCP),
				key("[::1]:80", KindHTTP), key("[::1]:7000", KindTCP), key("[::1]:7001", KindTCP),
			},
		},
		{
			name: "the last port of all", vips: vip("127.0.0.1"),
			services: []Service{{Kind: KindUDP, Port: 65535, PortEnd: 65535}}, want: []frontKey{key("127.0.0.1:65535", KindUDP)},
		},
		{name: "disabled", disabled: true, vips: vip("127.0.0.1"), services: []Service{web}},
		{
			name: "what is not loopback is left out", vips: vip("10.0.0.1", "127.0.0.1", "0.0.0.0", "2001:db8::1"),
			services: []Service{web}, want: []frontKey{key("127.0.0.1:80", KindHTTP)}, problem: reasonNoNetwork,
		},
		{
			name: "ports that are no range are left out", vips: vip("127.0.0.1"),
			services: []Service{{Kind: KindTCP, Port: 81, PortEnd: 80}, {Kind: KindTCP}, web},
			want:     []frontKey{key("127.0.0.1:80", KindHTTP)}, problem: "Ports 81 to 80 are not a range",
		},
		{
			name: "an IPv4 address in IPv6 form is that IPv4 address", vips: vip("::ffff:127.0.0.1"),
			services: []Service{web}, want: []frontKey{key("127.0.0.1:80", KindHTTP)},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := newView(VirtualService{Enabled: !test.disabled, VIPs: test.vips, Services: test.services}, &counters{}, nil, nil)
			got, problem := v.wanted()
			compare := cmp.Options{cmp.AllowUnexported(frontKey{}), cmpopts.EquateComparable(netip.AddrPort{})}
			if diff := cmp.Diff(test.want, got, compare); diff != "" || problem != test.problem {
				t.Errorf("problem %q, want %q; listeners (-want +got):\n%s", problem, test.problem, diff)
			}
		})
	}
}

func TestWantedListenersAreBounded(t *testing.T) {
	v := newView(VirtualService{
		Enabled: true, VIPs: []netip.Addr{netip.MustParseAddr("127.0.0.1")},
		Services: []Service{{Kind: KindTCP, Port: 1, PortEnd: 65535}},
	}, &counters{}, nil, nil)
	keys, problem := v.wanted()
	if len(keys) != maxFronts || problem == "" {
		t.Errorf("%d listeners, problem %q, want %d and one", len(keys), problem, maxFronts)
	}
}
