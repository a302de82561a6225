package healthcheck

import (
	"bytes"
	"encoding/json"
	"html/template"
	"mime"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// The forms of an answer, in the order in which they are preferred where a client likes them alike.
const (
	textPlain = "text/plain"
	textHTML  = "text/html"
	textJSON  = "application/json"
)

// render writes the results in the form that a client likes best. None that it likes is text, not an error: an error here could
// be taken for one of the service.
func (h *Handler) render(results []found, accept []string) (body []byte, contentType string) {
	switch preferred(accept) {
	case textHTML:
		return h.html(results), "text/html; charset=UTF-8"
	case textJSON:
		return h.json(results), "application/json; charset=UTF-8"
	}
	var reasons []string
	for _, r := range results {
		if r.Reason != "" {
			reasons = append(reasons, r.Reason)
		}
	}
	return []byte(strings.Join(reasons, "\n")), "text/plain; charset=UTF-8"
}

// preferred is the form that an Accept header gives the greatest weight.
func preferred(accept []string) string {
	best, most := textPlain, 0.0
	for _, offer := range []string{textPlain, textHTML, textJSON} {
		if weight := weightOf(strings.Join(accept, ","), offer); weight > most {
			best, most = offer, weight
		}
	}
	return best
}

// weightOf is the weight that an Accept header gives to a form, by the most exact of the ranges that match it.
func weightOf(header, offer string) float64 {
	kind, _, _ := strings.Cut(offer, "/")
	weights := map[string]float64{}
	for part := range strings.SplitSeq(header, ",") {
		name, parameters, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		weights[name] = 1
		if q, given := parameters["q"]; given {
			if weights[name], err = strconv.ParseFloat(q, 64); err != nil {
				weights[name] = 0
			}
		}
	}
	for _, name := range []string{offer, kind + "/*", "*/*"} {
		if weight, given := weights[name]; given {
			return weight
		}
	}
	return 0
}

// reason is one result in a detailed answer.
type reason struct {
	Class   string `json:"class"`
	Details string `json:"details"`
	Reason  string `json:"reason"`
}

// status is a detailed answer. oslo.middleware has Python's threads and its garbage collector in it too; of ours the metrics tell.
type status struct {
	Detailed bool     `json:"detailed"`
	Hostname string   `json:"hostname"`
	Now      string   `json:"now"`
	Platform string   `json:"platform"`
	Version  string   `json:"go_version"`
	Reasons  []reason `json:"reasons"`
}

func (h *Handler) status(results []found) status {
	s := status{
		Detailed: h.Detailed, Now: time.Now().UTC().Format("2006-01-02 15:04:05.000000"),
		Platform: runtime.GOOS + "/" + runtime.GOARCH, Version: runtime.Version(),
	}
	if name, err := os.Hostname(); err == nil {
		s.Hostname = name
	}
	for _, r := range results {
		s.Reasons = append(s.Reasons, reason{Class: r.class, Details: r.Details, Reason: r.Reason})
	}
	return s
}

func (h *Handler) json(results []found) []byte {
	s := h.status(results)
	var shown any = s
	if !h.Detailed {
		reasons := make([]string, len(s.Reasons))
		for i, r := range s.Reasons {
			reasons[i] = r.Reason
		}
		shown = map[string]any{"detailed": false, "reasons": reasons}
	}
	body, err := json.MarshalIndent(shown, "", "    ")
	if err != nil {
		return []byte("{}") // texts and booleans always encode
	}
	return body
}

const page = `<HTML>
<HEAD><TITLE>Healthcheck Status</TITLE></HEAD>
<BODY>
{{if .Detailed}}<H1>Server status</H1>
<B>Server hostname:</B><PRE>{{.Hostname}}</PRE>
<B>Current time:</B><PRE>{{.Now}}</PRE>
<B>Platform:</B><PRE>{{.Platform}}</PRE>
<HR></HR>
{{end}}<H2>Result of {{len .Reasons}} checks:</H2>
<TABLE bgcolor="#ffffff" border="1">
<TBODY>
<TR>{{if .Detailed}}<TH>Kind</TH>{{end}}<TH>Reason</TH>{{if .Detailed}}<TH>Details</TH>{{end}}</TR>
{{$detailed := .Detailed}}{{range .Reasons}}<TR>{{if $detailed}}<TD>{{.Class}}</TD>{{end}}<TD>{{.Reason}}</TD>{{if $detailed}}<TD>{{.Details}}</TD>{{end}}</TR>
{{end}}</TBODY>
</TABLE>
<HR></HR>
</BODY>
</HTML>
`

func (h *Handler) html(results []found) []byte {
	var out bytes.Buffer
	if err := template.Must(template.New("healthcheck").Parse(page)).Execute(&out, h.status(results)); err != nil {
		return []byte(err.Error()) // the page has no part that can fail
	}
	return out.Bytes()
}
