package api

import (
	"fmt"
	"slices"
	"strings"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// attribute is one attribute that a request may have.
type attribute struct {
	name string
	// read gives a value in its canonical form, or says why it is not one. It never sees null.
	read reader
	// null is what null stands for; mostly nil, null itself, which the domain takes for its default.
	null any
	// unsupported attributes are Octavia's, and not carried out here: they may say what is the case without them (null, nothing,
	// or neutral), and nothing else.
	unsupported bool
	neutral     any
	// needed attributes have to be there when an object is made; null is there.
	needed bool
	// given says in which requests the attribute may be.
	given occasion
	// holds is the schema of the objects that the attribute has, where it has such, and many says that it is a list of them.
	holds *schema
	many  bool
}

// carried is an attribute that the domain carries out.
func carried(name string, read reader) attribute { return attribute{name: name, read: read} }

// refused is an attribute that is not carried out; neutral is Octavia's default where that is not null or empty.
func refused(name string, read reader, neutral any) attribute {
	return attribute{name: name, read: read, unsupported: true, neutral: neutral}
}

// occasion is when an attribute may be given.
type occasion int

const (
	always    occasion = iota
	creating           // by those who make the object, alone or in a tree
	alone              // by those who make the object alone: in a tree it is clear
	inTree             // by those who make the object in a tree
	notNested          // by those who make the object alone, or change it
)

// must is the attribute, needed when the object is made.
func (a attribute) must() attribute { a.needed = true; return a }

// on is the attribute, given on that occasion only.
func (a attribute) on(o occasion) attribute { a.given = o; return a }

// holding is an attribute that has an object with a schema of its own.
func holding(name string, s schema) attribute {
	return attribute{name: name, read: object(s), holds: &s}
}

// listing is an attribute that has a list of such objects.
func listing(name string, s schema) attribute {
	return attribute{name: name, read: listOf(object(s)), holds: &s, many: true}
}

// table is the attributes of one resource, in the order in which Octavia looks at them: that of its types' definitions. What is
// wrong with the first is told.
type table []attribute

// posted are those of a request that makes the object.
func (t table) posted() []attribute { return t.without(inTree) }

// nested are those of an object that is made in a tree.
func (t table) nested() []attribute {
	return t.without(alone, notNested)
}

// changed are those of a request that changes the object, which need not give any.
func (t table) changed() []attribute {
	kept := t.without(creating, alone, inTree)
	for i := range kept {
		kept[i].needed = false
		if whole := kept[i].holds; whole != nil && !kept[i].many {
			kept[i] = holding(kept[i].name, schema{whole.argument, table(whole.attributes).changed()})
		}
	}
	return kept
}

func (t table) without(occasions ...occasion) []attribute {
	return slices.DeleteFunc(slices.Clone(t), func(a attribute) bool { return slices.Contains(occasions, a.given) })
}

// adminStateUp is on every object. Octavia takes null for false (its BaseType.to_dict).
func adminStateUp() attribute {
	return attribute{name: "admin_state_up", read: boolean, null: false}
}

// schema is the attributes of one object of a request. Its argument is what Octavia's errors call the object.
type schema struct {
	argument   string
	attributes []attribute
}

// read checks an object and gives its attributes in their canonical form, without the unsupported ones. What is wrong is told
// before what is not supported.
func (s schema) read(values map[string]any) (map[string]any, error) {
	if err := s.checkNames(values); err != nil {
		return nil, err
	}
	canonical := make(map[string]any, len(values))
	var missing error
	for _, a := range s.attributes {
		value, given := values[a.name]
		switch {
		case !given && a.needed:
			return nil, lbaas.Missing(a.name)
		case !given:
			continue
		}
		if value == nil {
			value = a.null
		} else {
			var err error
			if value, err = a.read(a.name, value); err != nil {
				return nil, err
			}
		}
		switch {
		case !a.unsupported:
			canonical[a.name] = value
		case missing == nil && !a.isNeutral(value):
			missing = lbaas.Unsupportedf(lbaas.ProviderDisplayName, "%s", a.name)
		}
	}
	return canonical, missing
}

func (s schema) checkNames(values map[string]any) error {
	var unknown []string
	for name := range values {
		if !slices.ContainsFunc(s.attributes, func(a attribute) bool { return a.name == name }) {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	noun := "attribute"
	if len(unknown) > 1 {
		noun = "attributes"
	}
	slices.Sort(unknown)
	return malformed(fmt.Sprintf("Unknown %s for argument %s: %s", noun, s.argument, excerpt(strings.Join(unknown, ", "))), nil)
}

// isNeutral says that a value of an unsupported attribute asks for nothing.
func (a attribute) isNeutral(value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case bool:
		return !v
	case string:
		return v == "" || a.neutral == v
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	default:
		return a.neutral == v
	}
}

// rootSchema is a whole request: an object with one attribute, the root, that holds the resource.
type rootSchema struct {
	argument string // Octavia's name of the body, say "load_balancer"
	root     string
	schema
}

// missingRootError is why a body is refused that has nothing under its root.
type missingRootError struct{}

func (*missingRootError) Error() string { return "there is nothing under the root" }

func newRootSchema(argument, root string, attributes []attribute) rootSchema {
	return rootSchema{argument: argument, root: root, schema: schema{argument: argument + "." + root, attributes: attributes}}
}

func (s rootSchema) read(body map[string]any) (map[string]any, error) {
	if body == nil {
		return nil, malformed(fmt.Sprintf("Missing argument: %q", s.argument), nil)
	}
	outer := schema{argument: s.argument, attributes: []attribute{{name: s.root}}}
	if err := outer.checkNames(body); err != nil {
		return nil, err
	}
	switch value := body[s.root].(type) {
	case nil:
		return nil, malformed(fmt.Sprintf("Missing argument: %q", s.root), &missingRootError{})
	case map[string]any:
		return s.schema.read(value)
	default:
		return nil, invalid(s.root, value, "Value should be a JSON dict")
	}
}
