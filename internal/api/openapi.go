package api

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// routeOpenAPI is where the description of the API is served, to everybody: clients look at it before they have a token.
const routeOpenAPI = "/openapi.json"

// document is a part of an OpenAPI description.
type document = map[string]any

// operation is what is to be said of one method of one path beyond that they are there.
type operation struct {
	id, summary string
	// request gives the body's schema, answer that of the body of a success; nil for none. They are made only when they are asked for.
	request, answer func() document
	status          int  // of a success; 0 for what is always refused
	refused         int  // the status with which it is always refused; 0 for what is not
	additive        bool // may be told to take nothing away
	list, fields    bool // what the query may have
	cascade         bool
	open            bool // needs no token
}

// described are the operations of the API by pattern and method, as routing finds them. It is complete once the mux is.
type described map[string]map[string]operation

// note is called for each pattern that is served, whether or not more is known of it.
func (d described) note(pattern string, available methods) {
	if d[pattern] == nil {
		d[pattern] = map[string]operation{}
	}
	for method := range available {
		if _, known := d[pattern][method]; !known {
			d[pattern][method] = operation{}
		}
	}
}

// tell is what is known of an operation.
func (d described) tell(pattern, method string, o operation) {
	if d[pattern] == nil {
		d[pattern] = map[string]operation{}
	}
	d[pattern][method] = o
}

// serveOpenAPI makes the description when it is first asked for.
func (s *server) serveOpenAPI() http.HandlerFunc {
	text := sync.OnceValues(func() ([]byte, error) { return json.MarshalIndent(s.described.document(), "", " ") })
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := text()
		if err != nil {
			s.writeError(r.Context(), w, err)
			return
		}
		w.Header().Set("Content-Type", contentTypeJSON)
		_, _ = w.Write(body) // who does not take it has no use for another answer
	}
}

// canonical is where the paths of Octavia's tree are described; it is served alike below all bases.
const canonical = "/v2/lbaas"

func bases() []string { return []string{canonical, "/v2.0/lbaas", "/v2", "/v2.0"} }

// placed is the path under which a pattern is described.
func placed(pattern string) string {
	pattern = strings.ReplaceAll(strings.ReplaceAll(pattern, "{$}", ""), "...}", "}")
	if rest, amphorae := strings.CutPrefix(pattern, "/v2.0/octavia/"); amphorae {
		return "/v2/octavia/" + rest
	}
	for _, base := range bases() {
		rest, below := strings.CutPrefix(pattern, base+"/")
		if below && rest != "lbaas" && !strings.HasPrefix(rest, "octavia/") {
			return canonical + "/" + rest
		}
	}
	return pattern
}

// document is the whole description, OpenAPI 3.1.
func (d described) document() document {
	paths := document{}
	for pattern, operations := range d {
		path := placed(pattern)
		if paths[path] != nil {
			continue // the same tree below another base
		}
		item := document{}
		if parameters := pathParameters(path); len(parameters) > 0 {
			item["parameters"] = parameters
		}
		for method, o := range operations {
			if method != http.MethodHead { // it is GET's without a body
				item[strings.ToLower(method)] = o.document(method, path)
			}
		}
		paths[path] = item
	}
	return document{
		"openapi": "3.1.0",
		"info": document{
			"title": "Load Balancing v2 (avi-lbaas)", "version": "2.0",
			"description": "OpenStack's Load Balancing v2 API as avi-lbaas serves it on the Avi Controller. Every GET may be a HEAD. " +
				"What is below " + canonical + " is below " + strings.Join(bases()[1:], ", ") + " too, and /v2/octavia is at /v2.0/octavia. " +
				"Made from the tables by which requests are routed, read and answered.",
		},
		"servers":  []any{document{"url": "/", "description": "The root of this service."}},
		"security": []any{document{"token": []any{}}},
		"paths":    paths,
		"components": document{
			"securitySchemes": document{"token": document{
				"type": "apiKey", "in": "header", "name": "X-Auth-Token", "description": "A token of Keystone's.",
			}},
			"schemas":    document{"Fault": shapeOf[fault](), "Unauthenticated": unauthenticatedShape(), "Link": shapeOf[link]()},
			"responses":  faultResponses(),
			"parameters": listParameters(),
		},
	}
}

func pathParameters(path string) (parameters []any) {
	for segment := range strings.SplitSeq(path, "/") {
		if name, ok := strings.CutPrefix(segment, "{"); ok {
			parameters = append(parameters, document{
				"name": strings.TrimSuffix(name, "}"), "in": "path", "required": true, "schema": document{"type": "string"},
			})
		}
	}
	return parameters
}

// document describes one operation. Of one of which nothing was told it says that it is there and how it fails.
func (o operation) document(method, path string) document {
	responses := document{"default": reference("responses/Fault")}
	if !o.open {
		responses["401"] = reference("responses/Unauthenticated")
	}
	switch {
	case o.status != 0:
		success := document{"description": http.StatusText(o.status)}
		if o.answer != nil {
			success["content"] = document{contentTypeJSON: document{"schema": o.answer()}}
		}
		responses[strconv.Itoa(o.status)] = success
	case o.refused != 0:
		responses[strconv.Itoa(o.refused)] = reference("responses/Fault")
	case o.id == "":
		responses["2XX"] = document{"description": "Success", "content": document{contentTypeJSON: document{"schema": document{"type": "object"}}}}
	default:
		responses["501"] = reference("responses/Fault")
	}
	out := document{"responses": responses, "operationId": o.id, "summary": o.summary}
	if o.id == "" {
		out["operationId"] = strings.ToLower(method) + strings.NewReplacer("/", "_", "{", "", "}", "").Replace(path)
		out["summary"] = "Is there."
	}
	if o.open {
		out["security"] = []any{}
	}
	if o.request != nil {
		out["requestBody"] = document{"required": true, "content": document{contentTypeJSON: document{"schema": o.request()}}}
	}
	if parameters := o.parameters(); len(parameters) > 0 {
		out["parameters"] = parameters
	}
	return out
}

func (o operation) parameters() (parameters []any) {
	var names []string
	if o.list {
		names = slices.Sorted(maps.Keys(listParameters()))
	} else if o.fields {
		names = []string{"fields"}
	}
	for _, name := range names {
		parameters = append(parameters, reference("parameters/"+name))
	}
	if o.additive {
		parameters = append(parameters, queryParameter("additive_only", "Delete no members.", document{"type": "boolean"}))
	}
	if o.cascade {
		parameters = append(parameters, queryParameter("cascade", "Take along what hangs from the object.", document{"type": "boolean"}))
	}
	return parameters
}

func reference(to string) document { return document{"$ref": "#/components/" + to} }
