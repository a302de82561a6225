package avisim

import (
	"net/http"
	"testing"
)

// The vendor's LBaaS driver names a placement network by the bare id of the Neutron network.
func TestNetworksAreImported(t *testing.T) {
	const id = "22d7ffe1-4a45-5628-b940-41655bfe030e"
	pool := func(name, reference string) string {
		return `{"name":"` + name + `","placement_networks":[{"network_ref":"` + reference +
			`","subnet":{"ip_addr":{"addr":"10.0.0.0","type":"V4"},"mask":24}}]}`
	}
	for _, imports := range []bool{true, false} {
		c := newClient(t, newServer(t, Options{AutoTenants: imports}))
		bare, path := c.do("POST", "/api/pool", pool("a", id)), c.do("POST", "/api/pool", pool("b", "/api/network/"+id))
		if imports {
			bare.wants(http.StatusCreated, "/api/network/"+id+"#")
			path.wants(http.StatusCreated, "/api/network/"+id+"#")
		} else {
			bare.wants(http.StatusBadRequest, "Network object not found!")
			path.wants(http.StatusBadRequest, "Network object not found!")
		}
	}
}
