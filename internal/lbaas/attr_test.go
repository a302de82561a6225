package lbaas_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// request has one attribute of each sort.
type request struct {
	Text   lbaas.Attr[string] `json:"text,omitzero"`
	Number lbaas.Attr[int]    `json:"number,omitzero"`
	Flag   lbaas.Attr[bool]   `json:"flag,omitzero"`
}

func TestAttrTellsAbsentFromNullFromValue(t *testing.T) {
	for _, c := range []struct {
		body string
		want request
	}{
		{`{}`, request{}},
		{`{"text":null,"number":null,"flag":null}`, request{
			Text: lbaas.GivenNull[string](), Number: lbaas.GivenNull[int](), Flag: lbaas.GivenNull[bool](),
		}},
		{`{"text":"","number":0,"flag":false}`, request{
			Text: lbaas.Given(""), Number: lbaas.Given(0), Flag: lbaas.Given(false),
		}},
		{`{"text":"null","number":-1,"flag":true}`, request{
			Text: lbaas.Given("null"), Number: lbaas.Given(-1), Flag: lbaas.Given(true),
		}},
	} {
		t.Run(c.body, func(t *testing.T) {
			var got request
			if err := json.Unmarshal([]byte(c.body), &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("decoded (-want +got):\n%s", diff)
			}
			body, err := json.Marshal(got)
			if err != nil {
				t.Fatal(err)
			}
			if string(body) != c.body {
				t.Errorf("encoded again: %s, want %s", body, c.body)
			}
		})
	}
}

func TestAttrRefusesAValueOfAnotherType(t *testing.T) {
	for _, body := range []string{`{"text":1}`, `{"number":"1"}`, `{"number":1.5}`, `{"flag":"true"}`, `{"text":{}}`} {
		if err := json.Unmarshal([]byte(body), &request{}); err == nil {
			t.Errorf("%s: decoded, want an error", body)
		}
	}
}

func TestAttrOr(t *testing.T) {
	for _, c := range []struct {
		name     string
		attr     lbaas.Attr[int]
		or       int
		hasValue bool
	}{
		{"absent", lbaas.Attr[int]{}, 7, false},
		{"null", lbaas.GivenNull[int](), 7, false},
		{"zero", lbaas.Given(0), 0, true},
		{"value", lbaas.Given(3), 3, true},
	} {
		if got := c.attr.Or(7); got != c.or {
			t.Errorf("%s: Or(7) = %d, want %d", c.name, got, c.or)
		}
		if got := c.attr.HasValue(); got != c.hasValue {
			t.Errorf("%s: HasValue() = %v, want %v", c.name, got, c.hasValue)
		}
	}
}
