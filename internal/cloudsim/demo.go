package cloudsim

import "net/netip"

// DemoPassword is the password of every user of Demo.
const DemoPassword = "secret"

// Demo is a small cloud: projects admin, demo, alt and service; admin, two ordinary users, the service user avi-lbaas, and
// one user for each load-balancer role; a network of project demo, one of alt, and a shared one of admin, all on loopback
// ranges so that what balances traffic there needs no rights on a laptop.
func Demo() Options {
	demoRole := func(name string, roles ...string) User {
		u := User{Name: name, Password: DemoPassword, DefaultProject: "demo"}
		for _, role := range roles {
			u.Grants = append(u.Grants, Grant{Role: role, Project: "demo"})
		}
		return u
	}
	return Options{
		Projects: []Project{{Name: "admin"}, {Name: "demo"}, {Name: "alt"}, {Name: "service"}},
		Users: []User{
			{
				Name: "admin", Password: DemoPassword,
				Grants: []Grant{{Role: "admin", Project: "admin"}, {Role: "admin", Domain: DefaultDomainName}, {Role: "admin", System: true}},
			},
			{
				Name: "avi-lbaas", Password: DemoPassword,
				Grants: []Grant{{Role: "admin", Project: "service"}, {Role: "service", Project: "service"}},
			},
			demoRole("demo", "member", "load-balancer_member"),
			{
				Name: "alt", Password: DemoPassword, DefaultProject: "alt",
				Grants: []Grant{{Role: "member", Project: "alt"}, {Role: "load-balancer_member", Project: "alt"}},
			},
			demoRole("demo-admin", "load-balancer_admin"),
			demoRole("demo-observer", "load-balancer_observer"),
			demoRole("demo-global-observer", "load-balancer_global_observer"),
			demoRole("demo-quota-admin", "load-balancer_quota_admin"),
			demoRole("demo-reader", "reader"),
			demoRole("demo-plain", "member"),
		},
		Networks: []Network{
			demoNetwork("demo-net", "demo-subnet", "demo", 77, false),
			demoNetwork("shared-net", "shared-subnet", "admin", 78, true),
			demoNetwork("alt-net", "alt-subnet", "alt", 79, false),
		},
	}
}

// demoNetwork has one subnet, 127.<octet>.0.0/24, with addresses .10 to .250 to give out.
func demoNetwork(name, subnet, project string, octet byte, shared bool) Network {
	addr := func(last byte) netip.Addr { return netip.AddrFrom4([4]byte{127, octet, 0, last}) }
	return Network{
		Name: name, Project: project, Shared: shared,
		Subnets: []Subnet{{
			Name: subnet, CIDR: netip.PrefixFrom(addr(0), 24), Gateway: addr(1), PoolStart: addr(10), PoolEnd: addr(250),
		}},
	}
}
