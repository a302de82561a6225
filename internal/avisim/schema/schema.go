package schema

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
)

//go:embed schema.json
var published []byte

// Ref is a resolved reference to an object.
type Ref struct {
	Type string // the target's message name, "Pool"
	UUID string
}

// Path is the reference as the API writes it, without a host: "/api/pool/pool-1".
func (r Ref) Path() string { return "/api/" + strings.ToLower(r.Type) + "/" + r.UUID }

// Kind is what a field's values are made of.
type Kind int

// The kinds of values. A field's List says whether it holds one or many.
const (
	KindString Kind = iota
	KindBool
	KindInt
	KindFloat
	KindRef
	KindMessage
)

// Field describes one field of a message.
type Field struct {
	Name     string
	Kind     Kind
	List     bool
	Message  *Message // of a KindMessage
	RefType  string   // of a KindRef: the message name of the target
	Format   string   // of a KindInt: int32, uint32, int64 or uint64
	Enum     []string
	Default  any // string, bool, int64 or float64; nil is none
	Required bool
	ReadOnly bool // ignored on input
	Since    Version
	MinItems int
	MaxItems int // 0 is unlimited

	allowed interval
	special []int64
}

// Message describes an object or a part of one.
type Message struct {
	Name   string
	Root   bool
	Fields []*Field // by name

	byName map[string]*Field
}

// Field looks a field up by its name; nil is none.
func (m *Message) Field(name string) *Field { return m.byName[name] }

// CloudBound says whether objects of this type live in a cloud, so that their names are unique in it (controller facts 2.9).
func (m *Message) CloudBound() bool { return m.Root && m.byName["cloud_ref"] != nil }

// Schema is the set of messages of one release.
type Schema struct {
	Version  Version
	messages map[string]*Message
	roots    []*Message
}

// Message looks a message up by its name; nil is none.
func (s *Schema) Message(name string) *Message { return s.messages[name] }

// Roots are the messages with a collection of their own, by name.
func (s *Schema) Roots() []*Message { return s.roots }

// Minimal makes a root message for a type that the published file does not describe, with the fields that all have.
func Minimal(name string) *Message {
	m := &Message{Name: name, Root: true, byName: map[string]*Field{}}
	for _, f := range []*Field{
		{Name: "_last_modified", ReadOnly: true},
		{Name: "description"},
		{Name: "name", Required: true},
		{Name: "tenant_ref", Kind: KindRef, RefType: "Tenant"},
		{Name: "url", ReadOnly: true},
		{Name: "uuid"},
	} {
		m.Fields = append(m.Fields, f)
		m.byName[f.Name] = f
	}
	return m
}

type rawField struct {
	Type     string   `json:"type"`
	Format   string   `json:"format"`
	Enum     []string `json:"enum"`
	Allowed  string   `json:"allowed"`
	Special  []string `json:"special"`
	Default  any      `json:"default"`
	Ref      string   `json:"ref"`
	List     string   `json:"list"`
	Object   string   `json:"object"`
	Since    string   `json:"since"`
	MinItems int      `json:"min_items"`
	MaxItems int      `json:"max_items"`
	ReadOnly bool     `json:"readOnly"`
}

type rawSchema struct {
	Version string   `json:"version"`
	Roots   []string `json:"roots"`
	Types   map[string]struct {
		Fields   map[string]rawField `json:"fields"`
		Required []string            `json:"required"`
	} `json:"types"`
}

// loaded is the embedded file, read at its first use.
var loaded = sync.OnceValues(parse) //nolint:gochecknoglobals // it never changes, and reading it takes long

// Load is the published schema, 30.2.1. It is shared and must not be changed.
func Load() (*Schema, error) { return loaded() }

