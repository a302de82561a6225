package avisim

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// dropped says whether a request's connection breaks.
func (c *client) dropped(method, path, body string) (dropped bool) {
	defer func() { dropped = recover() == http.ErrAbortHandler }() //nolint:errorlint // a panic's value
	c.do(method, path, body)
	return false
}

func TestFaults(t *testing.T) {
	s := newServer(t, Options{})
	c := newClient(t, s)
	statuses := func(n int) []int {
		var out []int
		for range n {
			out = append(out, c.do(http.MethodGet, "/api/pool", "").status)
		}
		return out
	}
	for name, test := range map[string]struct {
		fault Fault
		want  []int
	}{
		"all":            {Fault{Action: FaultFail, Status: 503}, []int{503, 503, 503}},
		"the second":     {Fault{Nth: 2, Count: 1, Action: FaultFail, Status: 503}, []int{200, 503, 200}},
		"the first two":  {Fault{Count: 2, Action: FaultFail, Status: 503}, []int{503, 503, 200}},
		"from the third": {Fault{Nth: 3, Action: FaultFail, Status: 503}, []int{200, 200, 503}},
		"another method": {Fault{Method: "POST", Action: FaultFail, Status: 503}, []int{200, 200, 200}},
		"another type":   {Fault{Type: "vsvip", Action: FaultFail, Status: 503}, []int{200, 200, 200}},
		"this tenant":    {Fault{Tenant: testTenant, Path: "/pool", Count: 1, Action: FaultFail, Status: 500}, []int{500, 200, 200}},
	} {
		t.Run(name, func(t *testing.T) {
			s.ClearFaults()
			if err := s.AddFault(test.fault); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, statuses(3)); diff != "" {
				t.Errorf("statuses (-want +got):\n%s", diff)
			}
		})
	}
	s.ClearFaults()
	for _, bad := range []Fault{{}, {Action: "x"}, {Action: FaultFail}, {Action: FaultDelay}, {Action: FaultFail, Status: 500, Nth: -1}} {
		if err := s.AddFault(bad); err == nil {
			t.Errorf("fault %+v is accepted", bad)
		}
	}
}

func TestDroppedConnections(t *testing.T) {
	s := newServer(t, Options{})
	c := newClient(t, s)
	for action, written := range map[FaultAction]int{FaultDropBefore: 404, FaultDropAfter: 200} {
		if err := s.AddFault(Fault{Method: "POST", Count: 1, Action: action}); err != nil {
			t.Fatal(err)
		}
		uuid := "pool-" + string(action)
		c.header["Slug"] = uuid
		if !c.dropped(http.MethodPost, "/api/pool", `{"name":"`+uuid+`"}`) {
			t.Errorf("%s: the connection does not break", action)
		}
		delete(c.header, "Slug")
		if got := c.do(http.MethodGet, "/api/pool/"+uuid, ""); got.status != written {
			t.Errorf("%s: the object is %d, want %d", action, got.status, written)
		}
		s.ClearFaults()
	}
}

func TestDelays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, Options{})
		c := newClient(t, s)
		if err := s.AddFault(Fault{Action: FaultDelay, Delay: 10 * time.Second}); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		c.must(http.MethodGet, "/api/pool", "")
		if took := time.Since(start); took != 10*time.Second {
			t.Errorf("the request took %s", took)
		}
	})
}

func TestRequestHook(t *testing.T) {
	type event struct {
		N            int
		Method, When string
	}
	var events []event
	s := newServer(t, Options{OnRequest: func(n int, r *http.Request, phase string) {
		events = append(events, event{n, r.Method, phase})
	}})
	c := newClient(t, s)
	c.must(http.MethodGet, "/api/cluster/runtime", "")
	c.must(http.MethodPost, "/api/pool", simplePool)
	c.must(http.MethodGet, "/api/pool", "")
	want := []event{{1, "POST", PhaseBefore}, {1, "POST", PhaseAfter}, {2, "GET", PhaseBefore}, {2, "GET", PhaseAfter}}
	if diff := cmp.Diff(want, events); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestBusyTimes(t *testing.T) {
	clk := newClock()
	s := newServer(t, Options{Now: clk.Now})
	c := newClient(t, s)
	set := func(k Knobs) {
		t.Helper()
		if err := s.SetKnobs(k); err != nil {
			t.Fatal(err)
		}
	}
	set(Knobs{Upgrading: true})
	c.do(http.MethodPost, "/api/pool", simplePool).wants(http.StatusForbidden, "Configuration is disallowed during upgrade")
	c.do(http.MethodGet, "/api/pool", "").wants(http.StatusOK, "")
	set(Knobs{Unavailable: true})
	c.do(http.MethodGet, "/api/pool", "").wants(http.StatusServiceUnavailable, "initializing")
	c.do(http.MethodGet, "/api/initial-data", "").wants(http.StatusServiceUnavailable, "")
	set(Knobs{RateLimit: 2})
	for _, status := range []int{200, 200, 429, 429} {
		c.do(http.MethodGet, "/api/pool", "").wants(status, "")
	}
	clk.advance(time.Second)
	c.do(http.MethodGet, "/api/pool", "").wants(http.StatusOK, "")
	for _, bad := range []Knobs{
		{ReferredByStatus: 200},
		{UnresolvedRefStatus: 500},
		{TooNewVersionStatus: 1},
		{InvalidCredentialsStatus: 400},
		{PatchListEntries: "x"},
		{InventoryEmptyStrings: "x"},
		{RateLimit: -1},
	} {
		if err := s.SetKnobs(bad); err == nil {
			t.Errorf("knobs %+v are accepted", bad)
		}
	}
}
