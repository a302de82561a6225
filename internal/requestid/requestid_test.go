package requestid_test

import (
	"bytes"
	"context"
	"log/slog"
	"regexp"
	"strings"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/requestid"
)

func TestNewIsInOpenStacksForm(t *testing.T) {
	form := regexp.MustCompile(`^req-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	first, second := requestid.New(), requestid.New()
	if !form.MatchString(first) {
		t.Errorf("New() = %q, want req-<uuid4>", first)
	}
	if first == second {
		t.Errorf("New() gave %q twice", first)
	}
}

func TestContextCarriesTheID(t *testing.T) {
	if got := requestid.From(context.Background()); got != "" {
		t.Errorf("From(a bare context) = %q, want nothing", got)
	}
	ctx := requestid.With(context.Background(), "req-1")
	if got := requestid.From(ctx); got != "req-1" {
		t.Errorf("From = %q, want req-1", got)
	}
}

func TestLogHandlerAddsTheIDOnce(t *testing.T) {
	var out bytes.Buffer
	once := requestid.NewLogHandler(slog.NewTextHandler(&out, nil))
	logger := slog.New(requestid.NewLogHandler(once)).With("component", "test")
	logger.InfoContext(requestid.With(context.Background(), "req-1"), "with")
	logger.InfoContext(context.Background(), "without")
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 2 {
		t.Fatalf("got %d lines, want 2:\n%s", len(lines), out.String())
	}
	if got := strings.Count(lines[0], "request_id=req-1"); got != 1 {
		t.Errorf("the id stands %d times in %q, want once", got, lines[0])
	}
	if strings.Contains(lines[1], "request_id") {
		t.Errorf("a line without a request has an id: %q", lines[1])
	}
	if !strings.Contains(lines[0], "component=test") {
		t.Errorf("the logger's own attributes are lost: %q", lines[0])
	}
}
