package cloudsim

import (
	"net/netip"
	"testing"

	"pgregory.net/rapid"
)

// prefixes of both versions, long enough to walk through.
func prefixes() *rapid.Generator[netip.Prefix] {
	return rapid.Custom(func(t *rapid.T) netip.Prefix {
		if rapid.Bool().Draw(t, "ipv4") {
			var raw [4]byte
			copy(raw[:], rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "address"))
			return netip.PrefixFrom(netip.AddrFrom4(raw), rapid.IntRange(20, 32).Draw(t, "bits")).Masked()
		}
		var raw [16]byte
		copy(raw[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "address"))
		return netip.PrefixFrom(netip.AddrFrom16(raw), rapid.IntRange(116, 128).Draw(t, "bits")).Masked()
	})
}

func TestDefaultPoolsAreTheHostsWithoutTheGateway(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cidr := prefixes().Draw(t, "cidr")
		all := hosts(cidr)
		size := 0
		for a := all.Start; a.IsValid() && all.contains(a); a = a.Next() {
			size++
		}
		gateway := all.Start
		for range rapid.IntRange(0, size-1).Draw(t, "gateway") {
			gateway = gateway.Next()
		}
		pools := defaultPools(cidr, gateway)
		for a := all.Start; a.IsValid() && all.contains(a); a = a.Next() {
			times := 0
			for _, p := range pools {
				if p.contains(a) {
					times++
				}
			}
			if want := map[bool]int{true: 0, false: 1}[a == gateway]; times != want {
				t.Fatalf("%s with gateway %s: %s is in %d pools of %v", cidr, gateway, a, times, pools)
			}
		}
		for _, p := range pools {
			if !cidr.Contains(p.Start) || !cidr.Contains(p.End) || p.End.Less(p.Start) {
				t.Fatalf("%s: pool %s", cidr, p)
			}
		}
	})
}

func TestHosts(t *testing.T) {
	for _, test := range []struct{ cidr, want string }{
		{"10.0.0.0/24", "10.0.0.1-10.0.0.254"},
		{"10.0.0.8/30", "10.0.0.9-10.0.0.10"},
		{"10.0.0.8/31", "10.0.0.8-10.0.0.9"},
		{"10.0.0.8/32", "10.0.0.8-10.0.0.8"},
		{"2001:db8::/64", "2001:db8::1-2001:db8::ffff:ffff:ffff:ffff"},
		{"2001:db8::/127", "2001:db8::-2001:db8::1"},
	} {
		if got := hosts(netip.MustParsePrefix(test.cidr)).String(); got != test.want {
			t.Errorf("%s: %s, want %s", test.cidr, got, test.want)
		}
	}
}

// No two ports ever hold one address, whatever is asked for in whatever order, and a refused request changes nothing.
func TestAllocationsNeverCollide(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := Demo()
		o, err := o.withDefaults()
		if err != nil {
			t.Fatal(err)
		}
		id, err := newIdentity(o)
		if err != nil {
			t.Fatal(err)
		}
		n, err := newNetwork(o, id)
		if err != nil {
			t.Fatal(err)
		}
		s := sortedValues(n.subnets, byAge)[0]
		s.Pools = []pool{{s.CIDR.Addr().Next().Next(), s.CIDR.Addr().Next().Next().Next().Next()}}
		for range rapid.IntRange(1, 12).Draw(t, "requests") {
			var wanted []fixedIP
			for range rapid.IntRange(0, 2).Draw(t, "addresses") {
				want := fixedIP{SubnetID: s.ID}
				if rapid.Bool().Draw(t, "chosen") {
					want.Address = netip.AddrFrom4([4]byte{127, 77, 0, byte(rapid.IntRange(0, 7).Draw(t, "last"))})
				}
				wanted = append(wanted, want)
			}
			p := &port{meta: n.newMeta("", ""), NetworkID: s.NetworkID}
			if p.FixedIPs, err = n.allocate(p, wanted); err == nil {
				n.ports[p.ID] = p
			}
		}
		holders := map[netip.Addr]string{}
		for _, p := range n.ports {
			for _, ip := range p.FixedIPs {
				if other, taken := holders[ip.Address]; taken {
					t.Fatalf("%s is held by %s and %s", ip.Address, other, p.ID)
				}
				if !hosts(s.CIDR).contains(ip.Address) {
					t.Fatalf("%s is no host of %s", ip.Address, s.CIDR)
				}
				holders[ip.Address] = p.ID
			}
		}
	})
}
