package plan

import (
	"encoding/json"
	"slices"
)

// SharedRef is a reference in a place that LBaaS does not always use: while LBaaS wants nothing there, whatever somebody else put
// there stays. What LBaaS wants wins.
type SharedRef struct {
	// Want is the reference to have; empty for none of ours.
	Want string
	// Ours is the reference that goes when Want is empty.
	Ours string
}

// differs says that the Controller's value is not what is wanted.
func (r SharedRef) differs(actual any) bool {
	ref, _ := actual.(string)
	if r.Want == "" {
		return ref != "" && sameRef(r.Ours, ref)
	}
	return ref == "" || !sameRef(r.Want, ref)
}

// SharedList is a list that others keep entries in too, each of which is a reference with a number that orders them. LBaaS has
// one entry in it at most, known by its reference; all others stay as they are.
type SharedList struct {
	// Ref and Order name the two fields of an entry that hold the reference and the number.
	Ref, Order string
	// Ours is the reference of LBaaS's entry.
	Ours string
	// At is the number that LBaaS's entry gets, or the next above that nobody else has. Once it is there its number is not
	// touched any more: whoever attaches entries by hand may want them before or after it.
	At int
	// Wanted says that the entry should be there; without it, it should not.
	Wanted bool
}

// find gives the place of LBaaS's entry in the Controller's list, -1 when it is not there.
func (l SharedList) find(actual []any) int {
	return slices.IndexFunc(actual, func(e any) bool {
		entry, _ := e.(map[string]any)
		ref, _ := entry[l.Ref].(string)
		return ref != "" && sameRef(l.Ours, ref)
	})
}

// differs says that the Controller's list is not what is wanted.
func (l SharedList) differs(actual any) bool {
	entries, _ := actual.([]any)
	return (l.find(entries) >= 0) != l.Wanted
}

// merged is the Controller's list with LBaaS's entry in it, or without it.
func (l SharedList) merged(actual any) []any {
	entries, _ := actual.([]any)
	out := slices.Clone(entries)
	i := l.find(out)
	switch {
	case l.Wanted && i < 0:
		return append(out, l.entry(l.free(out)))
	case !l.Wanted && i >= 0:
		return slices.Delete(out, i, i+1)
	}
	return out
}

// free is the first number at or above At that no entry has.
func (l SharedList) free(entries []any) int {
	taken := map[string]bool{}
	for _, e := range entries {
		if entry, ok := e.(map[string]any); ok {
			taken[scalarText(entry[l.Order])] = true
		}
	}
	n := l.At
	for taken[scalarText(n)] {
		n++
	}
	return n
}

func (l SharedList) entry(number int) map[string]any {
	return map[string]any{l.Ref: l.Ours, l.Order: number}
}

// plain is the list as it is sent with a new object, and remembered; nil when there is nothing to send.
func (l SharedList) plain() any {
	if !l.Wanted {
		return nil
	}
	return []any{l.entry(l.At)}
}

// MarshalJSON writes what is sent.
func (r SharedRef) MarshalJSON() ([]byte, error) { return json.Marshal(optionalText(r.Want)) }

// MarshalJSON writes what is sent.
func (l SharedList) MarshalJSON() ([]byte, error) { return json.Marshal(l.plain()) }

// optionalText is nil for an empty text.
func optionalText(text string) any {
	if text == "" {
		return nil
	}
	return text
}
