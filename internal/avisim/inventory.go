package avisim

import (
	"net/http"
	"slices"
	"strings"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim/schema"
)

// inventoryFields is the part of the configuration that an inventory shows (controller facts 6.2).
var inventoryFields = map[string][]string{ //nolint:gochecknoglobals // a table that never changes
	"VirtualService": {
		"uuid", "name", "url", "enabled", "traffic_enabled", "fqdn", "type", "services", "vsvip_ref", "pool_ref",
		"se_group_ref", "tenant_ref", "cloud_ref", "cloud_type", "dns_info", "vrf_context_ref", "vh_parent_vs_ref",
		"application_profile_ref", "east_west_placement",
	},
	"Pool": {
		"uuid", "name", "url", "enabled", "default_server_port", "vrf_ref", "tenant_ref", "cloud_ref", "lb_algorithm",
		"health_monitor_refs", "application_persistence_profile_ref",
	},
	"VsVip":         {"uuid", "name", "url", "vip", "dns_info", "tenant_ref", "cloud_ref", "vrf_context_ref"},
	"PoolGroup":     {"uuid", "name", "url", "members", "tenant_ref", "cloud_ref"},
	"ServiceEngine": {"uuid", "name", "url", "enable_state", "tenant_ref", "cloud_ref", "se_group_ref"},
}

