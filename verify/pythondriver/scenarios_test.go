//go:build pythondriver

package pythondriver

import (
	"maps"

	"github.com/google/uuid"
)

// step is one LBaaS v2 operation.
type step struct {
	Op   string         `json:"op"`
	Type string         `json:"type"`
	ID   string         `json:"id,omitempty"`
	Body map[string]any `json:"body,omitempty"`
}

// container says what certificate a container of the key manager has.
type container struct {
	CommonName string   `json:"common_name"`
	Names      []string `json:"names,omitempty"` // alternative ones
	Chained    bool     `json:"chained,omitempty"`
}

// scenario is what users did while the Python driver was at work.
type scenario struct {
	Name       string               `json:"name"`
	Config     map[string]any       `json:"config,omitempty"`
	Flavors    map[string]string    `json:"flavors,omitempty"`
	Subnets    map[string]any       `json:"subnets,omitempty"`
	Containers map[string]container `json:"containers,omitempty"`
	steps      []step
}

type attributes = map[string]any

const (
	project = "9f1b2c3d4e5f40718293a4b5c6d7e8f9"
	another = "0a1b2c3d4e5f40718293a4b5c6d7e8f0"
	subnet  = "e67f16e5-833a-5b95-8f9b-b69eb58b37aa"
	network = "22d7ffe1-4a45-5628-b940-41655bfe030e"
)

// id is always the same for the same name of an object in a scenario.
func (s *scenario) id(name string) string {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte(s.Name+"/"+name)).String()
}

func (s *scenario) create(typ, name string, body attributes) string {
	body = maps.Clone(body)
	body["id"] = s.id(name)
	if _, has := body["name"]; !has && typ != "member" && typ != "healthmonitor" {
		body["name"] = name
	}
	s.steps = append(s.steps, step{Op: "create", Type: typ, Body: body})
	return s.id(name)
}

func (s *scenario) update(typ, name string, body attributes) {
	s.steps = append(s.steps, step{Op: "update", Type: typ, ID: s.id(name), Body: body})
}

func (s *scenario) remove(typ, name string) {
	s.steps = append(s.steps, step{Op: "delete", Type: typ, ID: s.id(name)})
}

func (s *scenario) loadBalancer(name, address string, more attributes) string {
	body := attributes{"project_id": project, "vip_address": address, "vip_subnet_id": subnet, "description": "made long ago"}
	body["vip_port_id"] = s.id(name + " port")
	maps.Copy(body, more)
	return s.create("loadbalancer", name, body)
}

func (s *scenario) listener(name, lb, protocol string, port int, more attributes) string {
	body := attributes{"loadbalancer_id": lb, "protocol": protocol, "protocol_port": port}
	maps.Copy(body, more)
	return s.create("listener", name, body)
}

func (s *scenario) pool(name, listener, protocol string, more attributes) string {
	body := attributes{"listener_id": listener, "protocol": protocol, "lb_algorithm": "ROUND_ROBIN"}
	maps.Copy(body, more)
	return s.create("pool", name, body)
}

func (s *scenario) member(name, pool, address string, port int, more attributes) {
	body := attributes{"pool_id": pool, "address": address, "protocol_port": port, "subnet_id": subnet}
	maps.Copy(body, more)
	s.create("member", name, body)
}

func (s *scenario) monitor(name, pool, typ string, more attributes) {
	body := attributes{"pool_id": pool, "type": typ, "delay": 10, "timeout": 4, "max_retries": 3}
	maps.Copy(body, more)
	s.create("healthmonitor", name, body)
}

// contain adds a container and gives its reference.
func (s *scenario) contain(name string, c container) string {
	if s.Containers == nil {
		s.Containers = map[string]container{}
	}
	ref := "https://keymanager.example.com/v1/containers/" + s.id("container "+name)
	s.Containers[ref] = c
	return ref
}

