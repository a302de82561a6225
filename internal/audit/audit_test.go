package audit_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"go.uber.org/goleak"

	"github.com/avi-lbaas/avi-lbaas/internal/audit"
	"github.com/avi-lbaas/avi-lbaas/internal/avi"
	"github.com/avi-lbaas/avi-lbaas/internal/avisim"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/plan"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
	"github.com/avi-lbaas/avi-lbaas/internal/testbed"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	project = "9f1b2c3d4e5f40718293a4b5c6d7e8f9"
	tenant  = "tenant-9f1b2c3d-4e5f-4071-8293-a4b5c6d7e8f9"
)

// site is a bed with an auditor.
type site struct {
	*testbed.Bed
	*audit.Auditor
	t *testing.T
}

func begin(t *testing.T, change func(*audit.Options)) site {
	t.Helper()
	b := testbed.New(t, testbed.Options{})
	o := audit.Options{
		Store: b.Store, Logger: slog.New(slog.DiscardHandler),
		Providers: map[string]audit.Provider{testbed.Provider: {Controller: b.Client, Cloud: "Default-Cloud"}},
		Wanted: func(ctx context.Context, w store.Work) ([]plan.Object, error) {
			_, wanted, err := b.Worker.Wanted(ctx, w)
			return wanted, err
		},
	}
	if change != nil {
		change(&o)
	}
	return site{b, audit.New(o), t}
}

// tree makes a load balancer with a listener, a pool and a member, and settles it.
func (s site) tree(name string) lbaas.Tree {
	s.t.Helper()
	ctx := s.t.Context()
	lb, err := s.Service.CreateLoadBalancer(ctx, s.Caller, lbaas.LoadBalancerInput{
		ProjectID: lbaas.Given(project), Name: lbaas.Given(name), VIPAddress: lbaas.Given("10.0.0.10"),
	})
	s.settled(err)
	l, err := s.Service.CreateListener(ctx, s.Caller, lbaas.ListenerInput{
		LoadBalancerID: lbaas.Given(lb.ID), Protocol: lbaas.Given(lbaas.ListenerHTTP), ProtocolPort: lbaas.Given(80),
	})
	s.settled(err)
	p, err := s.Service.CreatePool(ctx, s.Caller, lbaas.PoolInput{
		ListenerID: lbaas.Given(l.ID), Protocol: lbaas.Given(lbaas.PoolHTTP), Algorithm: lbaas.Given(lbaas.RoundRobin),
	})
	s.settled(err)
	_, err = s.Service.CreateMember(ctx, s.Caller, lbaas.MemberInput{
		PoolID: lbaas.Given(p.ID), Address: lbaas.Given("10.0.0.21"), ProtocolPort: lbaas.Given(80),
	})
	s.settled(err)
	_, err = s.Service.CreateHealthMonitor(ctx, s.Caller, lbaas.HealthMonitorInput{
		PoolID: lbaas.Given(p.ID), Type: lbaas.Given(lbaas.MonitorTCP), Delay: lbaas.Given(5), Timeout: lbaas.Given(3),
		MaxRetries: lbaas.Given(3),
	})
	s.settled(err)
	return s.Tree(s.t, lb.ID)
}

func (s site) settled(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
	s.Settle(s.t)
}

func (s site) patch(typ, uuid string, fields avi.Object) {
	s.t.Helper()
	if _, err := s.Client.Patch(s.t.Context(), tenant, typ, uuid, avi.PatchReplace, fields); err != nil {
		s.t.Fatal(err)
	}
}

func (s site) audit(scope audit.Scope) audit.Report {
	s.t.Helper()
	report, err := s.Audit(s.t.Context(), scope)
	if err != nil {
		s.t.Fatal(err)
	}
	return report
}

// brief is a finding on one line.
func brief(f audit.Finding) string {
	text := fmt.Sprintf("%s %s", f.Kind, f.Type)
	for _, d := range f.Fields {
		text += fmt.Sprintf(" %s: %s -> %s", d.Path, plan.Text(d.Actual), plan.Text(d.Wanted))
	}
	return text
}

