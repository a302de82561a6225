package avisim

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim/schema"
)

// rendered is a value that is JSON already.
type rendered []byte

// view is how one request wants objects shown.
type view struct {
	base        string // "https://host" in front of urls and references; empty for stored form
	version     schema.Version
	skipDefault bool
	sorted      bool     // keys by name, without exception
	fields      []string // only these, and uuid, url and name; nil is all
	// nameOf appends #name to references and urls; nil shows none.
	nameOf func(schema.Ref) string
}

// appendObject writes an object as JSON: the fields that the view's version knows, url, uuid and name first, then by name;
// extra are fields that the schema does not have.
func (v *view) appendObject(dst []byte, m *schema.Message, o, extra schema.Object) []byte {
	dst = append(dst, '{')
	empty := true
	put := func(name string, value any, f *schema.Field) {
		if !empty {
			dst = append(dst, ',')
		}
		empty = false
		dst = appendString(dst, name)
		dst = append(dst, ':')
		dst = v.appendValue(dst, f, value)
	}
	var first []string
	if !v.sorted {
		first = []string{"url", "uuid", "name"}
	}
	for _, name := range first {
		if value, ok := o[name]; ok {
			put(name, value, m.Field(name))
		}
	}
	more := slices.Sorted(maps.Keys(extra))
	putExtra := func(before string) {
		for len(more) > 0 && (before == "" || more[0] < before) {
			if v.fields == nil || slices.Contains(v.fields, more[0]) {
				put(more[0], extra[more[0]], nil)
			}
			more = more[1:]
		}
	}
	for _, f := range m.Fields {
		value, ok := o[f.Name]
		if ok && !slices.Contains(first, f.Name) && v.shows(f, value) {
			putExtra(f.Name)
			put(f.Name, value, f)
		}
	}
	putExtra("")
	return append(dst, '}')
}

func (v *view) shows(f *schema.Field, value any) bool {
	if v.version.Less(f.Since) || v.skipDefault && !f.Required && isDefault(f, value) {
		return false
	}
	return v.fields == nil || slices.Contains(v.fields, f.Name)
}

func isDefault(f *schema.Field, value any) bool {
	if f.Default != nil {
		return value == f.Default
	}
	switch inner := value.(type) {
	case bool:
		return !inner
	case int64:
		return inner == 0
	case string:
		return inner == ""
	case []any:
		return len(inner) == 0
	}
	return false
}

func (v *view) appendValue(dst []byte, f *schema.Field, value any) []byte {
	switch inner := value.(type) {
	case string:
		return appendString(dst, inner)
	case bool:
		return strconv.AppendBool(dst, inner)
	case int64:
		// 64-bit numbers come as strings (controller facts 2.1).
		if f != nil && (f.Format == "int64" || f.Format == "uint64") {
			return appendString(dst, strconv.FormatInt(inner, 10))
		}
		return strconv.AppendInt(dst, inner, 10)
	case int:
		return strconv.AppendInt(dst, int64(inner), 10)
	case schema.Ref:
		return appendString(dst, v.refText(inner))
	case []any:
		dst = append(dst, '[')
		for i, entry := range inner {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = v.appendValue(dst, f, entry)
		}
		return append(dst, ']')
	case schema.Object:
		return v.appendNested(dst, f, inner)
	case rendered:
		return append(dst, inner...)
	default:
		return append(dst, mustJSON(value)...)
	}
}

func (v *view) appendNested(dst []byte, f *schema.Field, o schema.Object) []byte {
	if f != nil && f.Message != nil {
		inner := *v
		inner.fields, inner.sorted = nil, false
		return inner.appendObject(dst, f.Message, o, nil)
	}
	dst = append(dst, '{')
	for i, name := range slices.Sorted(maps.Keys(o)) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, name)
		dst = append(dst, ':')
		dst = v.appendValue(dst, nil, o[name])
	}
	return append(dst, '}')
}

func (v *view) refText(ref schema.Ref) string {
	text := v.base + ref.Path()
	if v.nameOf != nil {
		if name := v.nameOf(ref); name != "" {
			text += "#" + name
		}
	}
	return text
}

// appendString writes a JSON string; almost all need no escapes.
func appendString(dst []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c == '"' || c == '\\' || c >= 0x7f {
			return append(dst, mustJSON(s)...)
		}
	}
	dst = append(dst, '"')
	dst = append(dst, s...)
	return append(dst, '"')
}

// secretFields are never shown (controller facts 2.3).
var secretFields = map[string]bool{"key": true, "key_passphrase": true, "enckey_base64": true} //nolint:gochecknoglobals // a table that never changes

// certificateTextFields are shown by GET only (controller facts 2.3).
var certificateTextFields = map[string]bool{"certificate": true, "public_key": true} //nolint:gochecknoglobals // a table that never changes

// shown is the body of a record with what every answer adds, and without what none shows.
func (r *record) shown(body schema.Object, modified int64, method string) schema.Object {
	out := make(schema.Object, len(body)+3)
	maps.Copy(out, body)
	out["url"] = r.ref()
	out["_last_modified"] = strconv.FormatInt(modified, 10)
	if r.model.Field("configpb_attributes") != nil {
		out["configpb_attributes"] = schema.Object{"version": r.version}
	}
	if r.model.Name == "SSLKeyAndCertificate" {
		hideSecrets(out, method)
	}
	if r.model.Name == "Cloud" {
		hideCloudPasswords(out)
	}
	return out
}

func hideSecrets(out schema.Object, method string) {
	maps.DeleteFunc(out, func(name string, _ any) bool { return secretFields[name] })
	certificate := object(out, "certificate")
	if method == "GET" || certificate == nil {
		return
	}
	certificate = maps.Clone(certificate)
	maps.DeleteFunc(certificate, func(name string, _ any) bool { return certificateTextFields[name] })
	out["certificate"] = certificate
}

func hideCloudPasswords(out schema.Object) {
	for name, value := range out {
		if inner, ok := value.(schema.Object); ok && inner["password"] != nil {
			inner = maps.Clone(inner)
			delete(inner, "password")
			out[name] = inner
		}
	}
}

// plain turns an object into what encoding/json would make of its stored form.
func plain(m *schema.Message, o schema.Object, newest schema.Version) map[string]any {
	v := view{version: newest}
	var out map[string]any
	if err := json.Unmarshal(v.appendObject(nil, m, o, nil), &out); err != nil {
		panic(fmt.Sprintf("avisim: reading back a %s: %v", m.Name, err))
	}
	return out
}
