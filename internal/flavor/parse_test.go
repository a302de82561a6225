package flavor_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/flavor"
)

func TestParseMetainfo(t *testing.T) {
	number := func(text string) any { return json.Number(text) }
	one := func(value any) map[string]any { return map[string]any{"k": value} }
	for _, test := range []struct {
		name, text string
		want       map[string]any
	}{
		{"a Python dict", `{'se_group_ref': '/api/serviceenginegroup?name=se-group-1'}`, map[string]any{"se_group_ref": "/api/serviceenginegroup?name=se-group-1"}},
		{"JSON", `{"vrf_context_per_subnet": true}`, map[string]any{"vrf_context_per_subnet": true}},
		{"JSON numbers", `{"k": 1.50}`, one(number("1.50"))},
		{"nothing", " \n", map[string]any{}},
		{"an empty dict", "{}", map[string]any{}},
		{"a trailing comma", "{'k': None,}", one(nil)},
		{"unicode prefixes", `{u'a': U"b"}`, map[string]any{"a": "b"}},
		{"byte and raw prefixes", `{b'k': br'\d'}`, one(`\d`)},
		{"both quotes within the other", `{"k": 'say "it"', 'l': "isn't"}`, map[string]any{"k": `say "it"`, "l": "isn't"}},
		{"escaped quotes", `{'k': 'isn\'t'}`, one("isn't")},
		{"escapes", `{'k': '\\ \t \x41 \101 \0 \u00e9 \U0001F600 \q'}`, one("\\ \t A A \x00 é 😀 \\q")},
		{"a byte string's \\u is none", `{'k': b'\u0041'}`, one(`\u0041`)},
		{"a raw string's quote", `{'k': r'a\'b'}`, one(`a\'b`)},
		{"triple quotes", "{'k': '''a\n'b'''}", one("a\n'b")},
		{"adjacent strings", `{'k': 'a' "b" u'c'}`, one("abc")},
		{"constants", "{'a': True, 'b': False, 'c': None}", map[string]any{"a": true, "b": false, "c": nil}},
		{"integers", "{'a': 0, 'b': -12, 'c': 0x1F, 'd': 0o17, 'e': 017, 'f': 10L, 'g': 1_000, 'h': +3, 'i': 0b101}", map[string]any{
			"a": number("0"), "b": number("-12"), "c": number("31"), "d": number("15"), "e": number("15"), "f": number("10"),
			"g": number("1000"), "h": number("3"), "i": number("5"),
		}},
		{"floats", "{'a': 1.5, 'b': .5, 'c': 2., 'd': -1e3}", map[string]any{"a": number("1.5"), "b": number("0.5"), "c": number("2"), "d": number("-1000")}},
		{"nested", "{'k': {'l': [1, ('a', 'b'), ('c',), ('d'), (), []]}}", one(map[string]any{
			"l": []any{number("1"), []any{"a", "b"}, []any{"c"}, "d", []any{}, []any{}},
		})},
		{"comments and lines", "{ # the group\n 'k' : \\\n 'v' } # end", one("v")},
		{"the last of two", "{'k': 1, 'k': 2}", one(number("2"))},
		{"other characters", `{'k': 'grün'}`, one("grün")},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := flavor.ParseMetainfo(test.text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseMetainfoRefuses(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"words", "not a dict", "at position 1: a name or a call"},
		{"a call", "dict(a=1)", "a name or a call"},
		{"code", "__import__('os').system('true')", "a name or a call"},
		{"a JSON list", `["a"]`, "it is not a dict"},
		{"a Python tuple", `('a', 'b')`, "it is not a dict"},
		{"a JSON string", `"a"`, "it is not a dict"},
		{"a set", "{'a', 'b'}", "at position 5: a colon is missing"},
		{"no end of a dict", "{'a': 1", "a comma or the closing brace"},
		{"no end of a list", "{'a': [1", "a comma or the closing"},
		{"no end of a string", "{'a': 'b", "a string has no end"},
		{"a line end in a string", "{'a': 'b\n'}", "a line ends within a string"},
		{"no value", "{'a': }", "neither a string"},
		{"a number for a key", "{1: 2}", "at position 2: a key that is not a string"},
		{"more after it", "{} {}", "at position 4: something follows"},
		{"a cut escape", `{'a': '\x4'}`, "no character"},
		{"half a pair", `{'a': '\ud800'}`, "no character"},
		{"a named character", `{'a': '\N{DASH}'}`, `\N names`},
		{"an imaginary number", "{'a': 1j}", "letters after a number"},
		{"an operator", "{'a': 1 + 2}", "a comma or the closing brace"},
		{"not octal", "{'a': 089}", "a number that Python would not take"},
		{"too deep", strings.Repeat("[", 40), "nested deeper"},
		{"not text", "{'a': '\xff'}", "not UTF-8"},
		{"only a minus", "{'a': -}", "neither"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := flavor.ParseMetainfo(test.text)
			if err == nil {
				t.Fatalf("taken for %v", got)
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("said %q, want it to contain %q", err, test.want)
			}
		})
	}
}

func TestParseJSON(t *testing.T) {
	for _, text := range []string{"", "{'a': 1}", `{"a": 1} {}`, "[]", "null", "{\"a\": \"\xff\"}"} {
		if got, err := flavor.ParseJSON(text); err == nil {
			t.Errorf("%q was taken for %v", text, got)
		}
	}
}

// FuzzParseMetainfo wants no text to be more than refused, and what JSON can say to be read the same from either form.
func FuzzParseMetainfo(f *testing.F) {
	for _, seed := range []string{
		`{'a': u'b', "c": [1, (2.5,), None]}`, `{"a": {"b": true}}`, `{'k': r'\'' '''x'''}`, `{'k': '\x41\u00e9\777'}`, "{'k': 0x_f}", "(((", `{"k":"\ud83d"}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		dict, err := flavor.ParseMetainfo(text)
		if err != nil {
			if !utf8.ValidString(err.Error()) {
				t.Errorf("%q: the error is not text", text)
			}
			return
		}
		again, err := json.Marshal(dict)
		if err != nil {
			t.Fatalf("%q: what was read cannot be written as JSON: %v", text, err)
		}
		back, err := flavor.ParseJSON(string(again))
		if err != nil {
			t.Fatalf("%q became %s, which is refused: %v", text, again, err)
		}
		if diff := cmp.Diff(dict, back); diff != "" {
			t.Errorf("%q: (-read +read again):\n%s", text, diff)
		}
	})
}