func briefs(r audit.Report) []string {
	var all []string
	for _, f := range r.Findings {
		all = append(all, brief(f))
	}
	return all
}

func poolOf(tree lbaas.Tree) string {
	return translate.PoolUUID(tree.Pools[0].ID, tree.Listeners[0].ID)
}

// However many load balancers there are, the lists are read and no single object.
func TestAuditReadsPages(t *testing.T) {
	t.Parallel()
	s := begin(t, nil)
	for i := range 5 {
		s.tree(fmt.Sprintf("lb-%d", i))
	}
	s.Sim.ResetRequests()
	report := s.audit(audit.Scope{})
	if len(report.Findings) != 0 || report.Compared != 5 || len(report.Busy) != 0 {
		t.Errorf("report %+v", report)
	}
	var sent []string
	for _, r := range s.Sim.Requests() {
		sent = append(sent, r.Method+" "+strings.SplitN(r.Path, "?", 2)[0]+" in "+r.Tenant)
		if !strings.Contains(r.Path, "page_size=200") || !strings.Contains(r.Path, "include_name=true") {
			t.Errorf("%s asks for neither full pages nor names", r.Path)
		}
	}
	slices.Sort(sent)
	var want []string
	for _, typ := range translate.Types() {
		want = append(want, "GET /api/"+typ+" in *")
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, sent); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func TestAuditFindsWhatDiffers(t *testing.T) {
	t.Parallel()
	s := begin(t, nil)
	tree, other := s.tree("web"), s.tree("shop")
	pool, vs := poolOf(tree), translate.VirtualServiceUUID(tree.Listeners[0].ID)
	monitor := translate.HealthMonitorUUID(tree.Monitors[0].ID)
	// What LBaaS does not expose is the operator's.
	s.patch("pool", pool, avi.Object{"lb_algorithm": "LB_ALGORITHM_RANDOM", "graceful_disable_timeout": 30, "health_monitor_refs": []any{}})
	s.patch("virtualservice", vs, avi.Object{"enabled": false})
	if err := s.Client.Delete(t.Context(), tenant, "healthmonitor", monitor); err != nil {
		t.Fatal(err)
	}
	leftover := avi.Object{
		"name": "leftover", "cloud_ref": "/api/cloud?name=Default-Cloud",
		"created_by": "avi-lbaas", "markers": []any{map[string]any{"key": "loadbalancer_id", "values": []any{"gone"}}},
	}
	if _, err := s.Client.Create(t.Context(), tenant, "pool", "pool-leftover", leftover); err != nil {
		t.Fatal(err)
	}
	foreign := avi.Object{"name": "foreign", "cloud_ref": "/api/cloud?name=Default-Cloud", "created_by": "ako"}
	if _, err := s.Client.Create(t.Context(), tenant, "pool", "pool-foreign", foreign); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"missing healthmonitor",
		`changed pool health_monitor_refs: absent -> ["/api/healthmonitor/` + monitor + `"] ` +
			`lb_algorithm: "LB_ALGORITHM_RANDOM" -> "LB_ALGORITHM_ROUND_ROBIN"`,
		"changed virtualservice enabled: false -> true",
		"orphan pool",
	}
	report := s.audit(audit.Scope{})
	got := briefs(report)
	for i := range got {
		got[i] = strings.Replace(got[i], "health_monitor_refs: []", "health_monitor_refs: absent", 1)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	if last := report.Findings[3]; last.UUID != "pool-leftover" || last.LoadBalancerID != "gone" || last.Tenant != tenant {
		t.Errorf("orphan %+v", last)
	}
	if some := s.audit(audit.Scope{LoadBalancers: []string{tree.LoadBalancer.ID}}); len(some.Findings) != 3 || some.Compared != 1 {
		t.Errorf("of the load balancer alone: %v", briefs(some))
	}
	if none := s.audit(audit.Scope{LoadBalancers: []string{other.LoadBalancer.ID}}); len(none.Findings) != 0 || none.Compared != 1 {
		t.Errorf("of the other one: %v", briefs(none))
	}
	if none := s.audit(audit.Scope{Provider: "another"}); len(none.Findings) != 0 || none.Compared != 0 {
		t.Errorf("of another provider: %v", briefs(none))
	}
	if _, err := s.Audit(t.Context(), audit.Scope{LoadBalancers: []string{"no-such"}}); !errors.Is(err, lbaas.KindNotFound) {
		t.Errorf("a load balancer that does not exist: %v", err)
	}
}

// Providers of one Controller have nothing in common there but the Controller: what is the one's is no orphan of the other's, and what is
// nobody's is found once.
func TestAuditOfProvidersOfOneController(t *testing.T) {
	t.Parallel()
	s := begin(t, func(o *audit.Options) {
		one := o.Providers[testbed.Provider]
		one.ControllerName = "one"
		o.Providers = map[string]audit.Provider{"gold": one, testbed.Provider: one}
	})
	s.tree("web")
	orphan := avi.Object{"name": "leftover", "cloud_ref": "/api/cloud?name=Default-Cloud", "created_by": "avi-lbaas"}
	if _, err := s.Client.Create(t.Context(), tenant, "pool", "pool-leftover", orphan); err != nil {
		t.Fatal(err)
	}
	for _, scope := range []audit.Scope{{}, {Provider: "gold"}, {Provider: testbed.Provider}} {
		if diff := cmp.Diff([]string{"orphan pool"}, briefs(s.audit(scope))); diff != "" {
			t.Errorf("findings of %q (-want +got):\n%s", scope.Provider, diff)
		}
	}
}

// A load balancer that is being worked on cannot be compared; one that changes while the lists are read is no drift either.
func TestAuditLeavesBusyOnesAlone(t *testing.T) {
	t.Parallel()
	s := begin(t, nil)
	pending, changing := s.tree("pending"), s.tree("changing")
	s.patch("pool", poolOf(pending), avi.Object{"lb_algorithm": "LB_ALGORITHM_RANDOM"})
	s.patch("pool", poolOf(changing), avi.Object{"lb_algorithm": "LB_ALGORITHM_RANDOM"})
	update := func(tree lbaas.Tree) {
		if _, err := s.Service.UpdatePool(t.Context(), s.Caller, tree.Pools[0].ID, lbaas.PoolInput{Name: lbaas.Given("p")}); err != nil {
			t.Error(err)
		}
	}
	update(pending)
	wanted := s.Wanted
	s.Wanted = func(ctx context.Context, w store.Work) ([]plan.Object, error) {
		update(changing)
		return wanted(ctx, w)
	}
	report := s.audit(audit.Scope{})
	want := []string{pending.LoadBalancer.ID, changing.LoadBalancer.ID}
	slices.Sort(want)
	slices.Sort(report.Busy)
	if diff := cmp.Diff(want, report.Busy); diff != "" || len(report.Findings) != 0 || report.Compared != 0 {
		t.Errorf("findings %v, %d compared, busy (-want +got):\n%s", briefs(report), report.Compared, diff)
	}
}

func TestAuditSaysWhatItCouldNotRead(t *testing.T) {
	t.Parallel()
	s := begin(t, nil)
	s.tree("web")
	if err := s.Sim.AddFault(avisim.Fault{Action: avisim.FaultFail, Status: http.StatusServiceUnavailable, Count: 1}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Audit(t.Context(), audit.Scope{}); err == nil || !strings.Contains(err.Error(), "provider "+testbed.Provider) {
		t.Errorf("error %v", err)
	}
	s.Providers = map[string]audit.Provider{"other": s.Providers[testbed.Provider]}
	if _, err := s.Audit(t.Context(), audit.Scope{}); err == nil || !strings.Contains(err.Error(), `provider "avi_adc"`) {
		t.Errorf("a provider that the configuration does not have: %v", err)
	}
}

// The background audit counts; with drift_policy = enforce it has the worker mend, without it everything stays as it is.
// Each question to a Controller that is away lasts until its time limit.
func TestAuditAsksAControllerThatIsAwayOnce(t *testing.T) {
	t.Parallel()
	asked := 0
	s := begin(t, func(o *audit.Options) {
		o.Wanted = func(context.Context, store.Work) ([]plan.Object, error) {
			asked++
			return nil, &avi.Error{Kind: avi.Unavailable}
		}
	})
	s.tree("one")
	s.tree("two")
	if _, err := s.Audit(t.Context(), audit.Scope{}); !errors.Is(err, avi.Unavailable) || asked != 1 {
		t.Errorf("it was asked %d times, %v; want once, and to be told", asked, err)
	}
}

func TestRunReportsOrEnforces(t *testing.T) {
	t.Parallel()
	for _, enforce := range []bool{false, true} {
		t.Run(fmt.Sprintf("enforce %t", enforce), func(t *testing.T) {
			t.Parallel()
			registry := prometheus.NewRegistry()
			woken := make(chan struct{}, 1)
			s := begin(t, func(o *audit.Options) {
				p := o.Providers[testbed.Provider]
				p.Enforce = enforce
				o.Providers[testbed.Provider] = p
				o.Interval, o.Metrics = time.Millisecond, audit.NewMetrics(registry)
				o.Wake = func() {
					select {
					case woken <- struct{}{}:
					default:
					}
				}
			})
			tree := s.tree("web")
			pool := poolOf(tree)
			s.patch("pool", pool, avi.Object{"lb_algorithm": "LB_ALGORITHM_RANDOM"})
			ctx, stop := context.WithCancel(t.Context())
			ended := make(chan error)
			go func() { ended <- s.Run(ctx) }()
			if enforce {
				<-woken
				s.Settle(t)
			} else {
				s.until(registry, 1)
			}
			if enforce {
				s.until(registry, 0)
			}
			stop()
			if err := <-ended; err != nil {
				t.Error(err)
			}
			o, err := s.Client.Get(t.Context(), tenant, "pool", pool)
			if err != nil {
				t.Fatal(err)
			}
			want := map[bool]string{false: "LB_ALGORITHM_RANDOM", true: "LB_ALGORITHM_ROUND_ROBIN"}[enforce]
			if o["lb_algorithm"] != want {
				t.Errorf("the pool's algorithm is %v, want %s", o["lb_algorithm"], want)
			}
		})
	}
}

// until waits until the metric says that so many objects are changed.
func (s site) until(r *prometheus.Registry, changed int) {
	s.t.Helper()
	want := fmt.Sprintf(`{kind="changed",provider="avi_adc"} %d`, changed)
	deadline := time.Now().Add(20 * time.Second)
	for {
		families, err := r.Gather()
		if err != nil {
			s.t.Fatal(err)
		}
		text := ""
		for _, f := range families {
			for _, m := range f.GetMetric() {
				text += fmt.Sprintf("%s{kind=%q,provider=%q} %v\n", f.GetName(), label(m, "kind"), label(m, "provider"), m.GetGauge().GetValue())
			}
		}
		if strings.Contains(text, want) {
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("the metrics are %s, want %s", text, want)
		}
		<-time.After(time.Millisecond)
	}
}

func label(m *dto.Metric, name string) string {
	for _, l := range m.GetLabel() {
		if l.GetName() == name {
			return l.GetValue()
		}
	}
	return ""
}

// The report as JSON is an interface to other programs.
func TestReportAsJSON(t *testing.T) {
	t.Parallel()
	report := audit.Report{Compared: 1, Findings: []audit.Finding{{
		Kind: audit.Changed, Provider: "avi_adc", Type: "pool", UUID: "pool-1", Name: "p", Tenant: "tenant-1", LoadBalancerID: "lb",
		Fields: []plan.Difference{{Path: "enabled", Actual: true, Wanted: false}},
	}}}
	text, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"findings":[{"kind":"changed","provider":"avi_adc","type":"pool","uuid":"pool-1","name":"p","tenant":"tenant-1",` +
		`"load_balancer_id":"lb","fields":[{"path":"enabled","actual":true,"wanted":false}]}],"compared":1}`
	if string(text) != want {
		t.Errorf("JSON %s", text)
	}
}