// inventory answers GET /api/<type>-inventory[/<uuid>].
func (s *Server) inventory(c *call, name string, rest []string) (*response, error) {
	model := s.models[name]
	if model == nil || inventoryFields[model.Name] == nil || len(rest) > 1 {
		return nil, unknownURL()
	}
	if c.request.Method != http.MethodGet {
		return nil, methodNotAllowed(c.request.Method)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	w := &inventoryWriter{server: s, call: c, view: s.view(c, wantsNames(c)), health: s.newHealth(c.now), omitEmpty: s.omitsEmptyStrings()}
	w.parts = []string{"config", "runtime", "health_score", "alert"}
	if include := c.query.Get("include"); include != "" {
		w.parts = strings.Split(include, ",")
	}
	if len(rest) == 1 {
		r, err := s.find(c, model, rest[0])
		if err != nil {
			return nil, err
		}
		body, modified := r.seen(c.now)
		if body == nil {
			return nil, notFound(model.Name)
		}
		return jsonResponse(http.StatusOK, w.append(nil, listed{r, body, modified})), nil
	}
	found, err := s.selected(c, model)
	if err != nil {
		return nil, err
	}
	page, next, err := paginate(c, found)
	if err != nil {
		return nil, err
	}
	items := make([]func([]byte) []byte, len(page))
	for i, item := range page {
		items[i] = func(dst []byte) []byte { return w.append(dst, item) }
	}
	return jsonResponse(http.StatusOK, appendPage(len(found), items, next)), nil
}

// omitsEmptyStrings: from 22.1.6 on (controller facts 2.2), or as the knob says.
func (s *Server) omitsEmptyStrings() bool {
	if s.knobs.InventoryEmptyStrings != "" {
		return s.knobs.InventoryEmptyStrings == EmptyStringsOmit
	}
	return !s.version.Less(schema.Version{Major: 22, Minor: 1, Patch: 6})
}

type inventoryWriter struct {
	server    *Server
	call      *call
	view      *view
	health    *health
	parts     []string
	omitEmpty bool
}

func (w *inventoryWriter) append(dst []byte, item listed) []byte {
	out := schema.Object{"uuid": item.record.uuid}
	for _, part := range w.parts {
		switch part {
		case "config":
			out["config"] = w.config(item)
		case "runtime":
			out["runtime"] = w.server.runtimeOf(w.health, item.record)
		case "health_score":
			out["health_score"] = healthScore(w.health.of(item.record))
		case "alert":
			out["alert"] = schema.Object{"low": int64(0), "medium": int64(0), "high": int64(0)}
		case "faults":
			out["faults"] = schema.Object{}
		}
	}
	w.relations(out, item)
	return w.view.appendValue(dst, nil, out)
}

func (w *inventoryWriter) config(item listed) rendered {
	all := item.record.shown(item.body, item.modified, http.MethodGet)
	model := item.record.model
	part := schema.Object{}
	for _, name := range inventoryFields[model.Name] {
		value, ok := all[name]
		if f := model.Field(name); !ok && !w.omitEmpty && f != nil && f.Kind == schema.KindString && !f.List {
			value, ok = "", true
		}
		if ok && (value != any("") || !w.omitEmpty) {
			part[name] = value
		}
	}
	extra := schema.Object{}
	switch model.Name {
	case "VirtualService":
		if vip := w.server.store.get("VsVip", refUUID(item.body, "vsvip_ref")); vip != nil {
			extra["vip"] = w.view.rendered(w.server.models["vsvip"].Field("vip"), vip.body["vip"])
		}
	case "VsVip":
		list := []any{}
		for _, vs := range w.server.store.referredBy(item.record.ref(), "VirtualService") {
			list = append(list, vs.ref())
		}
		extra["virtualservices"] = list
	}
	return w.view.appendObject(nil, model, part, extra)
}

// relations are the parts of an item that are neither configuration nor runtime.
func (w *inventoryWriter) relations(out schema.Object, item listed) {
	s := w.server
	switch item.record.model.Name {
	case "VirtualService":
		out["app_profile_type"] = s.profilesOf(item.body).applicationType()
		pools := []any{}
		for _, pool := range s.poolsOf(item.body) {
			pools = append(pools, schema.Object{"ref": pool.ref()})
		}
		out["pools"] = pools
		groups := []any{}
		if ref, ok := item.body["pool_group_ref"]; ok {
			groups = append(groups, schema.Object{"ref": ref})
		}
		out["poolgroups"] = groups
	case "Pool":
		services := []any{}
		for _, vs := range s.poolServices(item.record) {
			services = append(services, schema.Object{"ref": vs.ref()})
			out["app_profile_type"] = s.profilesOf(vs.body).applicationType()
		}
		out["virtualservices"] = services
	}
}

// rendered writes one field's value.
func (v *view) rendered(f *schema.Field, value any) rendered {
	if value == nil {
		return rendered("[]")
	}
	return v.appendValue(nil, f, value)
}

func healthScore(status operStatus) schema.Object {
	score := int64(0)
	if status.state == operUp {
		score = 100
	}
	return schema.Object{
		"health_score": score, "performance_score": score, "anomaly_penalty": int64(0), "resources_penalty": int64(0), "security_penalty": int64(0),
	}
}

// of is the state of any object that has one.
func (h *health) of(r *record) operStatus {
	switch r.model.Name {
	case "VirtualService":
		return h.virtualService(r)
	case "Pool":
		return h.pool(r)
	}
	return operStatus{state: operUp, changed: r.created}
}

// runtimeOf is the runtime part of an inventory item, or what GET …/runtime/ answers (controller facts 6.1, 6.2).
func (s *Server) runtimeOf(h *health, r *record) schema.Object {
	switch r.model.Name {
	case "VirtualService":
		return s.serviceRuntime(h, r)
	case "Pool":
		return poolRuntime(h, r)
	case "VsVip":
		summaries := []any{}
		for _, vip := range objects(r.body, "vip") {
			summaries = append(summaries, schema.Object{"vip_id": text(vip, "vip_id"), "oper_status": operStatus{state: operUp, changed: r.created}.json()})
		}
		return schema.Object{"vip_summary": summaries}
	}
	return schema.Object{"oper_status": h.of(r).json()}
}

func (s *Server) serviceRuntime(h *health, r *record) schema.Object {
	status := h.virtualService(r)
	placed := int64(0)
	if slices.Contains([]string{operUp, operDown}, status.state) {
		placed = 1
	}
	summaries := []any{}
	if vip := s.store.get("VsVip", refUUID(r.body, "vsvip_ref")); vip != nil {
		for _, entry := range objects(vip.body, "vip") {
			summaries = append(summaries, schema.Object{
				"vip_id": text(entry, "vip_id"), "oper_status": status.json(), "percent_ses_up": 100 * placed,
				"num_se_assigned": placed, "num_se_requested": int64(1), "service_engine": []any{},
			})
		}
	}
	out := schema.Object{"oper_status": status.json(), "percent_ses_up": 100 * placed, "vip_summary": summaries}
	if s.knobs.VIPSummaryObject && len(summaries) > 0 {
		out["vip_summary"] = summaries[0]
	}
	return out
}

func poolRuntime(h *health, r *record) schema.Object {
	total, up, enabled := int64(0), int64(0), int64(0)
	for _, server := range objects(r.body, "servers") {
		total++
		if flag(server, "enabled") {
			enabled++
		}
		if h.serverStatus(r, server).state == operUp {
			up++
		}
	}
	return schema.Object{
		"oper_status": h.pool(r).json(), "num_servers": total, "num_servers_up": up, "num_servers_enabled": enabled,
		"percent_servers_up_total": percent(up, total), "percent_servers_up_enabled": percent(up, enabled),
	}
}

func percent(part, whole int64) int64 {
	if whole == 0 {
		return 0
	}
	return 100 * part / whole
}

// runtime answers GET /api/<type>/<uuid>/runtime[/…].
func (s *Server) runtime(c *call, model *schema.Message, id string, rest []string) (*response, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	r, err := s.find(c, model, id)
	if err != nil {
		return nil, err
	}
	v := s.view(c, wantsNames(c))
	h := s.newHealth(c.now)
	switch path := strings.Join(rest, "/"); {
	case (model.Name == "VirtualService" || model.Name == "Pool") && (path == "runtime" || path == "runtime/detail" || path == "runtime/internal"):
		return jsonResponse(http.StatusOK, v.appendValue(nil, nil, s.runtimeOf(h, r))), nil
	case model.Name == "Pool" && path == "runtime/server":
		list := serverStates(h, r)
		return jsonResponse(http.StatusOK, v.appendValue(nil, nil, schema.Object{"count": int64(len(list)), "results": list})), nil
	case model.Name == "Pool" && path == "runtime/server/detail":
		list := serverStates(h, r)
		if s.knobs.DetailWrapped {
			return jsonResponse(http.StatusOK, v.appendValue(nil, nil, schema.Object{"server": list})), nil
		}
		return jsonResponse(http.StatusOK, v.appendValue(nil, nil, list)), nil
	}
	return nil, unknownURL()
}

// serverStates has one element for each server (controller facts 6.1).
func serverStates(h *health, r *record) []any {
	list := []any{}
	for _, server := range objects(r.body, "servers") {
		list = append(list, schema.Object{
			"ip_addr": server["ip"], "port": serverKeyIn(r.body, server).port, "hostname": text(server, "hostname"),
			"oper_status": h.serverStatus(r, server).json(),
		})
	}
	return list
}
