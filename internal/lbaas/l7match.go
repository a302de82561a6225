package lbaas

import (
	"regexp"
	"slices"
	"strings"
)

// L7Condition compares one text.
type L7Condition struct {
	Compare L7CompareType
	// Value without the double quotes that a value with blanks is given in.
	Value string
	// Not turns the condition round; a text that is not there fulfils it then.
	Not bool
}

// L7KeyedCondition compares the header or the cookie that Key names.
type L7KeyedCondition struct {
	Key string
	L7Condition
}

// L7Match is what the rules of one policy come to. All its conditions must hold.
type L7Match struct {
	Hosts   []L7Condition
	Headers []L7KeyedCondition
	// Cookie and Path are nil when no rule looks at them. Avi has one condition on each in one policy rule.
	Cookie *L7KeyedCondition
	Path   *L7Condition
}

// MatchOf puts rules together, those that are administratively down left out. The error is KindUnsupported: Avi cannot express
// the rules together.
func MatchOf(rules []L7Rule) (L7Match, error) {
	var m L7Match
	var paths []L7Condition
	for i := range rules {
		r := &rules[i]
		if !r.AdminStateUp || r.Doomed {
			continue
		}
		c := L7Condition{Compare: r.CompareType, Value: unquoted(r), Not: r.Invert}
		keyed := L7KeyedCondition{Key: r.Key, L7Condition: c}
		switch r.Type {
		case L7HostName:
			m.Hosts = append(m.Hosts, c)
		case L7Header:
			m.Headers = append(m.Headers, keyed)
		case L7Cookie:
			if m.Cookie != nil && *m.Cookie != keyed {
				return m, Unsupportedf(ProviderDisplayName, "two L7 rules of type COOKIE in one policy")
			}
			m.Cookie = &keyed
		case L7FileType:
			if c.Compare == L7EqualTo {
				c = L7Condition{Compare: L7EndsWith, Value: "." + strings.TrimPrefix(c.Value, "."), Not: c.Not}
			}
			paths = append(paths, c)
		case L7Path:
			paths = append(paths, c)
		}
	}
	path, ok := onePath(paths)
	if !ok {
		return m, Unsupportedf(ProviderDisplayName,
			"these L7 rules on the path (PATH and FILE_TYPE) together in one policy; put them into one rule with compare_type REGEX, "+
				"or into several policies")
	}
	m.Path = path
	return m, nil
}

func unquoted(r *L7Rule) string {
	if r.CompareType != L7Regex && len(r.Value) >= 2 && strings.HasPrefix(r.Value, `"`) && strings.HasSuffix(r.Value, `"`) {
		return r.Value[1 : len(r.Value)-1]
	}
	return r.Value
}

// onePath finds one condition that holds if and only if all of several do; ok is false when there is none that Avi has.
func onePath(conditions []L7Condition) (_ *L7Condition, ok bool) {
	var kept []L7Condition
	for i, c := range conditions {
		// What another one says already is left out; of two that say the same the first stays.
		said := func(j int, other L7Condition) bool {
			return i != j && other.implies(c) && (j < i || !c.implies(other))
		}
		if !slices.ContainsFunc(indexed(conditions), func(o indexedCondition) bool { return said(o.index, o.L7Condition) }) {
			kept = append(kept, c)
		}
	}
	switch {
	case len(kept) == 0:
		return nil, true
	case len(kept) == 1:
		return &kept[0], true
	case !slices.ContainsFunc(kept, func(c L7Condition) bool { return !c.Not }):
		return noneOf(kept), true
	case len(kept) == 2 && !kept[0].Not && !kept[1].Not:
		return beginAndEnd(kept[0], kept[1])
	}
	return nil, false
}

type indexedCondition struct {
	index int
	L7Condition
}

func indexed(conditions []L7Condition) []indexedCondition {
	out := make([]indexedCondition, len(conditions))
	for i, c := range conditions {
		out[i] = indexedCondition{i, c}
	}
	return out
}

