package cloudsim

import (
	"cmp"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
)

// meta is what every Neutron resource has.
type meta struct {
	ID, Name, ProjectID, Description string
	created, updated                 time.Time
	revision                         int
	// serial is the resource's place in the order of creation.
	serial int
}

type networkObject struct {
	meta
	AdminStateUp, Shared, External bool
}

type pool struct {
	Start netip.Addr `json:"start"`
	End   netip.Addr `json:"end"`
}

type subnet struct {
	meta
	NetworkID  string
	CIDR       netip.Prefix
	Gateway    netip.Addr // zero: none
	Pools      []pool
	EnableDHCP bool
	DNS        []netip.Addr
	Routes     []hostRoute
}

type hostRoute struct {
	Destination netip.Prefix `json:"destination"`
	NextHop     netip.Addr   `json:"nexthop"`
}

type port struct {
	meta
	NetworkID, MAC, DeviceID, DeviceOwner string
	AdminStateUp                          bool
	FixedIPs                              []fixedIP
	QoSPolicyID                           string // empty: none
	SecurityGroups                        []string
}

// fixedIP is an allocation; in requests either part may be missing.
type fixedIP struct {
	SubnetID string     `json:"subnet_id"`
	Address  netip.Addr `json:"ip_address"`
}

// network is Neutron's state and API.
type network struct {
	service  *service
	identity *identity
	now      func() time.Time

	mu       sync.Mutex // guards all that follows; never held while identity.mu is asked for
	networks map[string]*networkObject
	subnets  map[string]*subnet
	ports    map[string]*port
	serial   int

	flavors     map[string]Flavor
	qosPolicies map[string]qosPolicy
	groups      []securityGroup
}

func newNetwork(o Options, id *identity) (*network, error) {
	n := &network{
		identity: id, now: o.Now,
		networks: make(map[string]*networkObject), subnets: make(map[string]*subnet), ports: make(map[string]*port),
		flavors: make(map[string]Flavor), qosPolicies: make(map[string]qosPolicy),
	}
	n.service = &service{prefix: networkPrefix, mux: http.NewServeMux(), log: o.Logger, writeError: n.writeError, noRoute: writeNoRoute}
	n.routes()
	for _, seed := range o.Networks {
		if err := n.addNetwork(seed); err != nil {
			return nil, fmt.Errorf("cloudsim: network %q: %w", seed.Name, err)
		}
	}
	return n, nil
}

func (n *network) addNetwork(seed Network) error {
	owner := n.identity.projectByName(DefaultDomainID, seed.Project)
	if owner == nil {
		return fmt.Errorf("there is no project %q", seed.Project)
	}
	m := n.newMeta(seed.Name, owner.ID)
	m.ID = cmp.Or(seed.ID, uuid.NewSHA1(seedNamespace, []byte("network\x00"+owner.ID+"\x00"+seed.Name)).String())
	if n.networks[m.ID] != nil {
		return fmt.Errorf("the id %s is used twice", m.ID)
	}
	n.networks[m.ID] = &networkObject{meta: m, AdminStateUp: true, Shared: seed.Shared}
	for _, s := range seed.Subnets {
		sm := n.newMeta(s.Name, owner.ID)
		sm.ID = cmp.Or(s.ID, uuid.NewSHA1(seedNamespace, []byte("subnet\x00"+m.ID+"\x00"+s.Name)).String())
		made := &subnet{meta: sm, NetworkID: m.ID, CIDR: s.CIDR, Gateway: s.Gateway}
		if s.PoolStart.IsValid() || s.PoolEnd.IsValid() {
			made.Pools = []pool{{s.PoolStart, s.PoolEnd}}
		}
		if err := n.checkSubnet(made); err != nil {
			return fmt.Errorf("subnet %q: %w", s.Name, err)
		}
		if n.subnets[sm.ID] != nil {
			return fmt.Errorf("subnet %q: the id %s is used twice", s.Name, sm.ID)
		}
		n.subnets[sm.ID] = made
	}
	return nil
}

// newMeta begins a resource with a random id.
func (n *network) newMeta(name, projectID string) meta {
	n.serial++
	now := n.now().UTC().Truncate(time.Second)
	return meta{ID: uuid.NewString(), Name: name, ProjectID: projectID, created: now, updated: now, serial: n.serial}
}

func (m *meta) touch(now time.Time) {
	m.revision++
	m.updated = now.UTC().Truncate(time.Second)
}

// age orders resources by creation.
func (m *meta) age() int { return m.serial }

func byAge[T interface{ age() int }](a, b T) int { return cmp.Compare(a.age(), b.age()) }

func sortedValues[T any](m map[string]T, compare func(a, b T) int) []T {
	values := make([]T, 0, len(m))
	for _, v := range m {
		values = append(values, v)
	}
	slices.SortFunc(values, compare)
	return values
}

// owns tells whether the caller may act for a project: its own, and every one for admins.
func (t *token) owns(projectID string) bool {
	return t.has("admin") || (projectID != "" && t.on.projectID == projectID)
}