func scenarios() []*scenario {
	return []*scenario{
		plainHTTP(), layer4(), sharedPool(), monitors(), passThrough(), terminated(), flavored(), vrfPerSubnet(), placed(), projects(),
	}
}

func plainHTTP() *scenario {
	s := &scenario{Name: "http"}
	l := s.listener("l1", s.loadBalancer("web", "10.0.0.10", nil), "HTTP", 80, attributes{"connection_limit": 100})
	p := s.pool("p1", l, "HTTP", attributes{"session_persistence": attributes{"type": "APP_COOKIE", "cookie_name": "sid"}})
	s.monitor("hm", p, "HTTP", attributes{"url_path": "/health", "expected_codes": "200,301-302"})
	s.member("m1", p, "10.0.0.21", 8080, nil)
	s.member("m2", p, "10.0.0.22", 8080, attributes{"weight": 100})
	s.member("m3", p, "10.0.0.23", 8080, nil)
	s.member("gone", p, "10.0.0.24", 8080, nil)
	s.update("member", "m3", attributes{"weight": 0})
	s.remove("member", "gone")
	s.update("listener", "l1", attributes{"description": "shop", "admin_state_up": false})
	s.update("listener", "l1", attributes{"admin_state_up": true})
	s.update("loadbalancer", "web", attributes{"name": "web2"})
	return s
}

func layer4() *scenario {
	s := &scenario{Name: "layer4"}
	lb := s.loadBalancer("six", "2001:db8::10", attributes{"name": "", "description": ""})
	p := s.pool("p1", s.listener("l1", lb, "TCP", 3306, attributes{"name": ""}), "TCP", attributes{
		"name": "", "lb_algorithm": "LEAST_CONNECTIONS", "session_persistence": attributes{"type": "SOURCE_IP"},
	})
	s.monitor("hm", p, "TCP", attributes{"delay": 3, "timeout": 3})
	s.member("m1", p, "2001:db8::21", 3306, nil)
	s.member("m2", p, "10.0.0.22", 3307, attributes{"admin_state_up": false})
	s.pool("p2", s.listener("l2", lb, "TCP", 5432, nil), "TCP", attributes{"lb_algorithm": "SOURCE_IP"})
	s.loadBalancer("empty", "10.0.0.30", nil)
	return s
}

func sharedPool() *scenario {
	s := &scenario{Name: "shared-pool"}
	lb := s.loadBalancer("web", "10.0.0.10", nil)
	p := s.pool("p1", s.listener("l1", lb, "HTTP", 80, nil), "HTTP", attributes{"session_persistence": attributes{"type": "HTTP_COOKIE"}})
	s.listener("l2", lb, "HTTP", 8080, attributes{"default_pool_id": p})
	s.listener("l3", lb, "HTTP", 8081, attributes{"default_pool_id": p})
	s.member("m1", p, "10.0.0.21", 8080, nil)
	s.monitor("hm", p, "PING", nil)
	s.update("listener", "l3", attributes{"default_pool_id": nil}) // its copy of the pool stays behind
	return s
}

func monitors() *scenario {
	s := &scenario{Name: "monitors"}
	lb := s.loadBalancer("web", "10.0.0.10", nil)
	p1 := s.pool("p1", s.listener("l1", lb, "HTTP", 81, nil), "HTTP", nil)
	s.monitor("ping", p1, "PING", attributes{"name": "named"})
	p2 := s.pool("p2", s.listener("l2", lb, "HTTP", 82, nil), "HTTP", nil)
	s.monitor("https", p2, "HTTPS", attributes{"http_method": "HEAD", "expected_codes": "200-404"})
	p3 := s.pool("p3", s.listener("l3", lb, "HTTP", 83, nil), "HTTP", nil)
	s.monitor("disabled", p3, "TCP", nil)
	s.update("healthmonitor", "disabled", attributes{"admin_state_up": false})
	return s
}

