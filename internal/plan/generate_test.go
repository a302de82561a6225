package plan_test

import (
	"fmt"

	"pgregory.net/rapid"

	"github.com/avi-lbaas/avi-lbaas/internal/plan"
)

// The generators give objects of one imaginary type, with a field of each sort that LBaaS exposes. Objects at the Controller
// have the same fields, or not, and others in every message.

var (
	text    = rapid.SampledFrom([]string{"", "a", "b", "10.0.0.1"})
	number  = rapid.SampledFrom([]int{0, 1, 2, 80})
	uuidRef = rapid.SampledFrom([]string{"/api/pool/pool-1", "/api/pool/pool-2"})
	nameRef = rapid.SampledFrom([]string{"/api/cloud?name=Default-Cloud", "/api/cloud?name=my cloud"})
)

// maybe gives nil, which wants a field absent, now and then.
func maybe[T any](g *rapid.Generator[T]) *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		if rapid.Bool().Draw(t, "absent") {
			return nil
		}
		return g.Draw(t, "present")
	})
}

var wantedObjects = rapid.Custom(func(t *rapid.T) plan.Object {
	all := fields{
		"name":      rapid.SampledFrom([]string{"web", "shop"}).Draw(t, "name"),
		"enabled":   rapid.Bool().Draw(t, "enabled"),
		"limit":     number.Draw(t, "limit"),
		"text":      maybe(text).Draw(t, "text"),
		"pool_ref":  maybe(uuidRef).Draw(t, "pool_ref"),
		"cloud_ref": nameRef.Draw(t, "cloud_ref"),
		"pool_refs": anyList(rapid.SliceOfNDistinct(uuidRef, 0, 2, rapid.ID).Draw(t, "pool_refs")),
		"settings": fields{
			"depth": maybe(number).Draw(t, "depth"),
			"inner": fields{"flag": rapid.Bool().Draw(t, "flag"), "text": maybe(text).Draw(t, "inner text")},
		},
		"servers":  wantedServers.Draw(t, "servers"),
		"services": wantedServices.Draw(t, "services"),
	}
	// Which fields are exposed may differ between two versions of this project.
	for _, name := range []string{"limit", "text", "pool_refs", "settings", "servers"} {
		if rapid.IntRange(0, 9).Draw(t, "leave out "+name) == 0 {
			delete(all, name)
		}
	}
	o := object(all)
	o.AlternativeName = o.Name() + "-1234"
	return o
})

var wantedServers = rapid.Custom(func(t *rapid.T) plan.List {
	keys := rapid.SliceOfNDistinct(rapid.IntRange(1, 5), 0, 4, rapid.ID).Draw(t, "keys")
	l := servers()
	for _, key := range keys {
		l.Entries = append(l.Entries, fields{
			"ip":    fields{"addr": fmt.Sprintf("2001:db8::%d", key), "type": "V6"},
			"port":  80,
			"ratio": rapid.IntRange(1, 3).Draw(t, "ratio"),
			"note":  maybe(text).Draw(t, "note"),
		})
	}
	return l
})

var wantedServices = rapid.Custom(func(t *rapid.T) plan.List {
	l := positional()
	for range rapid.IntRange(0, 2).Draw(t, "services") {
		l.Entries = append(l.Entries, fields{"port": number.Draw(t, "port"), "enable_ssl": rapid.Bool().Draw(t, "ssl")})
	}
	return l
})

// actualObjects are at the Controller, written by whomever.
var actualObjects = rapid.Custom(func(t *rapid.T) fields {
	return edited(t, fields{
		"uuid":      "pool-1",
		"name":      rapid.SampledFrom([]string{"web", "web-1234", "shop", "other"}).Draw(t, "name"),
		"enabled":   rapid.Bool().Draw(t, "enabled"),
		"limit":     number.Draw(t, "limit"),
		"text":      text.Draw(t, "text"),
		"pool_ref":  "https://c" + uuidRef.Draw(t, "pool_ref") + "#p",
		"cloud_ref": rapid.SampledFrom([]string{"https://c/api/cloud/cloud-1#Default-Cloud", "https://c/api/cloud/cloud-2"}).Draw(t, "cloud_ref"),
		"pool_refs": anyList(rapid.SliceOfN(uuidRef, 0, 3).Draw(t, "pool_refs")),
		"settings": edited(t, fields{
			"depth": number.Draw(t, "depth"),
			"inner": edited(t, fields{"flag": rapid.Bool().Draw(t, "flag"), "text": text.Draw(t, "inner text")}),
		}),
		"servers":  actualEntries(t, "servers", wantedServers),
		"services": actualEntries(t, "services", wantedServices),
	})
})

func actualEntries(t *rapid.T, name string, wanted *rapid.Generator[plan.List]) list {
	entries := list{}
	for _, entry := range wanted.Draw(t, name).Entries {
		present := edited(t, entry)
		for field, value := range present {
			if value == nil {
				delete(present, field)
			}
		}
		entries = append(entries, present)
	}
	return entries
}

// edited is a message that lacks some of its fields and has one that is not ours.
func edited(t *rapid.T, message fields) fields {
	for _, name := range rapid.SliceOfN(rapid.SampledFrom([]string{"enabled", "limit", "text", "pool_ref", "settings", "depth", "inner", "note"}),
		0, 3).Draw(t, "lacks") {
		delete(message, name)
	}
	message["hand_edit"] = fields{"by": rapid.SampledFrom([]string{"x", "y"}).Draw(t, "by"), "at": list{1, fields{"deep": true}}}
	return message
}

func anyList(texts []string) list {
	l := list{}
	for _, text := range texts {
		l = append(l, text)
	}
	return l
}
