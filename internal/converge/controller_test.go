package converge_test

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/avi-lbaas/avi-lbaas/internal/avi"
)

// controller is a Controller in memory: objects by "type/uuid", names that are unique within type and tenant, references that
// have to lead somewhere.
type controller struct {
	objects map[string]avi.Object
	clock   int
	// requests are those that arrived, as "POST pool/pool-1".
	requests []string
	// before, when set, sees each request before it is carried out; an error is its answer.
	before func(request string) error
	// after, when set, sees each request after it was carried out; an error is its answer.
	after func(request string) error
	// keeps, when set, is what the Controller makes of an object that is written.
	keeps func(avi.Object)
}

func newController() *controller { return &controller{objects: map[string]avi.Object{}} }

func failure(kind avi.Kind, method, typ, uuid string) *avi.Error {
	return &avi.Error{Kind: kind, Method: method, Type: typ, UUID: uuid}
}

// serve carries out one request between the hooks.
func (c *controller) serve(ctx context.Context, method, typ, uuid string, f func() (avi.Object, avi.Kind)) (avi.Object, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	request := method + " " + typ + "/" + uuid
	c.requests = append(c.requests, request)
	if c.before != nil {
		if err := c.before(request); err != nil {
			return nil, err
		}
	}
	object, kind := f()
	if kind != "" {
		return nil, failure(kind, method, typ, uuid)
	}
	if c.after != nil {
		if err := c.after(request); err != nil {
			return nil, err
		}
	}
	return overTheWire(object), nil
}

func (c *controller) Get(ctx context.Context, _, typ, uuid string) (avi.Object, error) {
	return c.serve(ctx, http.MethodGet, typ, uuid, func() (avi.Object, avi.Kind) {
		if o, ok := c.objects[typ+"/"+uuid]; ok {
			return o, ""
		}
		return nil, avi.NotFound
	})
}

func (c *controller) Create(ctx context.Context, tenant, typ, uuid string, body avi.Object) (avi.Object, error) {
	return c.serve(ctx, http.MethodPost, typ, uuid, func() (avi.Object, avi.Kind) {
		if _, ok := c.objects[typ+"/"+uuid]; ok {
			return nil, avi.Duplicate
		}
		o := overTheWire(body)
		o["tenant"] = tenant
		return c.put(typ, uuid, o)
	})
}

func (c *controller) Replace(ctx context.Context, _, typ, uuid string, body avi.Object) (avi.Object, error) {
	return c.serve(ctx, http.MethodPut, typ, uuid, func() (avi.Object, avi.Kind) {
		old, ok := c.objects[typ+"/"+uuid]
		switch {
		case !ok:
			return nil, avi.NotFound
		case body["_last_modified"] != old["_last_modified"]:
			return nil, avi.Stale
		}
		return c.put(typ, uuid, overTheWire(body))
	})
}

func (c *controller) Patch(ctx context.Context, _, typ, uuid string, verb avi.PatchVerb, body avi.Object) (avi.Object, error) {
	return c.serve(ctx, http.MethodPatch, typ, uuid, func() (avi.Object, avi.Kind) {
		old, ok := c.objects[typ+"/"+uuid]
		if !ok {
			return nil, avi.NotFound
		}
		o := overTheWire(old)
		for name, value := range overTheWire(body) {
			entries, isList := value.([]any)
			switch {
			case verb == avi.PatchDelete && !isList:
				delete(o, name)
			case verb == avi.PatchReplace || !isList:
				o[name] = value
			default:
				o[name] = patchEntries(o[name], verb, entries)
			}
		}
		return c.put(typ, uuid, o)
	})
}

// patchEntries tells servers apart by their address and other entries by all that they are.
func patchEntries(old any, verb avi.PatchVerb, entries []any) []any {
	list, _ := old.([]any)
	out := slices.Clone(list)
	for _, entry := range entries {
		i := slices.IndexFunc(out, func(e any) bool { return reflect.DeepEqual(keyOf(e), keyOf(entry)) })
		switch {
		case verb == avi.PatchAdd && i < 0:
			out = append(out, entry)
		case verb == avi.PatchAdd:
			changed, _ := out[i].(map[string]any)
			addition, _ := entry.(map[string]any)
			maps.Copy(changed, addition)
		case i >= 0:
			out = slices.Delete(out, i, i+1)
		}
	}
	return out
}