func passThrough() *scenario {
	s := &scenario{Name: "https"}
	p := s.pool("p1", s.listener("l1", s.loadBalancer("web", "10.0.0.10", nil), "HTTPS", 443, nil), "HTTPS", nil)
	s.member("m1", p, "10.0.0.21", 8443, nil)
	return s
}

func terminated() *scenario {
	s := &scenario{Name: "terminated"}
	www := s.contain("www", container{CommonName: "www.example.com"})
	shop := s.contain("shop", container{CommonName: "shop.example.com", Names: []string{"shop.example.com", "store.example.com"}})
	blog := s.contain("blog", container{CommonName: "blog.example.com", Chained: true})
	former := s.contain("former", container{CommonName: "former.example.com"})
	lb := s.loadBalancer("web", "10.0.0.10", nil)
	l := s.listener("l1", lb, "TERMINATED_HTTPS", 443, attributes{
		"default_tls_container_ref": www, "sni_container_refs": []string{shop, former},
	})
	p := s.pool("p1", l, "HTTP", nil)
	s.member("m1", p, "10.0.0.21", 8080, nil)
	s.monitor("hm", p, "HTTP", nil)
	s.update("listener", "l1", attributes{"sni_container_refs": []string{shop, blog}}) // the certificate stays behind
	s.listener("l2", lb, "TERMINATED_HTTPS", 8443, attributes{"default_tls_container_ref": www, "default_pool_id": p})
	return s
}

func flavored() *scenario {
	s := &scenario{Name: "flavored"}
	group, vrf, perSubnet := s.id("flavor group"), s.id("flavor vrf"), s.id("flavor per subnet")
	s.Flavors = map[string]string{
		group:     "{'se_group_ref': '/api/serviceenginegroup?name=se-group-1'}",
		vrf:       "{'vrf_context_ref': '/api/vrfcontext?name=blue'}",
		perSubnet: "{'vrf_context_per_subnet': True}",
	}
	for i, flavor := range []string{group, vrf, perSubnet} {
		n := string(rune('1' + i))
		lb := s.loadBalancer("web"+n, "10.0.0.1"+n, attributes{"flavor_id": flavor})
		p := s.pool("p"+n, s.listener("l"+n, lb, "HTTP", 80, nil), "HTTP", nil)
		s.member("m"+n, p, "10.0.0.21", 8080, nil)
	}
	return s
}

func vrfPerSubnet() *scenario {
	s := &scenario{Name: "vrf-per-subnet", Config: map[string]any{"vrf_context_per_subnet": true}}
	for _, n := range []string{"1", "2"} {
		p := s.pool("p"+n, s.listener("l"+n, s.loadBalancer("web"+n, "10.0.0.1"+n, nil), "HTTP", 80, nil), "HTTP", nil)
		s.member("m"+n, p, "10.0.0.21", 8080, nil)
	}
	s.loadBalancer("empty", "10.0.0.30", nil)
	return s
}

func placed() *scenario {
	s := &scenario{Name: "placement-networks", Config: map[string]any{"use_placement_network_for_pool": true}}
	s.Subnets = map[string]any{subnet: attributes{"id": subnet, "cidr": "10.0.0.0/24", "network_id": network, "ip_version": 4}}
	p := s.pool("p1", s.listener("l1", s.loadBalancer("web", "10.0.0.10", nil), "HTTP", 80, nil), "HTTP", nil)
	s.member("m1", p, "10.0.0.21", 8080, nil)
	s.member("m2", p, "10.9.9.9", 8080, attributes{"subnet_id": nil})
	return s
}

func projects() *scenario {
	s := &scenario{Name: "projects"}
	for _, of := range []string{project, another} {
		own := attributes{"project_id": of, "name": "web"}
		p := s.pool("p"+of, s.listener("l"+of, s.loadBalancer("lb"+of, "10.0.0.10", own), "HTTP", 80, attributes{"name": "l1"}), "HTTP", nil)
		s.member("m"+of, p, "10.0.0.21", 8080, nil)
	}
	return s
}
