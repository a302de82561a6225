package oslo

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func parseSet(t *testing.T, texts ...string) *Set {
	t.Helper()
	set := new(Set)
	for i, text := range texts {
		file, err := Parse(strings.NewReader(text), fmt.Sprintf("%d.conf", i+1))
		if err != nil {
			t.Fatal(err)
		}
		set.Add(file)
	}
	return set
}

func TestParseReportsEveryBadLine(t *testing.T) {
	_, err := Parse(strings.NewReader("k = early\n[a\n  stray\nhunter2\n= v\n[]\n[b]\nk = \xff\nk = fine\n"), "x.conf")
	want := strings.Join([]string{
		"x.conf:1: option k stands before the first [section]",
		"x.conf:2: a section's line must end with ] (a comment goes on a line of its own)",
		"x.conf:3: an indented line continues the value above it, but there is none (comments and options start in the first column)",
		"x.conf:4: neither = nor : in this line (wanted: option = value)",
		"x.conf:5: no option name before the = or :",
		"x.conf:6: a section needs a name between [ and ]",
		"x.conf:8: this line is not UTF-8 text",
	}, "\n")
	if diff := cmp.Diff(want, fmt.Sprint(err)); diff != "" {
		t.Errorf("wanted (-), got (+):\n%s", diff)
	}
}

func TestParseGivesTheReadersError(t *testing.T) {
	broken := errors.New("broken disk")
	if _, err := Parse(iotest.ErrReader(broken), "x.conf"); !errors.Is(err, broken) {
		t.Errorf("got %v, wanted one that wraps %q", err, broken)
	}
}

func TestSetLaterFilesWin(t *testing.T) {
	set := parseSet(t,
		"[a]\nnew = 1\nold = 2\nmulti = a\nmulti = b\n[B]\nx = 1\n",
		"[A]\nold = 3\nmulti = c\n[DEFAULT]\n",
	)
	last := func(section string, names ...string) string {
		a, ok := set.Last(section, names...)
		if !ok {
			return "none"
		}
		return a.Value + " at " + a.String()
	}
	for _, c := range []struct{ got, want string }{
		{last("a", "new"), "1 at 1.conf:2"},
		{last("a", "new", "old"), "3 at 2.conf:2"}, // the newest file decides, not the newest name
		{last("a", "multi"), "c at 2.conf:3"},
		{last("b", "x"), "1 at 1.conf:7"},
		{last("a", "x"), "none"},
		{last("c", "x"), "none"},
	} {
		if c.got != c.want {
			t.Errorf("got %s, wanted %s", c.got, c.want)
		}
	}
	var all []string
	for _, a := range set.All("a", "multi") {
		all = append(all, a.Value)
	}
	if diff := cmp.Diff([]string{"a", "b", "c"}, all); diff != "" {
		t.Errorf("All, wanted (-), got (+):\n%s", diff)
	}
	if got := len(set.Assignments("A")); got != 6 {
		t.Errorf("Assignments gives %d, wanted 6", got)
	}
	var names []string
	for _, s := range set.Sections() {
		names = append(names, s.Name+" "+s.String())
	}
	if diff := cmp.Diff([]string{"a 1.conf:1", "b 1.conf:6", "DEFAULT 2.conf:4"}, names); diff != "" {
		t.Errorf("Sections, wanted (-), got (+):\n%s", diff)
	}
}

func TestExpandSaysWhatIsWrong(t *testing.T) {
	values := map[string]string{"a.loop": "$b.loop", "b.loop": "$a.loop"}
	for i := range 30 {
		values[fmt.Sprintf("a.x%d", i)] = fmt.Sprintf("$x%d$x%d", i+1, i+1)
	}
	values["a.x30"] = ""
	lookup := func(section, key string) (string, bool) {
		v, ok := values[section+"."+key]
		return v, ok
	}
	for text, want := range map[string]string{
		"$nothing": "reference $nothing: no such option (write $$ for a dollar sign)",
		"$loop":    "reference $a.loop: the value refers to itself",
		"$x0":      "the value needs more than 1000 references",
	} {
		_, err := Expand("a", text, lookup)
		var broken *ReferenceError
		if !errors.As(err, &broken) || !strings.Contains(err.Error(), want) {
			t.Errorf("Expand(%q) gives %v, wanted %q", text, err, want)
		}
	}
}

