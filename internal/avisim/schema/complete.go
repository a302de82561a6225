package schema

import "fmt"

// Complete fills the defaults of a decoded object in, recursively, and checks what must hold of the whole: required
// fields, the length of lists and their unique keys. Booleans without a default are false (controller facts 4.1). A
// required field with a default must still be given: nothing says that a Controller fills it in.
func Complete(m *Message, o Object) error { return complete(m, o, nil) }

func complete(m *Message, o Object, path []string) error {
	for _, f := range m.Fields {
		value, present := o[f.Name]
		if !present {
			if err := f.absent(o, append(path, f.Name)); err != nil {
				return err
			}
			continue
		}
		if err := f.whole(value, append(path, f.Name)); err != nil {
			return err
		}
	}
	return nil
}

func (f *Field) absent(o Object, path []string) error {
	switch {
	case f.Required:
		return refuse(path, "%s is required", f.Name)
	case f.MinItems > 0 && !f.ReadOnly:
		return tooFew(f, path)
	case f.ReadOnly || f.List:
	case f.Default != nil:
		o[f.Name] = f.Default
	case f.Kind == KindBool:
		o[f.Name] = false
	}
	return nil
}

func (f *Field) whole(value any, path []string) error {
	if !f.List {
		if f.Kind == KindMessage {
			return complete(f.Message, value.(Object), path)
		}
		return nil
	}
	entries := value.([]any)
	if len(entries) < f.MinItems {
		return tooFew(f, path)
	}
	if f.MaxItems > 0 && len(entries) > f.MaxItems {
		return refuse(path, "There can be at most %d %s", f.MaxItems, f.Name)
	}
	if f.Kind != KindMessage {
		return nil
	}
	for _, entry := range entries {
		if err := complete(f.Message, entry.(Object), path); err != nil {
			return err
		}
	}
	return f.unique(entries, path)
}

// The text is a real Controller's (controller facts 2.9).
func tooFew(f *Field, path []string) error {
	return refuse(path, "There must be at least %d %s", f.MinItems, f.Name)
}

// uniqueKeys are the fields that no two entries of a list may share (controller facts 2.5, 8: route_id seen; the others
// are the identity of their entries).
var uniqueKeys = map[string]string{ //nolint:gochecknoglobals // a table that never changes
	"StaticRoute":          "route_id",
	"RoleFilterMatchLabel": "key",
	"HTTPPolicies":         "index",
	"HTTPRequestRule":      "index",
	"HTTPResponseRule":     "index",
	"HTTPSecurityRule":     "index",
	"NetworkSecurityRule":  "index",
	"L4Rule":               "index",
	"L4Policies":           "index",
	"VSDataScripts":        "index",
	"Vip":                  "vip_id",
}

func (f *Field) unique(entries []any, path []string) error {
	key, ok := uniqueKeys[f.Message.Name]
	if !ok {
		return nil
	}
	seen := make(map[string]bool, len(entries))
	for _, entry := range entries {
		value := fmt.Sprint(entry.(Object)[key])
		if seen[value] {
			return refuse(path, "Unique constraints %s has duplicated value", key)
		}
		seen[value] = true
	}
	return nil
}