// routes mounts the Neutron API.
func (n *network) routes() {
	s := n.service
	s.handle("GET /{$}", nil, n.versions)
	signedIn := map[string]endpoint{
		"GET /v2.0":                      n.resources,
		"GET /v2.0/extensions":           n.listExtensions,
		"GET /v2.0/extensions/{alias}":   n.showExtension,
		"GET /v2.0/security-groups":      n.listSecurityGroups,
		"GET /v2.0/security-groups/{id}": n.showSecurityGroup,

		"GET /v2.0/flavors/{id}":          n.showFlavor,
		"GET /v2.0/service_profiles/{id}": n.showServiceProfile,
		"GET /v2.0/qos/policies/{id}":     n.showQoSPolicy,

		"GET /v2.0/networks":         n.listNetworks,
		"POST /v2.0/networks":        n.createNetwork,
		"GET /v2.0/networks/{id}":    n.showNetwork,
		"PUT /v2.0/networks/{id}":    n.updateNetwork,
		"DELETE /v2.0/networks/{id}": n.deleteNetwork,

		"GET /v2.0/subnets":         n.listSubnets,
		"POST /v2.0/subnets":        n.createSubnet,
		"GET /v2.0/subnets/{id}":    n.showSubnet,
		"PUT /v2.0/subnets/{id}":    n.updateSubnet,
		"DELETE /v2.0/subnets/{id}": n.deleteSubnet,

		"GET /v2.0/ports":         n.listPorts,
		"POST /v2.0/ports":        n.createPort,
		"GET /v2.0/ports/{id}":    n.showPort,
		"PUT /v2.0/ports/{id}":    n.updatePort,
		"DELETE /v2.0/ports/{id}": n.deletePort,
	}
	for pattern, e := range signedIn {
		s.handle(pattern, n.authenticate, func(r *http.Request, caller *token) (reply, error) {
			n.mu.Lock()
			defer n.mu.Unlock()
			return e(r, caller)
		})
	}
}

// authenticate wants a token of a project: all that Neutron does is done for one.
func (n *network) authenticate(r *http.Request) (*token, error) {
	caller, err := n.identity.authenticate(r)
	if err != nil {
		return nil, err
	}
	if caller.on.projectID == "" && !caller.has("admin") {
		return nil, policyForbids("the request")
	}
	return caller, nil
}

func policyForbids(rule string) error {
	return &apiError{
		status: http.StatusForbidden, kind: "PolicyNotAuthorized",
		message: fmt.Sprintf("(rule:%s) is disallowed by policy", rule),
	}
}

// writeError writes Neutron's error body, or for 401 that of keystonemiddleware, which stands before it.
func (n *network) writeError(w http.ResponseWriter, r *http.Request, err error) {
	e := asAPIError(err)
	if e.status == http.StatusUnauthorized {
		n.identity.writeError(w, r, err)
		return
	}
	writeJSON(w, e.status, map[string]any{"NeutronError": map[string]string{"type": e.kind, "message": e.message, "detail": ""}})
}

// writeNoRoute is the answer of Neutron's web framework, which is not in Neutron's own form.
func writeNoRoute(w http.ResponseWriter, _ *http.Request, err *apiError) {
	text := http.StatusText(err.status)
	writeJSON(w, err.status, map[string]string{
		"message": err.message + "<br /><br />\n\n\n", "code": fmt.Sprintf("%d %s", err.status, text), "title": text,
	})
}

func (n *network) versions(r *http.Request, _ *token) (reply, error) {
	return ok("versions", []map[string]any{{
		"id": "v2.0", "status": "CURRENT",
		"links": []map[string]string{{"rel": "self", "href": n.service.baseURL(r) + "/v2.0/"}},
	}}), nil
}

func (n *network) resources(r *http.Request, _ *token) (reply, error) {
	var list []map[string]any
	for _, resource := range []string{"network", "subnet", "port"} {
		list = append(list, map[string]any{
			"name": resource, "collection": resource + "s",
			"links": []map[string]string{{"rel": "self", "href": n.service.baseURL(r) + "/v2.0/" + resource + "s"}},
		})
	}
	return ok("resources", list), nil
}

type extension struct {
	Alias       string   `json:"alias"`
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Updated     string   `json:"updated"`
	Links       []string `json:"links"`
}

// extensions are those that this simulator keeps to.
func extensions() []extension {
	const updated = "2016-01-01T00:00:00-00:00"
	return []extension{
		{"project-id", "project_id field enabled", "Extension that indicates that project_id field is enabled.", updated, []string{}},
		{"security-group", "security-group", "The security groups extension.", updated, []string{}},
		{"flavors", "Neutron Service Flavors", "Flavor specification for Neutron advanced services.", updated, []string{}},
		{"qos", "Quality of Service", "The Quality of Service extension.", updated, []string{}},
		{"pagination", "Pagination support", "Extension that indicates that pagination is enabled.", updated, []string{}},
		{"sorting", "Sorting support", "Extension that indicates that sorting is enabled.", updated, []string{}},
		{"filter-validation", "Filter parameters validation", "Provides validation on filter parameters.", updated, []string{}},
		{"standard-attr-description", "standard-attr-description", "Extension to add descriptions to standard attributes", updated, []string{}},
		{"standard-attr-timestamp", "Resource timestamps", "Adds created_at and updated_at fields.", updated, []string{}},
	}
}

func (n *network) listExtensions(*http.Request, *token) (reply, error) {
	return ok("extensions", extensions()), nil
}

func (n *network) showExtension(r *http.Request, _ *token) (reply, error) {
	alias := r.PathValue("alias")
	for _, e := range extensions() {
		if e.Alias == alias {
			return ok("extension", e), nil
		}
	}
	return reply{}, &apiError{
		status: http.StatusNotFound, kind: "HTTPNotFound",
		message: fmt.Sprintf("Extension with alias %s does not exist", alias),
	}
}

func notFound(kind, format, name string) error {
	return &apiError{status: http.StatusNotFound, kind: kind, message: fmt.Sprintf(format, name)}
}

func invalidInput(format string, a ...any) error {
	return &apiError{
		status: http.StatusBadRequest, kind: "InvalidInput",
		message: "Invalid input for operation: " + fmt.Sprintf(format, a...) + ".",
	}
}

func conflict(kind, format string, a ...any) error {
	return &apiError{status: http.StatusConflict, kind: kind, message: fmt.Sprintf(format, a...)}
}
