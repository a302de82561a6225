package api

import (
	"net/http"
	"reflect"
	"strings"
)

// listParameters are what every list takes beside its filters, which are the attributes of its objects.
func listParameters() document {
	text := document{"type": "string"}
	return document{
		"limit":        queryParameter("limit", "The most entries of a page.", text),
		"marker":       queryParameter("marker", "The id of the entry that the page begins after.", text),
		"page_reverse": queryParameter("page_reverse", "Page backwards.", document{"type": "boolean"}),
		"sort":         queryParameter("sort", "Attributes to order by, each with :asc or :desc behind it if need be, with commas between.", text),
		"sort_key":     queryParameter("sort_key", "The older form of sort: attributes.", text),
		"sort_dir":     queryParameter("sort_dir", "The older form of sort: directions.", text),
		"project_id":   queryParameter("project_id", "Of one project only, for administrators.", text),
		"fields": document{
			"name": "fields", "in": "query", "style": "form", "explode": true, "schema": document{"type": "array", "items": text},
			"description": "Show these attributes only; may be given several times. Answers then lack the others, also required ones.",
		},
		"filters": document{
			"name": "filters", "in": "query", "style": "form", "explode": true,
			"schema":      document{"type": "object", "additionalProperties": text},
			"description": "Attributes with the values that the listed objects have to have.",
		},
	}
}

func queryParameter(name, description string, schema document) document {
	return document{"name": name, "in": "query", "description": description, "schema": schema}
}

func faultResponses() document {
	return document{
		"Fault": document{
			"description": "The request was refused or could not be carried out; faultstring says why.",
			"content":     document{contentTypeJSON: document{"schema": reference("schemas/Fault")}},
		},
		"Unauthenticated": document{
			"description": "There is no token, or none that is valid for this request.",
			"content":     document{contentTypeJSON: document{"schema": reference("schemas/Unauthenticated")}},
		},
	}
}

// unauthenticatedShape is keystonemiddleware's body.
func unauthenticatedShape() document {
	return exactly(document{"error": exactly(document{
		"code": document{"type": "integer"}, "title": document{"type": "string"}, "message": document{"type": "string"},
	})})
}

// rooted is an object with one attribute, the root of a body.
func rooted(root string, schema document) document { return exactly(document{root: schema}) }

// describe tells of a resource's five operations.
func (res resource[V, In]) describe(d described, path string, links string) {
	object := func() document {
		var none V
		return shape(reflect.TypeOf(res.render(none)))
	}
	whole := func() document { return rooted(res.singular, object()) }
	body := func(s rootSchema) func() document {
		return func() document { return rooted(s.root, s.document()) }
	}
	tell := func(pattern, method, verb string, o operation) {
		o.id, o.summary = verb+identifierOf(strings.TrimPrefix(placed(path), canonical)), verb+" "+res.display
		d.tell(pattern, method, o)
	}
	tell(path, http.MethodGet, "list", operation{status: http.StatusOK, list: true, answer: func() document {
		return exactly(document{
			res.plural: document{"type": "array", "items": object()},
			links:      document{"type": "array", "items": reference("schemas/Link")},
		})
	}})
	tell(path, http.MethodPost, "create", operation{
		status: http.StatusCreated, request: body(res.post), answer: whole,
	})
	for method, verb := range map[string]string{http.MethodPut: "update", http.MethodDelete: "delete"} {
		d.tell(path, method, lacking(verb, strings.Trim(identifierOf(strings.TrimPrefix(placed(path), canonical)), "_")))
	}
	one := path + "/{id}"
	tell(one, http.MethodGet, "show", operation{status: http.StatusOK, fields: true, answer: whole})
	tell(one, http.MethodPut, "update", operation{
		status: http.StatusOK, request: body(res.put), answer: whole,
	})
	tell(one, http.MethodDelete, "delete", operation{status: http.StatusNoContent, cascade: res.cascades})
}

func identifierOf(path string) string {
	out := make([]rune, 0, len(path))
	for _, r := range path {
		switch r {
		case '/':
			out = append(out, '_')
		case '{', '}':
		default:
			out = append(out, r)
		}
	}
	return string(out)
}

// describeOthers tells of what is no resource, below one base.
func describeOthers(d described, base string) {
	stats := func() document { return rooted("stats", shapeOf[statsView]()) }
	tree := func() document { return rooted("statuses", rooted("loadbalancer", shapeOf[loadBalancerStatus]())) }
	neutronTree := func() document { return rooted("statuses", rooted("loadbalancer", shapeOf[neutronStatus]())) }
	named := func(root string) func() document {
		return func() document { return rooted(root, document{"type": "array", "items": shapeOf[providerView]()}) }
	}
	describeQuotas(d, base)
	describeRefused(d, base)
	describeMembersPut(d, base)
	made := d[base+"/loadbalancers"][http.MethodPost]
	made.answer = func() document {
		// Who makes a whole tree is shown a whole tree.
		return rooted("loadbalancer", document{"anyOf": []any{shapeOf[loadBalancerView](), shapeOf[fullLoadBalancerView]()}})
	}
	d.tell(base+"/loadbalancers", http.MethodPost, made)
	for path, o := range map[string]operation{
		"/loadbalancers/{id}/status":   {id: "show_loadbalancer_status", summary: "show the statuses of a load balancer's tree", answer: tree},
		"/loadbalancers/{id}/statuses": {id: "show_loadbalancer_statuses", summary: "the same as in Neutron LBaaS v2, with all pools", answer: neutronTree},
		"/loadbalancers/{id}/stats":    {id: "show_loadbalancer_stats", summary: "show a load balancer's counters", answer: stats},
		"/listeners/{id}/stats":        {id: "show_listener_stats", summary: "show a listener's counters", answer: stats},
		"/providers":                   {id: "list_providers", summary: "list the providers", fields: true, answer: named("providers")},
		"/providers/{id}/flavor_capabilities": {
			id: "list_flavor_capabilities", summary: "list what a provider's flavors may say", fields: true,
			answer: named("flavor_capabilities"),
		},
		"/providers/{id}/availability_zone_capabilities": {
			id: "list_availability_zone_capabilities", summary: "list what a provider's availability zones may say", fields: true,
			answer: named("availability_zone_capabilities"),
		},
	} {
		o.status = http.StatusOK
		d.tell(base+path, http.MethodGet, o)
	}
}

// describeRoots tells of what stands outside of the tree.
func describeRoots(d described) {
	d.tell(routeHealthcheck, http.MethodGet, operation{
		id: "healthcheck", summary: "say whether this process is fit for requests", status: http.StatusOK, open: true,
	})
	version := func() document { return rooted("version", shapeOf[versionEntry]()) }
	d.tell("/{$}", http.MethodGet, operation{
		id: "list_versions", summary: "list the versions", status: http.StatusOK, open: true,
		answer: func() document {
			return rooted("versions", document{"type": "array", "items": shapeOf[versionEntry]()})
		},
	})
	for name, path := range map[string]string{
		"v2": "/v2", "v2_0": "/v2.0", "v2_lbaas": "/v2/lbaas", "v2_0_lbaas": "/v2.0/lbaas",
	} {
		d.tell(path, http.MethodGet, operation{
			id: "show_version_at_" + name, summary: "show the version", status: http.StatusOK, open: true, answer: version,
		})
	}
	d.tell(routeOpenAPI, http.MethodGet, operation{
		id: "show_description", summary: "show this description", status: http.StatusOK, open: true, answer: func() document { return document{"type": "object"} },
	})
}
