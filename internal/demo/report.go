package demo

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"
	"unicode/utf8"

	"github.com/avi-lbaas/avi-lbaas/internal/cloudsim"
)

// progress tells people the story, a numbered line for each step.
type progress struct {
	out   io.Writer
	began time.Time
	n     int
	notes []string // what the step that runs wants below its line
	err   error    // the first failure to write; nothing is written after it
}

// titleWidth is the column at which the elapsed time stands; lines fit 120 columns.
const titleWidth = 104

// step runs one step and says how it went. What it returns with nil completes the line; its error names the step.
func (p *progress) step(ctx context.Context, title string, run func(context.Context) (string, error)) error {
	p.n++
	began := time.Now()
	result, err := run(ctx)
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx) // everything fails then; this is why
	}
	mark, line := "✓", title
	if err != nil {
		mark = "✗"
	} else if result != "" {
		line += ": " + result
	}
	padding := max(1, titleWidth-utf8.RuneCountInString(line))
	p.line(fmt.Sprintf("%2d. %s %s%s%6.2f s", p.n, mark, line, strings.Repeat(" ", padding), time.Since(began).Seconds()))
	for _, note := range p.notes {
		p.line(note)
	}
	p.notes = nil
	if err != nil {
		return fmt.Errorf("step %d (%s) failed: %w", p.n, title, err)
	}
	if p.err != nil {
		return fmt.Errorf("write the progress: %w", p.err)
	}
	return nil
}

// line writes one or more lines of text.
func (p *progress) line(text string) {
	if p.err == nil {
		_, p.err = fmt.Fprintln(p.out, text)
	}
}

// note keeps a line for below the step's.
func (p *progress) note(text string) { p.notes = append(p.notes, noteIndent+text) }

const noteIndent = "      "

// noteTable keeps rows, in aligned columns, for below the step's line.
func (p *progress) noteTable(rows [][]string) {
	text := &strings.Builder{}
	w := tabwriter.NewWriter(text, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		_, _ = fmt.Fprintln(w, noteIndent+strings.Join(row, "\t")) // a Builder takes everything
	}
	_ = w.Flush()
	p.notes = append(p.notes, strings.TrimSuffix(text.String(), "\n"))
}

// farewell says how to go on by hand.
func (t *tour) farewell() string {
	b := &strings.Builder{}
	fmt.Fprintf(b, "\nAll of this took %.1f s. The load balancer is there again, for you to play with. In another terminal:\n\n",
		time.Since(t.progress.began).Seconds())
	for _, variable := range [][2]string{
		{"OS_AUTH_URL", t.stack.cloud.IdentityURL()},
		{"OS_USERNAME", userName},
		{"OS_PASSWORD", cloudsim.DemoPassword},
		{"OS_PROJECT_NAME", projectName},
		{"OS_USER_DOMAIN_NAME", domainName},
		{"OS_PROJECT_DOMAIN_NAME", domainName},
		{"OS_IDENTITY_API_VERSION", "3"},
		{"OS_REGION_NAME", cloudsim.DefaultRegion},
	} {
		fmt.Fprintf(b, "export %s=%s\n", variable[0], variable[1])
	}
	fmt.Fprintln(b)
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	for _, try := range [][2]string{
		{"openstack loadbalancer list", "yours"},
		{"openstack loadbalancer show " + balancerName, "its attributes"},
		{"openstack loadbalancer status show " + balancerName, "everything that hangs from it"},
		{"openstack loadbalancer stats show " + balancerName, "its counters"},
		{"openstack loadbalancer member list " + poolName, "the backends' health"},
		{"curl " + t.visitor.url, "a backend answers its name"},
		{"curl http://" + t.stack.service.metrics + "/metrics", "the service's metrics"},
		{"curl -k " + t.stack.controller.URL() + "/sim/objects", "what the Controller holds"},
		{"curl -k " + t.stack.controller.URL() + "/sim/requests", "what it was asked"},
	} {
		_, _ = fmt.Fprintf(w, "%s\t# %s\n", try[0], try[1]) // a Builder takes everything
	}
	_ = w.Flush()
	fmt.Fprintf(b, "\nThe Controller is a stand-in, its user %s has password %s. The service runs with\n%s.\nCtrl-C stops everything.",
		controllerUser, t.stack.password, filepath.Join(t.stack.dir, configFile))
	return b.String()
}