func keyOf(entry any) any {
	if server, ok := entry.(map[string]any); ok {
		return server["ip"]
	}
	return entry
}

func (c *controller) Delete(ctx context.Context, _, typ, uuid string) error {
	_, err := c.serve(ctx, http.MethodDelete, typ, uuid, func() (avi.Object, avi.Kind) {
		if _, ok := c.objects[typ+"/"+uuid]; !ok {
			return nil, avi.NotFound
		}
		for _, o := range c.objects {
			if slices.Contains(referencesOf(o), typ+"/"+uuid) {
				return nil, avi.Referred
			}
		}
		delete(c.objects, typ+"/"+uuid)
		return nil, ""
	})
	return err
}

// List gives the tenant's objects of a type that bear the query's name.
func (c *controller) List(ctx context.Context, tenant, typ string, query url.Values) iter.Seq2[avi.Object, error] {
	return func(yield func(avi.Object, error) bool) {
		var found []avi.Object
		_, err := c.serve(ctx, http.MethodGet, typ, "?name="+query.Get("name"), func() (avi.Object, avi.Kind) {
			for _, key := range slices.Sorted(maps.Keys(c.objects)) {
				if o := c.objects[key]; strings.HasPrefix(key, typ+"/") && o["tenant"] == tenant && o["name"] == query.Get("name") {
					found = append(found, overTheWire(o))
				}
			}
			return nil, ""
		})
		if err != nil {
			yield(nil, err)
			return
		}
		for _, o := range found {
			if !yield(o, nil) {
				return
			}
		}
	}
}

func (c *controller) put(typ, uuid string, o avi.Object) (avi.Object, avi.Kind) {
	for key, other := range c.objects {
		sameName := strings.HasPrefix(key, typ+"/") && key != typ+"/"+uuid && other["name"] == o["name"]
		if sameName && other["tenant"] == o["tenant"] {
			return nil, avi.Duplicate
		}
	}
	for _, ref := range referencesOf(o) {
		if _, ok := c.objects[ref]; !ok {
			return nil, avi.ReferenceMissing
		}
	}
	c.clock++
	o["_last_modified"] = strconv.Itoa(c.clock)
	if c.keeps != nil {
		c.keeps(o)
	}
	c.objects[typ+"/"+uuid] = o
	return o, ""
}

// edit is what somebody does by hand.
func (c *controller) edit(key string, change func(avi.Object)) {
	c.clock++
	o := overTheWire(c.objects[key])
	change(o)
	o["_last_modified"] = strconv.Itoa(c.clock)
	c.objects[key] = o
}

// taken gives back the requests since the last time.
func (c *controller) taken() []string {
	requests := c.requests
	c.requests = nil
	return requests
}

// state are the objects without what does not matter: when they were written, and the order of their servers.
func (c *controller) state() map[string]avi.Object {
	state := map[string]avi.Object{}
	for key, o := range c.objects {
		shown := overTheWire(o)
		delete(shown, "_last_modified")
		if servers, ok := shown["servers"].([]any); ok {
			slices.SortFunc(servers, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		}
		state[key] = shown
	}
	return state
}

// referencesOf are the objects that one refers to by uuid, as "type/uuid".
func referencesOf(o avi.Object) []string {
	var refs []string
	for field, value := range o {
		texts := []any{value}
		if strings.HasSuffix(field, "_refs") {
			texts, _ = value.([]any)
		}
		for _, text := range texts {
			ref, _ := text.(string)
			if strings.Contains(field, "_ref") && ref != "" {
				refs = append(refs, strings.TrimPrefix(ref, "/api/"))
			}
		}
	}
	return refs
}

// overTheWire is a copy of an object as it is decoded.
func overTheWire(o avi.Object) avi.Object {
	text, err := json.Marshal(o)
	if err != nil {
		panic(err)
	}
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	var out avi.Object
	if err := d.Decode(&out); err != nil {
		panic(err)
	}
	return out
}
