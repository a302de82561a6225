package avi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Object is one object of the Controller as it travels: field names as in the
// schema, numbers as json.Number, so that what is not understood is sent back
// unchanged.
type Object map[string]any

// UUID returns the object's uuid, such as "pool-8c1f…"; "" when it has none.
func (o Object) UUID() string { return o.text("uuid") }

// Name returns the object's name; "" when it has none. Names may change and are
// not identity.
func (o Object) Name() string { return o.text("name") }

// RefUUID returns the uuid in a reference such as
// "https://host/api/tenant/tenant-8c1f…#name"; "" when there is none.
func (o Object) RefUUID(field string) string {
	ref, _, _ := strings.Cut(o.text(field), "#")
	return ref[strings.LastIndex(ref, "/")+1:]
}

// RefName returns the name in such a reference; "" when it has none.
func (o Object) RefName(field string) string {
	_, name, _ := strings.Cut(o.text(field), "#")
	return name
}

// text reads a field that holds a string; "" for anything else.
func (o Object) text(field string) string {
	text, _ := o[field].(string)
	return text
}

// PatchVerb says what a Patch does with the fields of its body (controller facts
// 2.5).
type PatchVerb string

// The verbs of Patch.
const (
	// PatchAdd sets scalars and appends list entries, or updates the entry that
	// has the same key.
	PatchAdd PatchVerb = "add"
	// PatchReplace sets scalars and swaps whole lists.
	PatchReplace PatchVerb = "replace"
	// PatchDelete resets scalars to their defaults and removes matching list
	// entries.
	PatchDelete PatchVerb = "delete"
)

// decode reads exactly one JSON value into out, which is left alone when nil.
// Numbers that land in an interface keep their digits.
func decode(body []byte, out any) error {
	if out == nil {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(out); err != nil {
		return fmt.Errorf("decode the answer: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("decode the answer: more than one JSON value")
	}
	return nil
}