func parse() (*Schema, error) {
	var raw rawSchema
	if err := json.Unmarshal(published, &raw); err != nil {
		return nil, fmt.Errorf("reading the published schema: %w", err)
	}
	version, err := ParseVersion(raw.Version)
	if err != nil {
		return nil, fmt.Errorf("reading the published schema: %w", err)
	}
	s := &Schema{Version: version, messages: make(map[string]*Message, len(raw.Types))}
	for name := range raw.Types {
		s.messages[name] = &Message{Name: name, byName: map[string]*Field{}}
	}
	for name, t := range raw.Types {
		m := s.messages[name]
		for fieldName, rf := range t.Fields {
			f, err := s.field(fieldName, rf)
			if err != nil {
				return nil, fmt.Errorf("reading the published schema: %s.%s: %w", name, fieldName, err)
			}
			f.Required = slices.Contains(t.Required, fieldName)
			m.Fields = append(m.Fields, f)
			m.byName[fieldName] = f
		}
		sort.Slice(m.Fields, func(i, j int) bool { return m.Fields[i].Name < m.Fields[j].Name })
	}
	for _, name := range raw.Roots {
		m := s.messages[name]
		if m == nil {
			return nil, fmt.Errorf("reading the published schema: root %s is not described", name)
		}
		m.Root = true
		s.roots = append(s.roots, m)
	}
	sort.Slice(s.roots, func(i, j int) bool { return s.roots[i].Name < s.roots[j].Name })
	return s, nil
}

func (s *Schema) field(name string, raw rawField) (*Field, error) {
	f := &Field{
		Name: name, List: raw.List != "", RefType: raw.Ref, Format: raw.Format, Enum: raw.Enum,
		ReadOnly: raw.ReadOnly, MinItems: raw.MinItems, MaxItems: raw.MaxItems,
	}
	typeName := raw.Type
	if f.List {
		typeName = raw.List
	}
	if raw.Object != "" {
		typeName = raw.Object
	}
	switch {
	case raw.Ref != "":
		f.Kind = KindRef
	case typeName == "string":
		f.Kind = KindString
	case typeName == "boolean":
		f.Kind = KindBool
	case typeName == "integer":
		f.Kind = KindInt
	case typeName == "number":
		f.Kind = KindFloat
	case s.messages[typeName] != nil:
		f.Kind, f.Message = KindMessage, s.messages[typeName]
	default:
		return nil, fmt.Errorf("unknown type %q", typeName)
	}
	var errs []error
	if raw.Since != "" {
		since, err := ParseVersion(raw.Since)
		f.Since = since
		errs = append(errs, err)
	}
	if f.Kind == KindInt {
		errs = append(errs, f.limits(raw))
	}
	f.Default = raw.Default
	if number, ok := raw.Default.(float64); ok && f.Kind == KindInt {
		f.Default = int64(number)
	}
	return f, errors.Join(errs...)
}

func (f *Field) limits(raw rawField) error {
	if raw.Allowed != "" {
		allowed, err := parseInterval(raw.Allowed)
		if err != nil {
			return err
		}
		f.allowed = allowed
	}
	for _, text := range raw.Special {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return fmt.Errorf("special value %q is not a number", text)
		}
		f.special = append(f.special, n)
	}
	return nil
}

// interval is a set of allowed numbers: a range, or single values. The zero value allows all.
type interval struct {
	min, max int64
	values   []int64
	set      bool
}

// parseInterval reads "1-50", "0 - 100" or "0,1,2,4".
func parseInterval(text string) (interval, error) {
	if low, high, ok := strings.Cut(text, "-"); ok {
		minimum, err1 := strconv.ParseInt(strings.TrimSpace(low), 10, 64)
		maximum, err2 := strconv.ParseInt(strings.TrimSpace(high), 10, 64)
		if err := errors.Join(err1, err2); err != nil {
			return interval{}, fmt.Errorf("allowed range %q: %w", text, err)
		}
		return interval{min: minimum, max: maximum, set: true}, nil
	}
	in := interval{set: true}
	for part := range strings.SplitSeq(text, ",") {
		n, err := strconv.ParseInt(strings.TrimSpace(part), 10, 64)
		if err != nil {
			return interval{}, fmt.Errorf("allowed values %q: %w", text, err)
		}
		in.values = append(in.values, n)
	}
	return in, nil
}

func (in interval) contains(n int64) bool {
	switch {
	case !in.set:
		return true
	case in.values != nil:
		return slices.Contains(in.values, n)
	default:
		return in.min <= n && n <= in.max
	}
}

func (in interval) String() string {
	if in.values != nil {
		return strings.Trim(strings.ReplaceAll(fmt.Sprint(in.values), " ", ","), "[]")
	}
	return fmt.Sprintf("%d-%d", in.min, in.max)
}