// TestParseGivesBackWhatWasWritten holds for values that need no quotes.
func TestParseGivesBackWhatWasWritten(t *testing.T) {
	word := rapid.StringMatching(`[a#;=:$%\\\[\]"'.]{0,6}[a-z]`)
	key := rapid.StringMatching(`[ab][c_.-]{0,2}`)
	rapid.Check(t, func(t *rapid.T) {
		var text strings.Builder
		want := map[string]map[string][]string{}
		for _, section := range rapid.SliceOfN(key, 1, 3).Draw(t, "sections") {
			fmt.Fprintf(&text, "[%s]\n# comment\n", section)
			if want[section] == nil {
				want[section] = map[string][]string{}
			}
			for _, k := range rapid.SliceOfN(key, 0, 3).Draw(t, "keys") {
				lines := rapid.SliceOfN(word, 1, 3).Draw(t, "lines")
				fmt.Fprintf(&text, "%s = %s\n", k, strings.Join(lines, "\n\t"))
				want[section][k] = append(want[section][k], strings.Join(lines, "\n"))
			}
		}
		file, err := Parse(strings.NewReader(text.String()), "x.conf")
		if err != nil {
			t.Fatalf("%q: %v", text.String(), err)
		}
		if diff := cmp.Diff(want, sectionsOf(file)); diff != "" {
			t.Errorf("%q: written (-), read (+):\n%s", text.String(), diff)
		}
	})
}

// TestExpandOfEscapedTextIsTheText is the promise to whoever has a password
// with dollar signs in it: doubling them is enough.
func TestExpandOfEscapedTextIsTheText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.StringMatching(`[a-z${}.]{0,20}`).Draw(t, "text")
		got, err := Expand("a", strings.ReplaceAll(want, "$", "$$"), func(string, string) (string, bool) { return "", false })
		if err != nil || got != want {
			t.Errorf("got %q, %v; wanted %q", got, err, want)
		}
	})
}

// FuzzParse checks that nothing panics and that positions are lines of the file.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", "[a]\nk = v\n  w\n", "[a\n", "k = v", "[a]\nk = '\n", "[a]\nk = $k ${a.k} $$ \\$", "[a]\r\nk\r= v", "[a]\nk = a:1, b:2,'c,d'",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		file, err := Parse(strings.NewReader(text), "x.conf")
		if err != nil {
			return
		}
		set := new(Set)
		set.Add(file)
		lines := strings.Count(text, "\n") + strings.Count(text, "\r") + 1
		for _, a := range file.Assignments {
			if a.Line < 1 || a.Line > lines {
				t.Errorf("%s of %d lines", a.Position, lines)
			}
			if got := set.All(a.Section, a.Key); len(got) == 0 {
				t.Errorf("[%s] %s is not in the set", a.Section, a.Key)
			}
			value, err := Expand(a.Section, a.Value, func(section, key string) (string, bool) {
				found, ok := set.Last(section, key)
				return found.Value, ok
			})
			if err != nil {
				continue
			}
			checkTypes(t, value)
		}
	})
}

func checkTypes(t *testing.T, value string) {
	t.Helper()
	if b, err := Boolean(value); err == nil {
		if again, err := Boolean(fmt.Sprint(b)); err != nil || again != b {
			t.Errorf("boolean %q becomes %v and that %v, %v", value, b, again, err)
		}
	}
	if n, err := Integer(value); err == nil {
		if again, err := Integer(fmt.Sprint(n)); err != nil || again != n {
			t.Errorf("integer %q becomes %d and that %d, %v", value, n, again, err)
		}
	}
	if f, err := Float(value); err == nil {
		if again, err := Float(fmt.Sprint(f)); err != nil || (again != f && f == f) {
			t.Errorf("number %q becomes %v and that %v, %v", value, f, again, err)
		}
	}
	_ = List(value)
	if items, err := QuotedList(value); err != nil && items != nil {
		t.Errorf("list %q gives %q beside error %v", value, items, err)
	}
	pairs, err := Dict(value)
	seen := make(map[string]bool)
	for _, p := range pairs {
		if err != nil || p.Key == "" || seen[p.Key] {
			t.Errorf("dictionary %q gives %q, %v", value, pairs, err)
		}
		seen[p.Key] = true
	}
}
