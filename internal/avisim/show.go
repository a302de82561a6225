package avisim

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim/schema"
)

// view is how this request wants objects shown.
func (s *Server) view(c *call, names bool) *view {
	_, skip := c.query["skip_default"]
	v := &view{base: c.base, version: c.version, skipDefault: skip && c.query.Get("skip_default") != "false"}
	if fields := c.query.Get("fields"); fields != "" {
		v.fields = append(strings.Split(fields, ","), "uuid", "url", "name")
	}
	if names {
		v.nameOf = func(ref schema.Ref) string {
			if r := s.store.byRef[ref]; r != nil {
				return r.name
			}
			return ""
		}
	}
	return v
}

// comesSorted: a stored virtual service is shown sorted by key, having been kept elsewhere (controller facts 2.1).
func comesSorted(model *schema.Message) bool { return model.Name == "VirtualService" }

// wantsNames: include_name counts with any value, even none (controller facts 2.2).
func wantsNames(c *call) bool {
	_, ok := c.query["include_name"]
	return ok
}

// renderWritten is the answer to a write: references carry names, and what only the stored view has is missing.
func (s *Server) renderWritten(c *call, r *record, status int) *response {
	view := s.view(c, true)
	return jsonResponse(status, view.appendObject(nil, r.model, r.shown(r.body, r.modified, c.request.Method), nil))
}

// storedView are the fields that only GET shows (controller facts 2.2).
func (s *Server) storedView(c *call, r *record, body schema.Object, byUUID bool) schema.Object {
	extra := schema.Object{}
	switch r.model.Name {
	case "VirtualService":
		extra["version"] = strconv.FormatInt(r.version, 10)
		extra["vip_runtime"] = s.vipRuntime(body)
		children := []any{}
		for _, child := range s.children(r) {
			children = append(children, child.uuid)
		}
		if len(children) > 0 || text(body, "type") == vsParent {
			extra["vh_child_vs_uuid"] = children
		}
	case "VsVip":
		if byUUID {
			list := []any{}
			for _, vs := range s.store.referredBy(r.ref(), "VirtualService") {
				list = append(list, vs.ref())
			}
			extra["vs_refs"] = list
		}
	case "Pool":
		if c.version.Less(schema.Version{Major: 17}) {
			extra["server_count"] = int64(len(objects(body, "servers")))
		}
	}
	return extra
}

func (s *Server) vipRuntime(body schema.Object) []any {
	out := []any{}
	if vip := s.store.get("VsVip", refUUID(body, "vsvip_ref")); vip != nil {
		for _, entry := range objects(vip.body, "vip") {
			out = append(out, schema.Object{"vip_id": text(entry, "vip_id"), "se_list": []any{}, "marked_for_delete": false})
		}
	}
	return out
}

// Objects lists what was made through the API, in order of creation. Private keys are left out.
func (s *Server) Objects() []StoredObject {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var all []*record
	for _, list := range s.store.byModel {
		for _, r := range list {
			if !r.system && r.owner == nil {
				all = append(all, r)
			}
		}
	}
	slices.SortFunc(all, func(a, b *record) int { return int(a.sequence - b.sequence) })
	out := make([]StoredObject, 0, len(all))
	for _, r := range all {
		body := maps.Clone(r.body)
		maps.DeleteFunc(body, func(name string, _ any) bool { return secretFields[name] })
		out = append(out, StoredObject{Type: strings.ToLower(r.model.Name), Tenant: r.tenant, Object: plain(r.model, body, s.schema.Version)})
	}
	return out
}

// StoredObject is one object as it is kept: references have the form "/api/<type>/<uuid>".
type StoredObject struct {
	Type   string         `json:"type"`   // as in urls: "virtualservice"
	Tenant string         `json:"tenant"` // uuid
	Object map[string]any `json:"object"` // as encoding/json reads it
}
