package demo

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAwait(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	for name, tc := range map[string]struct {
		look func(context.Context) (string, bool, error)
		want string // the error; empty for none
		took time.Duration
	}{
		"at once": {
			look: func(context.Context) (string, bool, error) { return "", true, nil },
		},
		"an error ends it": {
			look: func(context.Context) (string, bool, error) { return "", false, boom },
			want: "wait for a thing: boom",
		},
		"too long": {
			look: func(context.Context) (string, bool, error) { return "PENDING", false, nil },
			want: "wait for a thing: not within 3s; last seen: PENDING", took: 3 * time.Second,
		},
		"a look that hangs": {
			look: func(ctx context.Context) (string, bool, error) { <-ctx.Done(); return "", false, ctx.Err() },
			want: "wait for a thing: not within 3s; last seen: ", took: 3 * time.Second,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				err := await(t.Context(), 3*time.Second, "a thing", tc.look)
				if got := message(err); got != tc.want {
					t.Errorf("error %q, want %q", got, tc.want)
				}
				if took := time.Since(began); took != tc.took {
					t.Errorf("it took %s, want %s", took, tc.took)
				}
			})
		})
	}
}

// A wait that is cut short says why, not that it was too long.
func TestAwaitTellsTheCauseOfItsEnd(t *testing.T) {
	t.Parallel()
	ctx, end := context.WithCancelCause(t.Context())
	died := errors.New("the service died")
	err := await(ctx, time.Minute, "a thing", func(context.Context) (string, bool, error) {
		end(died)
		return "PENDING", false, nil
	})
	if !errors.Is(err, died) {
		t.Errorf("error %v, want %v", err, died)
	}
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestBackendStartsAgainWhereItWas(t *testing.T) {
	t.Parallel()
	b := &backend{name: "apple", address: netip.MustParseAddrPort("127.77.1.1:0")}
	if err := b.start(t.Context()); err != nil {
		t.Fatal(err)
	}
	first := b.address
	v := newVisitor("http://" + first.String() + "/")
	if name, err := v.ask(t.Context()); name != "apple" || err != nil {
		t.Errorf("it answered %q, %v", name, err)
	}
	if err := errors.Join(b.stop(t.Context()), b.stop(t.Context())); err != nil {
		t.Fatal(err)
	}
	if _, err := v.ask(t.Context()); err == nil {
		t.Error("it still answers after its end")
	}
	if err := b.start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if b.address != first {
		t.Errorf("it is at %s now, was at %s", b.address, first)
	}
	if err := b.stop(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestCrowdCountsByPhase(t *testing.T) {
	t.Parallel()
	b := &backend{name: "apple", address: netip.MustParseAddrPort("127.77.1.1:0")}
	if err := b.start(t.Context()); err != nil {
		t.Fatal(err)
	}
	c := gather(t.Context(), newVisitor("http://"+b.address.String()+"/"))
	defer c.leave()
	if err := c.await(t.Context(), 5); err != nil {
		t.Fatal(err)
	}
	if err := b.stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.next()
	if err := c.await(t.Context(), 5); err != nil {
		t.Fatal(err)
	}
	phases := c.leave()
	if len(phases) != 2 || phases[0].by["apple"] < 5 || phases[1].failed < 4 || phases[1].firstFailure == nil {
		t.Errorf("phases %+v", phases)
	}
}

func TestSideBySide(t *testing.T) {
	t.Parallel()
	parts := []part{
		{kind: kindLoadBalancer, id: "1", name: "lb", operating: online},
		{kind: kindListener, id: "2", name: "l", operating: online},
		{kind: kindPool, id: "3", name: "p", operating: online},
		{kind: kindMonitor, id: "4", name: "h", operating: online},
		{kind: kindMember, id: "5", name: "m", operating: online, address: "127.0.0.1:80"},
	}
	objects := []object{
		{uuid: "vsvip-1", name: "v"},
		{uuid: "virtualservice-2", name: "s", pool: "pool-x"},
		{uuid: "pool-x", name: "a name that does not fit", servers: []string{"127.0.0.1:80"}},
		{uuid: "healthmonitor-4", name: "h"},
	}
	rows, err := sideBySide(parts, objects)
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"LBaaS v2", "", "", "", "Avi (type-uuid)", "name there"},
		{"load balancer", "lb", "ONLINE", "→", "vsvip-1", "v"},
		{"listener", "l", "ONLINE", "→", "virtualservice-2", "s"},
		{"pool", "p", "ONLINE", "→", "pool-x", "a name that does no…"},
		{"health monitor", "h", "ONLINE", "→", "healthmonitor-4", "h"},
		{"member", "m", "ONLINE", "→", "  server of that pool", "127.0.0.1:80"},
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	for i := range objects {
		without := append(append([]object{}, objects[:i]...), objects[i+1:]...)
		if _, err := sideBySide(parts, without); err == nil {
			t.Errorf("%s is missing at the Controller and nobody notices", objects[i].uuid)
		}
	}
}

func TestProgressEndsWithAWriteThatFails(t *testing.T) {
	t.Parallel()
	p := &progress{out: brokenPipe{}}
	err := p.step(t.Context(), "Something", func(context.Context) (string, error) { return "", nil })
	if !errors.Is(err, errBroken) || !strings.Contains(message(err), "write the progress") {
		t.Errorf("error %v", err)
	}
}

var errBroken = errors.New("broken pipe")

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errBroken }
