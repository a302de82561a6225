package avisim

import (
	"net/url"
	"strings"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim/schema"
)

// sharedModels are readable from every tenant when they are the admin tenant's (controller facts 3). Of the other types
// only the system-default objects are.
var sharedModels = map[string]bool{ //nolint:gochecknoglobals // a table that never changes
	"Tenant": true, "Cloud": true, "ServiceEngineGroup": true, "VrfContext": true, "Network": true, "ServiceEngine": true,
	"ApplicationProfile": true, "NetworkProfile": true, "HealthMonitor": true, "ApplicationPersistenceProfile": true,
	"SSLProfile": true, "StringGroup": true, "AnalyticsProfile": true,
}

// visible says whether a tenant may read the object.
func (r *record) visible(tenant string) bool {
	return r.tenant == tenant || r.tenant == adminTenant && (r.system || sharedModels[r.model.Name])
}

// resolver finds the targets of one request's references.
type resolver struct {
	store  *store
	tenant string // uuid of the request's tenant
	cloud  string // uuid of the object's cloud, for names without one; empty is any
	status int    // of the answer when there is no such object
	models map[string]*schema.Message
	// network finds the network of Neutron's with an id that is not in the store yet; nil when there is none.
	network func(id string) *record
}

// resolve reads a reference in any of the accepted forms (controller facts 2.2): a path or a full url with a uuid and
// perhaps #name, or with ?name=, tenant= and cloud=. The host is not looked at.
func (rs *resolver) resolve(refType, reference string) (schema.Ref, error) {
	target, err := url.Parse(reference)
	if err != nil {
		return schema.Ref{}, badRequest("Invalid reference %q", reference)
	}
	segments := pathSegments(target.Path)
	if id := networkID(refType, segments); id != "" {
		segments = []string{"api", "network", id}
	}
	if len(segments) < 2 || len(segments) > 3 || segments[0] != "api" || segments[1] != strings.ToLower(refType) {
		return schema.Ref{}, badRequest("Invalid reference %q: expected /api/%s/<uuid>", reference, strings.ToLower(refType))
	}
	var found *record
	if len(segments) == 3 {
		found = rs.store.get(refType, segments[2])
		if found == nil && refType == "Network" {
			found = rs.network(segments[2])
		}
	} else {
		query := target.Query()
		if query.Get("name") == "" {
			return schema.Ref{}, badRequest("Invalid reference %q: neither a uuid nor a name", reference)
		}
		found = rs.byName(refType, query)
	}
	if found == nil || !found.visible(rs.tenant) {
		return schema.Ref{}, refuse(rs.status, "%s object not found!", refType)
	}
	return found.ref(), nil
}

// byName looks in the named tenant, or else the request's and then the admin's.
func (rs *resolver) byName(refType string, query url.Values) *record {
	tenants := []string{rs.tenant, adminTenant}
	if name := query.Get("tenant"); name != "" {
		tenant := rs.store.tenantNamed(name)
		if tenant == nil {
			return nil
		}
		tenants = []string{tenant.uuid}
	}
	cloud := rs.cloud
	if name := query.Get("cloud"); name != "" {
		found := rs.store.byName[nameKey{"Cloud", name, adminTenant, ""}]
		if found == nil {
			return nil
		}
		cloud = found.uuid
	}
	if model := rs.models[strings.ToLower(refType)]; model == nil || !model.CloudBound() {
		cloud = ""
	}
	for _, tenant := range tenants {
		if r := rs.store.named(refType, query.Get("name"), tenant, cloud); r != nil {
			return r
		}
	}
	return nil
}

func (s *store) tenantNamed(name string) *record {
	return s.byName[nameKey{"Tenant", name, adminTenant, ""}]
}

// pathSegments splits a path; doubled and trailing slashes do not count (controller facts 2.1).
func pathSegments(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
}
