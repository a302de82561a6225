package conformance_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/conformance"
)

// newer are the attributes that Octavia's answers have got since the version that was recorded. Of quotas the recorded version
// shows the misspelt names only, and not whose they are.
func newer(path string) []string {
	if strings.Contains(path, "/quotas") {
		return []string{"loadbalancer", "healthmonitor", "project_id", "tenant_id"}
	}
	return []string{"hsts_max_age", "hsts_include_subdomains", "hsts_preload", "vip_vnic_type", "vip_sg_ids", "vnic_type"}
}

// compare says how an answer differs from the reference's in a way that it should not. What holds for all requests:
//
//   - a user's mistake that the reference answers with a 5xx of its own (of Python's making) is a 4xx here;
//   - where the reference's router answers in plain text, HTML or XML, only the status counts: here every error is a fault;
//   - the links of a list are compared in what they say of page and order: ours repeat the filters too, without which whoever
//     follows the reference's ends up in another list;
//   - the reference shows a way on from every full page, also from the last one;
//   - operating_status is what is observed, here by nobody;
//   - updated_at is the time of the user's last change, not of the last change of a status, so that it may be null here.
func compare(q conformance.Request, reference, ours conformance.Answer) []string {
	differs := differences{unlike: q.Unlike}
	_, plain := reference.Body.(string)
	switch {
	case reference.Status >= http.StatusInternalServerError && reference.Status != http.StatusNotImplemented:
		differs.found(fmt.Sprintf("status %d", ours.Status), ours.Status < 400 || ours.Status > 499,
			fmt.Sprintf("a mistake is answered with %d %v", ours.Status, ours.Body))
	case reference.Status != ours.Status:
		differs.found(fmt.Sprintf("status %d", ours.Status), true,
			fmt.Sprintf("the reference answers %d %v, we %d %v", reference.Status, reference.Body, ours.Status, ours.Body))
	case plain:
	case reference.Status >= http.StatusBadRequest:
		differs.fault(reference.Body, ours.Body)
	default:
		diff := cmp.Diff(reference.Body, withoutNewer(newer(q.Path), reference.Body, ours.Body))
		differs.found("body", diff != "", "(-reference +ours):\n"+diff)
	}
	return append(differs.problems, differs.untrue()...)
}

// differences sorts what differs into what was meant and what was not.
type differences struct {
	unlike   []conformance.Difference
	true     []string // those that were found
	problems []string
}

func (d *differences) found(what string, differs bool, text string) {
	switch {
	case !differs:
	case slices.ContainsFunc(d.unlike, func(u conformance.Difference) bool { return u.What == what }):
		d.true = append(d.true, what)
	default:
		d.problems = append(d.problems, text)
	}
}

// untrue are the differences that the script claims and that there are not.
func (d *differences) untrue() []string {
	var claims []string
	for _, u := range d.unlike {
		if !slices.Contains(d.true, u.What) {
			claims = append(claims, "does not differ, against what the script says: "+u.What)
		}
	}
	return claims
}

// fault compares two error bodies: what they have, and what they say.
func (d *differences) fault(reference, ours any) {
	theirs, _ := reference.(map[string]any)
	mine, _ := ours.(map[string]any)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(theirs)), slices.Sorted(maps.Keys(mine))); diff != "" {
		d.found("body", true, "the error has other attributes: "+diff)
		return
	}
	text, known := theirs["faultstring"].(string)
	if !known {
		d.found("body", !cmp.Equal(reference, ours), cmp.Diff(reference, ours))
		return
	}
	d.found("code", theirs["faultcode"] != mine["faultcode"], fmt.Sprint("the faultcode is ", mine["faultcode"]))
	said, _ := mine["faultstring"].(string)
	d.found("text", essence(text) != essence(said), fmt.Sprintf("the reference says %q, we say %q", text, said))
}

// wrongValue is WSME's text for a wrong value. How the value is shown is Python's affair; and of booleans, numbers, lists and dicts WSME says the name
// of the whole body where we say the attribute's.
var wrongValue = regexp.MustCompile(`(?s)^(Invalid input for field/attribute )(\S+)(\. Value: ).*?'\. (Value .*|Mandatory .*|unable .*|invalid literal .*|could not convert .*)$`)

// essence is what counts of an error's text.
func essence(text string) string {
	parts := wrongValue.FindStringSubmatch(strings.TrimSpace(text))
	if parts == nil {
		return strings.TrimSpace(text)
	}
	if strings.HasPrefix(parts[4], "invalid literal for int()") {
		parts[4] = "Value should be an integer"
	}
	if strings.HasPrefix(parts[4], "could not convert string to float") {
		parts[4] = "Value should be a number"
	}
	for _, whole := range []string{"Value not an unambiguous boolean", "Value not a valid list", "Value not a valid dict", "Value should be an integer", "Value should be a number"} {
		if strings.HasPrefix(parts[4], whole) {
			return whole
		}
	}
	if allowed, ok := strings.CutPrefix(parts[4], "Value should be one of: "); ok {
		options := strings.Split(allowed, ", ")
		slices.Sort(options) // Python's sets have another order in each process
		return parts[2] + " is one of " + strings.Join(options, ", ")
	}
	return parts[2] + ": " + parts[4]
}

// withoutNewer takes the newer attributes out of what the reference's answer does not have them in.
func withoutNewer(newer []string, reference, ours any) any {
	switch mine := ours.(type) {
	case map[string]any:
		theirs, _ := reference.(map[string]any)
		out := map[string]any{}
		for name, value := range mine {
			if _, known := theirs[name]; !known && slices.Contains(newer, name) {
				continue
			}
			out[name] = withoutNewer(newer, theirs[name], value)
			if name == "updated_at" && value == nil || name == "operating_status" && theirs[name] != nil {
				out[name] = theirs[name]
			}
			if strings.HasSuffix(name, "_links") {
				out[name] = withIdleNext(theirs[name], out[name])
			}
			if name == "href" {
				out[name] = likeLink(fmt.Sprint(theirs[name]), fmt.Sprint(value))
			}
		}
		return out
	case []any:
		theirs, _ := reference.([]any)
		out := make([]any, len(mine))
		for i, item := range mine {
			var other any
			if i < len(theirs) {
				other = theirs[i]
			}
			out[i] = withoutNewer(newer, other, item)
		}
		return out
	}
	return ours
}

// withIdleNext adds the reference's way on from a page where we show none.
func withIdleNext(reference, ours any) any {
	theirs, _ := reference.([]any)
	mine, _ := ours.([]any)
	if len(theirs) != len(mine)+1 {
		return ours
	}
	if last, _ := theirs[len(theirs)-1].(map[string]any); last["rel"] != "next" {
		return ours
	}
	return append(mine, theirs[len(theirs)-1])
}

// likeLink is the reference's link when ours leads to the same page in the same order, else ours.
func likeLink(reference, ours string) any {
	place := func(link string) (out []string) {
		address, query, _ := strings.Cut(link, "?")
		values, err := url.ParseQuery(strings.ReplaceAll(query, "${", ""))
		if err != nil {
			return []string{link}
		}
		out = append(out, address)
		for _, name := range []string{"limit", "marker", "page_reverse", "sort", "sort_key"} {
			out = append(out, values.Get(name))
		}
		return out
	}
	if cmp.Equal(place(reference), place(ours)) {
		return reference
	}
	return ours
}
