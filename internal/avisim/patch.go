package avisim

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim/schema"
)

// patch changes fields of an object, one level deep (controller facts 2.5). The merge happens here, so it needs no
// _last_modified.
func (s *Server) patch(c *call, model *schema.Message, id string) (*response, error) {
	raw, err := decodeObject(c.body)
	if err != nil {
		return nil, err
	}
	operation, fields, err := patchOperation(raw)
	if err != nil {
		return nil, err
	}
	return s.change(c, func() (*response, error) {
		old, err := s.findWritable(c, model, id)
		if err != nil {
			return nil, err
		}
		p := patcher{model: model, body: maps.Clone(old.body), replaceEntries: c.knobs.PatchListEntries == PatchReplace}
		if operation == "delete" {
			fields = deletable(model, fields)
		}
		given, err := s.decode(c, model, fields, old)
		if err != nil {
			return nil, err
		}
		delete(given, "uuid")
		for _, name := range slices.Sorted(maps.Keys(given)) {
			p.apply(operation, model.Field(name), given[name])
		}
		if operation == "delete" {
			p.reset(fields)
		}
		return s.overwrite(c, old, p.body)
	})
}

func patchOperation(raw map[string]any) (operation string, fields map[string]any, err error) {
	for _, name := range []string{"add", "replace", "delete"} {
		value, ok := raw[name]
		if !ok {
			continue
		}
		if operation != "" {
			return "", nil, badRequest("PATCH takes one of add, replace and delete, not several")
		}
		operation = name
		if fields, ok = value.(map[string]any); !ok {
			return "", nil, badRequest("PATCH %s: expected an object", name)
		}
	}
	if operation == "" {
		return "", nil, badRequest("PATCH needs one of add, replace and delete")
	}
	return operation, fields, nil
}

// deletable leaves the fields whose values matter: entries of lists. Of other fields the value is ignored, and may refer
// to what is gone (controller facts 2.5); they get nil.
func deletable(model *schema.Message, fields map[string]any) map[string]any {
	out := map[string]any{}
	for name, value := range fields {
		f := model.Field(name)
		if f == nil || f.ReadOnly {
			continue
		}
		if _, isList := value.([]any); f.List && isList {
			out[name] = value
		} else if !f.List {
			out[name] = nil
		}
	}
	return out
}

type patcher struct {
	model          *schema.Message
	body           schema.Object
	replaceEntries bool
}

// reset puts the fields that are no lists back to their defaults, which completing the object fills in.
func (p *patcher) reset(fields map[string]any) {
	for name := range fields {
		if !p.model.Field(name).List {
			delete(p.body, name)
		}
	}
}

func (p *patcher) apply(operation string, f *schema.Field, value any) {
	if !f.List {
		p.body[f.Name] = value
		return
	}
	given := value.([]any)
	current, _ := p.body[f.Name].([]any)
	switch operation {
	case "replace":
		p.body[f.Name] = given
	case "add":
		p.body[f.Name] = p.added(f, current, given)
	case "delete":
		left := slices.DeleteFunc(slices.Clone(current), func(entry any) bool {
			return slices.ContainsFunc(given, func(g any) bool { return p.sameEntry(f, entry, g) })
		})
		p.body[f.Name] = left
	}
}

// added appends entries, or updates those with the same key.
func (p *patcher) added(f *schema.Field, current, given []any) []any {
	out := slices.Clone(current)
	for _, entry := range given {
		i := slices.IndexFunc(out, func(other any) bool { return p.sameEntry(f, other, entry) })
		switch {
		case i < 0:
			out = append(out, entry)
		case f.Kind == schema.KindMessage && !p.replaceEntries:
			merged := maps.Clone(out[i].(schema.Object))
			maps.Copy(merged, entry.(schema.Object))
			out[i] = merged
		default:
			out[i] = entry
		}
	}
	return out
}

// entryKeys say what makes two entries of a list the same, by the entries' type. Types that are not here go by the first
// of genericKeys that they have. A static route has neither: adding one with a used route_id is refused (controller
// facts 2.5, 2.9).
var entryKeys = map[string]string{ //nolint:gochecknoglobals // a table that never changes
	"RoleFilterMatchLabel": "key",
	"Service":              "port",
	"Vip":                  "vip_id",
}

var genericKeys = []string{"index", "name", "key", "uuid"} //nolint:gochecknoglobals // a table that never changes

func (p *patcher) sameEntry(f *schema.Field, a, b any) bool {
	if f.Kind != schema.KindMessage {
		return a == b
	}
	left, right := a.(schema.Object), b.(schema.Object)
	if f.Message.Name == "Server" {
		return p.serverKey(left) == p.serverKey(right)
	}
	key := entryKeys[f.Message.Name]
	for _, generic := range genericKeys {
		if key == "" && f.Message.Field(generic) != nil {
			key = generic
		}
	}
	if key != "" && left[key] != nil && right[key] != nil {
		return left[key] == right[key]
	}
	return sameMessage(f.Message, left, right)
}

// sameMessage compares all fields; a field left out is as good as its default.
func sameMessage(m *schema.Message, a, b schema.Object) bool {
	complete := func(o schema.Object) schema.Object {
		o = maps.Clone(o)
		_ = schema.Complete(m, o) // what is missing stays missing, and differs
		return o
	}
	return reflect.DeepEqual(complete(a), complete(b))
}

type serverKey struct {
	address string
	port    int64
}

// serverKey: ip and port make a server; without a port it has the pool's (controller facts 4.2).
func (p *patcher) serverKey(server schema.Object) serverKey { return serverKeyIn(p.body, server) }

func serverKeyIn(pool, server schema.Object) serverKey {
	port := number(server, "port")
	if port == 0 {
		port = number(pool, "default_server_port")
	}
	return serverKey{strings.ToLower(text(object(server, "ip"), "addr")), port}
}
