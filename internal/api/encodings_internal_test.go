package api

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestEncodingsAreOfOneVersionAndForAWhile(t *testing.T) {
	e, now := newEncodings(), time.Now()
	e.keep("a", encoding{version: "1", text: []byte("one"), until: now.Add(keptFor)})
	e.keep("a", encoding{version: "2", text: []byte("two"), until: now.Add(keptFor)})
	for _, c := range []struct {
		id, version string
		after       time.Duration
		want        string
	}{
		{"a", "2", 0, "two"},
		{"a", "2", keptFor - 1, "two"},
		{"a", "2", keptFor, ""},
		{"a", "1", 0, ""},
		{"b", "2", 0, ""},
		{"b", "", 0, ""},
	} {
		if got := e.at(now.Add(c.after))(c.id, c.version); string(got) != c.want {
			t.Errorf("of %s in version %q after %v, %q is kept, want %q", c.id, c.version, c.after, got, c.want)
		}
	}
}

// However much is listed, no more is kept than there is room for, and that room is used.
func TestEncodingsAreBounded(t *testing.T) {
	e, now := newEncodings(), time.Now()
	text := []byte(strings.Repeat("x", keptBytes/100))
	for n := range 1000 {
		e.keep(fmt.Sprint(n%300), encoding{version: fmt.Sprint(n), text: text, until: now.Add(keptFor)})
	}
	kept := 0
	for _, one := range e.kept {
		kept += len(one.text)
	}
	if kept != e.size || kept > keptBytes || kept < keptBytes-len(text) {
		t.Errorf("%d bytes are kept, %d counted, of %d", kept, e.size, keptBytes)
	}
}
