package requestid_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/requestid"
)

const (
	own    = "req-11111111-2222-4333-8444-555555555555"
	global = "req-aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
)

// The form is oslo.middleware's, not that of a UUID of version 4.
func TestInboundIDsHaveOslosForm(t *testing.T) {
	for id, want := range map[string]string{
		global: global, "": "",
		"req-AAAAAAAA-bbbb-cccc-dddd-eeeeeeeeeeee": "",
		"aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee":     "",
		global + "0":                               "",
		"x" + global:                               "",
		"req-1":                                    "",
		global + "\nlevel=ERROR":                   "",
	} {
		if got := requestid.Inbound(http.Header{requestid.Header: {id}}); got != want {
			t.Errorf("Inbound(%q) = %q, want %q", id, got, want)
		}
	}
}

func TestTransportSendsTheIDAlong(t *testing.T) {
	var got []string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got = append(got, r.Header.Get(requestid.Header))
	}))
	defer server.Close()
	client := &http.Client{Transport: requestid.Transport{Next: http.DefaultTransport}}
	defer client.CloseIdleConnections()
	alone := requestid.With(t.Context(), own)
	for _, ctx := range []context.Context{t.Context(), alone, requestid.WithGlobal(alone, global), requestid.WithGlobal(alone, "")} {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		response, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if request.Header.Get(requestid.Header) != "" {
			t.Error("the caller's request was changed")
		}
	}
	if want := []string{"", own, global, own}; strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("sent %q, want %q", got, want)
	}
}

func TestLogLinesHaveBothIDs(t *testing.T) {
	var out bytes.Buffer
	logger := slog.New(requestid.NewLogHandler(slog.NewTextHandler(&out, nil)))
	logger.InfoContext(requestid.WithGlobal(requestid.With(t.Context(), own), global), "with")
	if got := out.String(); !strings.Contains(got, " request_id="+own) || !strings.Contains(got, " global_request_id="+global) {
		t.Errorf("the line is %q", got)
	}
}
