package plan

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Difference is one field whose value at the Controller is not the wanted one. Secrets in it are masked.
type Difference struct {
	// Path names the field: nested fields after a dot, the entry of a list in brackets, by its key or, where it has none, by
	// its position from 0: "servers[10.0.0.1,80].ratio", "vip[0].enabled".
	Path string `json:"path"`
	// Actual is the Controller's value, Wanted ours, in JSON's types; nil is absent, or the Controller's default.
	Actual any `json:"actual"`
	Wanted any `json:"wanted"`
}

// Differences tells of Differs' fields in which place they differ. It is empty if and only if Differs is. The actual object is
// one read with include_name, decoded with json.Number for numbers.
func (o *Object) Differences(actual map[string]any) []Difference {
	c := comparison{typ: o.Type}
	for _, name := range o.Differs(actual) {
		before := len(c.found)
		c.compare(name, name, o.Fields[name], actual[name])
		if len(c.found) == before {
			// What differs is nothing that a place could be named for, such as an entry that is there twice.
			c.add(name, actual[name], o.Fields[name])
		}
	}
	return c.found
}

// Initial are all fields that the object is created with, as differences from nothing.
func (o *Object) Initial() []Difference {
	c := comparison{typ: o.Type}
	fields := maps.Clone(o.Fields)
	for name, value := range o.Once {
		if _, exposed := fields[name]; !exposed {
			fields[name] = value
		}
	}
	for _, name := range sortedKeys(fields) {
		c.all(name, fields[name])
	}
	return c.found
}

// comparison collects the differences of one object.
type comparison struct {
	typ   string
	found []Difference
}

func (c *comparison) add(path string, actual, wanted any) {
	c.found = append(c.found, Difference{
		Path: path, Actual: masked(c.typ, path, shown(actual)), Wanted: masked(c.typ, path, shown(wanted)),
	})
}

// compare follows equal: what differs for it is named here.
func (c *comparison) compare(path, field string, wanted, actual any) {
	switch w := wanted.(type) {
	case map[string]any:
		if a, ok := actual.(map[string]any); ok || len(w) > 0 {
			c.compareMap(path, w, a)
			return
		}
	case List:
		if a, ok := actual.([]any); ok || actual == nil {
			c.compareList(path, w, a)
			return
		}
	}
	if !equal(field, wanted, actual) {
		c.add(path, actual, wanted)
	}
}

func (c *comparison) compareMap(path string, wanted, actual map[string]any) {
	for _, name := range sortedKeys(wanted) {
		c.compare(path+"."+name, name, wanted[name], actual[name])
	}
}

func (c *comparison) compareList(path string, wanted List, actual []any) {
	stays := map[int]bool{}
	for i, at := range wanted.positions(actual) {
		place := path + "[" + wanted.label(i, wanted.Entries[i]) + "]"
		if at < 0 {
			c.add(place, nil, wanted.Entries[i])
			continue
		}
		stays[at] = true
		entry, _ := actual[at].(map[string]any) // positions gives messages only
		c.compareMap(place, wanted.Entries[i], entry)
	}
	for i, entry := range actual {
		if message, ok := entry.(map[string]any); ok && !stays[i] {
			c.add(path+"["+wanted.label(i, message)+"]", wanted.exposed(message), nil)
		}
	}
}

// all names every value of what is to be created.
func (c *comparison) all(path string, value any) {
	switch v := value.(type) {
	case nil:
	case map[string]any:
		for _, name := range sortedKeys(v) {
			c.all(path+"."+name, v[name])
		}
	case List:
		for i, entry := range v.Entries {
			place := path + "[" + v.label(i, entry) + "]"
			for _, name := range sortedKeys(entry) {
				c.all(place+"."+name, entry[name])
			}
		}
	default:
		if !isEmpty(value) {
			c.add(path, nil, value)
		}
	}
}

// label is keyAt for people.
func (l List) label(position int, entry map[string]any) string {
	return strings.ReplaceAll(l.keyAt(position, entry), "|", ",")
}

// exposed is an entry of the Controller's with those fields only that entries of this list have: what LBaaS does not expose is
// nobody's business here.
func (l List) exposed(entry map[string]any) map[string]any {
	out := l.keyFields(entry)
	for _, wanted := range l.Entries {
		for name := range wanted {
			if value, ok := entry[name]; ok {
				out[name] = value
			}
		}
	}
	return out
}

// shown puts a value into JSON's types.
func shown(value any) any {
	text, err := json.Marshal(plain(value))
	if err != nil {
		return nil // nothing that comes from JSON or goes into it fails
	}
	fields, err := decode(`{"value":` + string(text) + `}`)
	if err != nil {
		return nil
	}
	return fields["value"]
}

// Masked stands for a secret.
const Masked = "(secret)"

// masked hides the secrets of a value, which may be a message or a list.
func masked(typ, path string, value any) any {
	switch v := value.(type) {
	case nil:
		return nil
	case map[string]any:
		for name, nested := range v {
			v[name] = masked(typ, path+"."+name, nested)
		}
		return v
	case []any:
		for i, nested := range v {
			v[i] = masked(typ, path, nested)
		}
		return v
	case string:
		// Whatever the field is called: a PEM key never leaves.
		if strings.Contains(v, "PRIVATE KEY-----") {
			return Masked
		}
	}
	if isSecret(typ, path) {
		return Masked
	}
	return value
}

// isSecret goes by the names that the schema gives to passwords, passphrases and keys.
func isSecret(typ, path string) bool {
	field := path[strings.LastIndex(path, ".")+1:]
	if typ == "sslkeyandcertificate" && field == "key" {
		return true
	}
	return slices.ContainsFunc(
		[]string{"password", "passphrase", "secret", "secret_key", "private_key", "enckey_base64", "token", "secret_access_key"},
		func(name string) bool { return field == name || strings.HasSuffix(field, "_"+name) })
}

// Text is a value as a line shows it: JSON, and "absent" for nil.
func Text(value any) string {
	if value == nil {
		return "absent"
	}
	if text, ok := value.(string); ok && text == Masked {
		return Masked
	}
	text, err := json.Marshal(value)
	if err != nil {
		return reflect.TypeOf(value).String() // see shown
	}
	return string(text)
}
