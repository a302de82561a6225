package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Answer is what a service said to one request, with everything taken out that differs from one run to the next.
type Answer struct {
	// Request is the line of the script.
	Request string `json:"request"`
	Status  int    `json:"status"`
	// Body is null when there was none, and a string when it was no JSON.
	Body any `json:"body"`
}

var (
	aTime = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$`)
	aUUID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
)

// Read decodes the body of an answer and saves what the request wants saved.
func (v Variables) Read(q Request, body []byte) (any, error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, nil
	}
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		return string(body), nil // a body that is no JSON is an answer too
	}
	for name, path := range q.Save {
		found := value
		for step := range strings.SplitSeq(path, ".") {
			object, ok := found.(map[string]any)
			if !ok {
				return nil, fmt.Errorf("%s: the answer has no %s: %s", q.Text, path, body)
			}
			found = object[step]
		}
		text, ok := found.(string)
		if !ok {
			return nil, fmt.Errorf("%s: %s of the answer is no text: %s", q.Text, path, body)
		}
		v[name] = text
	}
	return value, nil
}

// Neutral puts the names of variables in the place of their values, and marks where times and unknown ids are. Lists of
// references are put in order: no order is promised of them.
func (v Variables) Neutral(value any) any {
	switch x := value.(type) {
	case map[string]any:
		out := make(map[string]any, len(x))
		for name, item := range x {
			out[name] = v.Neutral(item)
		}
		return out
	case []any:
		out := make([]any, len(x))
		for i, item := range x {
			out[i] = v.Neutral(item)
		}
		if !slices.ContainsFunc(out, func(item any) bool { return !isReference(item) }) {
			slices.SortFunc(out, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		}
		return out
	case string:
		return v.neutralText(x)
	}
	return value
}

func (v Variables) neutralText(text string) string {
	for name, value := range v {
		// Only what cannot be there by chance.
		if len(value) > 8 {
			text = strings.ReplaceAll(text, value, "${"+name+"}")
		}
	}
	if aTime.MatchString(text) {
		return "${time}"
	}
	return aUUID.ReplaceAllLiteralString(text, "${uuid}")
}

func isReference(item any) bool {
	object, ok := item.(map[string]any)
	_, named := object["id"]
	return ok && named && len(object) == 1
}
