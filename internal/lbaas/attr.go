package lbaas

import (
	"bytes"
	"encoding/json"
)

// Attr is one attribute of a request: absent, null, or a value. LBaaS v2's updates distinguish the three: absent leaves the
// attribute alone, null puts its default back.
type Attr[T any] struct {
	Set, Null bool
	Value     T
}

// Given is an attribute with a value.
func Given[T any](v T) Attr[T] { return Attr[T]{Set: true, Value: v} }

// GivenNull is an attribute that was sent as null.
func GivenNull[T any]() Attr[T] { return Attr[T]{Set: true, Null: true} }

// Or gives the value, or def when the attribute is absent or null.
func (a Attr[T]) Or(def T) T {
	if !a.Set || a.Null {
		return def
	}
	return a.Value
}

// HasValue says that the attribute was sent and is not null.
func (a Attr[T]) HasValue() bool { return a.Set && !a.Null }

// UnmarshalJSON is called only when the attribute is present.
func (a *Attr[T]) UnmarshalJSON(data []byte) error {
	a.Set = true
	if bytes.Equal(bytes.TrimSpace(data), []byte("null")) {
		a.Null = true
		return nil
	}
	return json.Unmarshal(data, &a.Value)
}

// MarshalJSON writes null for a null attribute; with the omitzero option an absent one is left out.
func (a Attr[T]) MarshalJSON() ([]byte, error) {
	if !a.Set || a.Null {
		return []byte("null"), nil
	}
	return json.Marshal(a.Value)
}

// assign puts a given value into target, and def when null was given.
func assign[T any](a Attr[T], target *T, def T) {
	switch {
	case !a.Set:
	case a.Null:
		*target = def
	default:
		*target = a.Value
	}
}