// noneOf is one regular expression for all that a path must not be.
func noneOf(conditions []L7Condition) *L7Condition {
	alternatives := make([]string, len(conditions))
	for i, c := range conditions {
		alternatives[i] = c.pattern()
	}
	return &L7Condition{Compare: L7Regex, Value: strings.Join(alternatives, "|"), Not: true}
}

// beginAndEnd is one regular expression for a path that begins and ends in a certain way: the two may overlap.
func beginAndEnd(a, b L7Condition) (*L7Condition, bool) {
	if a.Compare == L7EndsWith {
		a, b = b, a
	}
	if a.Compare != L7StartsWith || b.Compare != L7EndsWith {
		return nil, false
	}
	alternatives := []string{regexp.QuoteMeta(a.Value) + ".*" + regexp.QuoteMeta(b.Value)}
	for n := 1; n <= min(len(a.Value), len(b.Value)); n++ {
		if strings.HasSuffix(a.Value, b.Value[:n]) {
			alternatives = append(alternatives, regexp.QuoteMeta(a.Value+b.Value[n:]))
		}
	}
	return &L7Condition{Compare: L7Regex, Value: "^(?:" + strings.Join(alternatives, "|") + ")$"}, true
}

// pattern is the condition, without its Not, as a regular expression.
func (c L7Condition) pattern() string {
	quoted := regexp.QuoteMeta(c.Value)
	switch c.Compare {
	case L7StartsWith:
		return "^" + quoted
	case L7EndsWith:
		return quoted + "$"
	case L7EqualTo:
		return "^" + quoted + "$"
	case L7Contains:
		return quoted
	case L7Regex:
	}
	return "(?:" + c.Value + ")"
}

// Holds says whether a text fulfils the condition, its case included.
func (c L7Condition) Holds(text string) bool {
	var holds bool
	switch c.Compare {
	case L7StartsWith:
		holds = strings.HasPrefix(text, c.Value)
	case L7EndsWith:
		holds = strings.HasSuffix(text, c.Value)
	case L7EqualTo:
		holds = text == c.Value
	case L7Contains:
		holds = strings.Contains(text, c.Value)
	case L7Regex:
		pattern, err := regexp.Compile(c.Value) // it was checked on the way in
		holds = err == nil && pattern.MatchString(text)
	}
	return holds != c.Not
}

// implies says that every text that fulfils c fulfils d too, as far as the two conditions show it by themselves.
func (c L7Condition) implies(d L7Condition) bool {
	switch {
	case c == d:
		return true
	case c.Not && d.Not:
		// Turned round: what d forbids lies within what c forbids.
		return L7Condition{Compare: d.Compare, Value: d.Value}.implies(L7Condition{Compare: c.Compare, Value: c.Value})
	case c.Not:
		return false
	case c.Compare == L7EqualTo:
		return d.Holds(c.Value)
	case d.Not:
		return c.excludes(d)
	}
	switch c.Compare {
	case L7StartsWith:
		return d.Compare == L7StartsWith && strings.HasPrefix(c.Value, d.Value) || d.Compare == L7Contains && strings.Contains(c.Value, d.Value)
	case L7EndsWith:
		return d.Compare == L7EndsWith && strings.HasSuffix(c.Value, d.Value) || d.Compare == L7Contains && strings.Contains(c.Value, d.Value)
	case L7Contains:
		return d.Compare == L7Contains && strings.Contains(c.Value, d.Value)
	case L7EqualTo, L7Regex:
	}
	return false
}

// excludes says that no text that fulfils c is what d, which is turned round, forbids.
func (c L7Condition) excludes(d L7Condition) bool {
	if d.Compare == L7EqualTo {
		return !c.Holds(d.Value)
	}
	switch {
	case c.Compare == L7StartsWith && d.Compare == L7StartsWith:
		return !strings.HasPrefix(c.Value, d.Value) && !strings.HasPrefix(d.Value, c.Value)
	case c.Compare == L7EndsWith && d.Compare == L7EndsWith:
		return !strings.HasSuffix(c.Value, d.Value) && !strings.HasSuffix(d.Value, c.Value)
	}
	return false
}
