package avi_test

import (
	"errors"
	"fmt"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/avi"
)

// collect reads a list to its end or its error.
func collect(t *testing.T, c *avi.Client, query url.Values) ([]string, error) {
	t.Helper()
	var uuids []string
	for o, err := range c.List(t.Context(), avi.AllTenants, "pool-inventory", query) {
		if err != nil {
			return uuids, err
		}
		uuids = append(uuids, o.UUID())
	}
	return uuids, nil
}

func pageOf(request, next string, uuids ...string) step {
	s := step{request: request, header: map[string]string{"X-Avi-Tenant": "*"}, answer: `{"count":9,"results":[`}
	for i, uuid := range uuids {
		if i > 0 {
			s.answer += ","
		}
		s.answer += fmt.Sprintf(`{"uuid":%q}`, uuid)
	}
	s.answer += "]"
	if next != "" {
		s.answer += fmt.Sprintf(`,"next":%q`, next)
	}
	s.answer += "}"
	return s
}

const firstPage = "GET /api/pool-inventory?page_size=200"

func TestListFollowsPages(t *testing.T) {
	query := url.Values{"include": {"config,runtime"}}
	c := play(t, login(),
		pageOf("GET /api/pool-inventory?include=config%2Cruntime&page_size=200",
			"https://controller.invalid:8443/api/pool-inventory?include=config,runtime&page=2&page_size=200", "p1", "p2"),
		pageOf("GET /api/pool-inventory?include=config%2Cruntime&page=2&page_size=200",
			"https://controller.invalid/api/pool-inventory?page=3", "p3"),
		pageOf("GET /api/pool-inventory?page=3", ""),
	).client()
	got, err := collect(t, c, query)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"p1", "p2", "p3"}, got); diff != "" {
		t.Errorf("uuids (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(url.Values{"include": {"config,runtime"}}, query); diff != "" {
		t.Errorf("the caller's query was changed (-want +got):\n%s", diff)
	}
}

func TestListIsReadAsFarAsAsked(t *testing.T) {
	c := play(t, login(), pageOf("GET /api/pool-inventory?page_size=2", "https://c/api/pool-inventory?page=2", "p1", "p2")).client()
	for o, err := range c.List(t.Context(), avi.AllTenants, "pool-inventory", url.Values{"page_size": {"2"}}) {
		if err != nil || o.UUID() != "p1" {
			t.Fatalf("got %v, %v", o, err)
		}
		break
	}
}

func TestListErrors(t *testing.T) {
	tests := []struct {
		name  string
		steps []step
		uuids []string
		want  avi.Kind
	}{
		{"first page fails", []step{{request: firstPage, status: 502}}, nil, avi.Unavailable},
		{
			"second page fails",
			[]step{pageOf(firstPage, "/api/pool-inventory?page=2", "p1"), {request: "GET /api/pool-inventory?page=2", status: 503}},
			[]string{"p1"},
			avi.Unavailable,
		},
		{"pages in a circle", []step{pageOf(firstPage, "https://c/api/pool-inventory?page_size=200", "p1")}, []string{"p1"}, avi.Unavailable},
		{"link that is none", []step{pageOf(firstPage, "https://c/%zz", "p1")}, nil, avi.Unavailable},
		{"link with a broken query", []step{pageOf(firstPage, "https://c/?page=%zz", "p1")}, nil, avi.Unavailable},
		{
			"an entry that is no object",
			[]step{{request: firstPage, answer: `{"results": [{"uuid": "p1"}, 7, {"uuid": "p3"}]}`}},
			[]string{"p1"},
			avi.Unavailable,
		},
		{"an answer that breaks off", []step{{request: firstPage, answer: `{"results": [{"uuid": "p1"},`}}, nil, avi.Unavailable},
		{"no list", []step{{request: firstPage, answer: `[]`}}, nil, avi.Unavailable},
		{"unknown type", []step{{request: firstPage, status: 404, answer: `{}`}}, nil, avi.Invalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := collect(t, play(t, append([]step{login()}, tt.steps...)...).client(), nil)
			if !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if diff := cmp.Diff(tt.uuids, got); diff != "" {
				t.Errorf("uuids before the error (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("path that leads elsewhere", func(t *testing.T) {
		for _, err := range play(t).client().List(t.Context(), "", "../login", nil) {
			if !errors.Is(err, avi.Invalid) {
				t.Errorf("got %v", err)
			}
		}
	})
}
