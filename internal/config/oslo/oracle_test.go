package oslo

import (
	"encoding/json"
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// oracle is testdata/oracle.json: what oslo.config itself makes of each case.
// testdata/oracle.py writes it.
type oracle struct {
	Files []struct {
		File      string
		Sections  map[string]map[string][]string
		ErrorLine int `json:"error_line"` // of the first error; 0: none
	}
	Expansions []struct {
		File  string // the option is k of [a], of [DEFAULT] if there is no [a]
		Value string
		Error bool
	}
	Booleans, Integers, Floats []scalarCase
	Lists                      []listCase
	QuotedLists                []listCase `json:"quoted_lists"`
	Dicts                      []struct {
		Text  string
		Value [][2]string
		Error bool
	}
}

type scalarCase struct {
	Text  string
	Value string // as Python writes it; "" for None
	Error bool
}

type listCase struct {
	Text  string
	Value []string
	Error bool
}

func readOracle(t *testing.T) oracle {
	t.Helper()
	content, err := os.ReadFile("testdata/oracle.json")
	if err != nil {
		t.Fatal(err)
	}
	var o oracle
	if err := json.Unmarshal(content, &o); err != nil {
		t.Fatal(err)
	}
	return o
}

func TestParseAgreesWithOslo(t *testing.T) {
	for _, c := range readOracle(t).Files {
		t.Run(strconv.Quote(c.File), func(t *testing.T) {
			file, err := Parse(strings.NewReader(c.File), "x.conf")
			if c.ErrorLine != 0 {
				var syntax *SyntaxError
				if !errors.As(err, &syntax) {
					t.Fatalf("Parse gives %v, oslo.config refuses line %d", err, c.ErrorLine)
				}
				// An assignment before any section is noticed by oslo.config at the
				// line after it.
				early := strings.Contains(syntax.Message, "before the first")
				if syntax.Line != c.ErrorLine && (!early || syntax.Line > c.ErrorLine) {
					t.Errorf("Parse refuses line %d, oslo.config line %d", syntax.Line, c.ErrorLine)
				}
				return
			}
			if err != nil {
				t.Fatalf("Parse fails, oslo.config does not: %v", err)
			}
			if diff := cmp.Diff(c.Sections, sectionsOf(file)); diff != "" {
				t.Errorf("oslo.config (-) and Parse (+) differ:\n%s", diff)
			}
		})
	}
}

// sectionsOf gives a file in the form of oslo.config's normalized sections.
func sectionsOf(file *File) map[string]map[string][]string {
	sections := map[string]map[string][]string{}
	for _, s := range file.Sections {
		if name := NormalizeSection(s.Name); sections[name] == nil {
			sections[name] = map[string][]string{}
		}
	}
	for _, a := range file.Assignments {
		keys := sections[NormalizeSection(a.Section)]
		keys[a.Key] = append(keys[a.Key], a.Value)
	}
	return sections
}

func TestExpandAgreesWithOslo(t *testing.T) {
	for _, c := range readOracle(t).Expansions {
		t.Run(strconv.Quote(c.File), func(t *testing.T) {
			set := parseSet(t, c.File)
			section := "a"
			if _, ok := set.Section(section); !ok {
				section = DefaultSection
			}
			k, ok := set.Last(section, "k")
			if !ok {
				t.Fatal("the case has no option k")
			}
			got, err := Expand(section, k.Value, func(section, key string) (string, bool) {
				a, ok := set.Last(section, key)
				return a.Value, ok
			})
			if (err != nil) != c.Error {
				t.Fatalf("Expand gives error %v, oslo.config fails: %v", err, c.Error)
			}
			if err == nil && got != c.Value {
				t.Errorf("Expand gives %q, oslo.config %q", got, c.Value)
			}
		})
	}
}

func TestTypesAgreeWithOslo(t *testing.T) {
	o := readOracle(t)
	scalar := func(kind string, cases []scalarCase, convert func(string) (string, error)) {
		for _, c := range cases {
			got, err := convert(c.Text)
			if (err != nil) != c.Error || (err == nil && got != c.Value) {
				t.Errorf("%s %q: %q, %v; oslo.config: %q, fails: %v", kind, c.Text, got, err, c.Value, c.Error)
			}
		}
	}
	scalar("boolean", o.Booleans, func(text string) (string, error) {
		b, err := Boolean(text)
		return map[bool]string{true: "True", false: "False"}[b], err
	})
	scalar("integer", o.Integers, func(text string) (string, error) {
		n, err := Integer(text)
		return strconv.FormatInt(n, 10), err
	})
	for _, c := range o.Floats {
		got, err := Float(c.Text)
		if (err != nil) != c.Error {
			t.Errorf("float %q: %v, %v; oslo.config fails: %v", c.Text, got, err, c.Error)
			continue
		}
		want, perr := strconv.ParseFloat(c.Value, 64)
		if err == nil && (perr != nil || (got != want && want == want)) {
			t.Errorf("float %q: %v; oslo.config %s", c.Text, got, c.Value)
		}
	}
}

func TestListsAgreeWithOslo(t *testing.T) {
	o := readOracle(t)
	for _, c := range o.Lists {
		if diff := cmp.Diff(strings.Join(c.Value, "\x00"), strings.Join(List(c.Text), "\x00")); diff != "" {
			t.Errorf("list %q: oslo.config (-) and List (+) differ:\n%s", c.Text, diff)
		}
	}
	for _, c := range o.QuotedLists {
		got, err := QuotedList(c.Text)
		if (err != nil) != c.Error || strings.Join(got, "\x00") != strings.Join(c.Value, "\x00") {
			t.Errorf("quoted list %q: %q, %v; oslo.config: %q, fails: %v", c.Text, got, err, c.Value, c.Error)
		}
	}
	for _, c := range o.Dicts {
		pairs, err := Dict(c.Text)
		var got [][2]string
		for _, p := range pairs {
			got = append(got, [2]string{p.Key, p.Value})
		}
		if (err != nil) != c.Error || len(got) != len(c.Value) || (len(got) > 0 && !cmp.Equal(got, c.Value)) {
			t.Errorf("dictionary %q: %q, %v; oslo.config: %q, fails: %v", c.Text, got, err, c.Value, c.Error)
		}
	}
}
