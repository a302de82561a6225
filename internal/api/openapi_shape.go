package api

import (
	"maps"
	"reflect"
	"slices"
	"strings"
)

// shapeOf is the schema of the JSON that a type is encoded to.
func shapeOf[T any]() document { return shape(reflect.TypeFor[T]()) }

// exactly is an object with all of these attributes and no others.
func exactly(properties document) document {
	return document{
		"type": "object", "properties": properties, "required": slices.Sorted(maps.Keys(properties)), "additionalProperties": false,
	}
}

// shape is what encoding/json makes of a type. Views have no encoders of their own; what might be anything is said to be.
func shape(t reflect.Type) document {
	switch t.Kind() { //nolint:exhaustive // of what else there is, JSON has no form
	case reflect.Pointer:
		return orNullShape(shape(t.Elem()))
	case reflect.Struct:
		properties, optional := document{}, map[string]bool{}
		addFields(properties, optional, t)
		whole := exactly(properties)
		whole["required"] = slices.DeleteFunc(slices.Sorted(maps.Keys(properties)), func(name string) bool { return optional[name] })
		return whole
	case reflect.Slice, reflect.Array:
		// A nil slice is null.
		return orNullShape(document{"type": "array", "items": shape(t.Elem())})
	case reflect.Map:
		return orNullShape(document{"type": "object", "additionalProperties": shape(t.Elem())})
	case reflect.String:
		return document{"type": "string"}
	case reflect.Bool:
		return document{"type": "boolean"}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return document{"type": "integer"}
	case reflect.Float32, reflect.Float64:
		return document{"type": "number"}
	default:
		return document{}
	}
}

// addFields adds the attributes of a struct, those of embedded ones among them; optional are those that may be left out.
func addFields(properties document, optional map[string]bool, t reflect.Type) {
	for field := range t.Fields() {
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case field.Anonymous && name == "":
			addFields(properties, optional, field.Type)
		case name == "-" || !field.IsExported():
		default:
			if name == "" {
				name = field.Name
			}
			properties[name] = shape(field.Type)
			optional[name] = strings.Contains(options, "omit")
		}
	}
}

// orNullShape is a schema or null.
func orNullShape(of document) document {
	kind, ok := of["type"].(string)
	if !ok {
		return of
	}
	nullable := maps.Clone(of)
	nullable["type"] = []string{kind, "null"}
	return nullable
}
