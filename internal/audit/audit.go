package audit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/avi"
	"github.com/avi-lbaas/avi-lbaas/internal/converge"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/plan"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// Kind is what is wrong with an object.
type Kind string

// The kinds of findings.
const (
	// Changed: fields that LBaaS exposes have other values than LBaaS wants.
	Changed Kind = "changed"
	// Missing: the object is not there.
	Missing Kind = "missing"
	// Unwanted: the object was made for a load balancer that does not want it any more.
	Unwanted Kind = "unwanted"
	// Orphan: the object bears our mark, and no load balancer of this database has it.
	Orphan Kind = "orphan"
)

// Kinds are all of them.
func Kinds() []Kind { return []Kind{Changed, Missing, Unwanted, Orphan} }

// Finding is one object that is not as LBaaS wants it.
type Finding struct {
	Kind     Kind   `json:"kind"`
	Provider string `json:"provider"`
	Type     string `json:"type"`
	UUID     string `json:"uuid"`
	Name     string `json:"name"`
	Tenant   string `json:"tenant"` // the Avi tenant's uuid
	// LoadBalancerID is whose object it is; for an orphan whose it was, empty when its mark does not say.
	LoadBalancerID string `json:"load_balancer_id"`
	// Fields are those that differ, of a Changed object.
	Fields []plan.Difference `json:"fields,omitempty"`
}

// Report is what an audit found.
type Report struct {
	Findings []Finding `json:"findings"`
	// Compared is the number of load balancers that were compared.
	Compared int `json:"compared"`
	// Busy are those that were not, by id: the worker is at them, or a request was accepted meanwhile.
	Busy []string `json:"busy,omitempty"`
}

// Scope narrows an audit; the zero value is everything.
type Scope struct {
	// LoadBalancers by id. Orphans are looked for only when none is named.
	LoadBalancers []string
	Provider      string
}

// Provider is one Controller.
type Provider struct {
	Controller converge.Reader
	// ControllerName is the same for providers of one Controller, where what is nobody's is found once; empty: the provider is
	// alone with its Controller.
	ControllerName string
	// Cloud is the name of the Controller's cloud that is ours: objects of other clouds are nobody's orphans.
	Cloud string
	// Enforce has the worker mend what Run finds.
	Enforce bool
}

// Options of an Auditor.
type Options struct {
	Store *store.Store
	// Wanted says which objects a load balancer should have; it only reads.
	Wanted    func(context.Context, store.Work) ([]plan.Object, error)
	Providers map[string]Provider
	Logger    *slog.Logger
	// Metrics may be nil; only Run uses them.
	Metrics *Metrics
	// Interval between two audits of Run; 0 is none at all.
	Interval time.Duration
	// Job shares the audits with other replicas; nil: there are none. Only Run uses it.
	Job *store.Job
	// Wake is called when the worker has something to mend; only Run uses it.
	Wake func()
}

// Auditor compares.
type Auditor struct{ Options }

// New makes an Auditor.
func New(o Options) *Auditor { return &Auditor{Options: o} }

// subject is a load balancer to be compared.
type subject struct {
	store.Standing
	wanted []plan.Object
	busy   bool
}

func (s *subject) id() string { return s.Tree.LoadBalancer.ID }

// Audit compares once. It makes no difference to anything. Providers that cannot be read are named by the error, beside what
// was found at the others; a load balancer that does not exist is KindNotFound.
func (a *Auditor) Audit(ctx context.Context, scope Scope) (Report, error) {
	subjects, err := a.subjects(ctx, scope)
	if err != nil {
		return Report{}, err
	}
	var report Report
	var failures []error
	seen := map[orphan]bool{}
	for _, name := range slices.Sorted(maps.Keys(a.Providers)) {
		ofProvider := subjects[name]
		if scope.Provider != "" && scope.Provider != name || len(scope.LoadBalancers) > 0 && len(ofProvider) == 0 {
			continue
		}
		part, err := a.auditProvider(ctx, name, ofProvider, len(scope.LoadBalancers) == 0)
		if err != nil {
			failures = append(failures, fmt.Errorf("provider %s: %w", name, err))
		}
		report.Findings = append(report.Findings, a.foundFirst(seen, part.Findings)...)
		report.Busy = append(report.Busy, part.Busy...)
		report.Compared += part.Compared
	}
	for _, name := range slices.Sorted(maps.Keys(subjects)) {
		if _, known := a.Providers[name]; !known && (scope.Provider == "" || scope.Provider == name) {
			failures = append(failures, fmt.Errorf("%d load balancers have provider %q, which the configuration does not have",
				len(subjects[name]), name))
		}
	}
	return report, errors.Join(failures...)
}

// orphan is an object that is no load balancer's, at one Controller.
type orphan struct{ controller, typ, uuid string }

// foundFirst leaves out the orphans that were found at the Controller before, for another provider of it.
func (a *Auditor) foundFirst(seen map[orphan]bool, findings []Finding) []Finding {
	return slices.DeleteFunc(findings, func(f Finding) bool {
		o := orphan{a.Providers[f.Provider].ControllerName, f.Type, f.UUID}
		again := f.Kind == Orphan && o.controller != "" && seen[o]
		seen[o] = seen[o] || f.Kind == Orphan
		return again
	})
}

// batch is how many load balancers are read from the store at a time.
const batch = 200

// subjects are the load balancers of a scope by provider.
func (a *Auditor) subjects(ctx context.Context, scope Scope) (map[string][]*subject, error) {
	found := map[string][]*subject{}
	add := func(s store.Standing) {
		lb := &s.Tree.LoadBalancer
		found[lb.Provider] = append(found[lb.Provider], &subject{Standing: s, busy: lb.ProvisioningStatus.Pending()})
	}
	for _, id := range scope.LoadBalancers {
		s, err := a.Store.Standing(ctx, id)
		if err != nil {
			return nil, err
		}
		add(s)
	}
	if len(scope.LoadBalancers) > 0 {
		return found, nil
	}
	for after := ""; ; {
		standings, err := a.Store.Standings(ctx, after, batch)
		if err != nil {
			return nil, err
		}
		for _, s := range standings {
			add(s)
			after = s.Tree.LoadBalancer.ID
		}
		if len(standings) < batch {
			return found, nil
		}
	}
}

// auditProvider compares the load balancers of one provider with its Controller; all says that they are all that there are.
func (a *Auditor) auditProvider(ctx context.Context, name string, subjects []*subject, all bool) (Report, error) {
	p := &pass{provider: a.Providers[name], name: name, subjects: subjects, all: all}
	var failures []error
	for _, s := range subjects {
		if s.busy {
			continue
		}
		var err error
		if s.wanted, err = a.Wanted(ctx, s.Work); err != nil {
			// A Controller that is away is asked once, not once for each load balancer.
			if e, ok := errors.AsType[*avi.Error](err); ctx.Err() != nil || ok && e.Temporary() {
				return Report{}, err
			}
			failures = append(failures, fmt.Errorf("load balancer %s: %w", s.id(), err))
			s.busy = true
		}
	}
	if err := p.read(ctx); err != nil {
		return Report{}, errors.Join(append(failures, err)...)
	}
	report, err := p.compare(ctx)
	if err != nil {
		return Report{}, errors.Join(append(failures, err)...)
	}
	if err := a.dropOutdated(ctx, &report, subjects); err != nil {
		return Report{}, errors.Join(append(failures, err)...)
	}
	if all {
		orphans, err := a.orphans(ctx, p)
		failures = append(failures, err)
		report.Findings = append(report.Findings, orphans...)
	}
	return report, errors.Join(failures...)
}

// dropOutdated takes out what was found of load balancers that have changed since they were read: the Controller may have been
// read before the change or after it.
func (a *Auditor) dropOutdated(ctx context.Context, report *Report, subjects []*subject) error {
	revisions := map[string]int64{}
	var ids []string
	for _, s := range subjects {
		revisions[s.id()] = s.Revision
	}
	for _, f := range report.Findings {
		ids = append(ids, f.LoadBalancerID)
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	now, err := a.Store.Revisions(ctx, ids)
	if err != nil {
		return err
	}
	outdated := map[string]bool{}
	for _, id := range ids {
		if now[id] != revisions[id] {
			outdated[id] = true
			report.Busy = append(report.Busy, id)
			report.Compared--
		}
	}
	report.Findings = slices.DeleteFunc(report.Findings, func(f Finding) bool { return outdated[f.LoadBalancerID] })
	return nil
}

// mend has the worker look at the load balancers of a report whose provider enforces, and says how many.
func (a *Auditor) mend(ctx context.Context, report Report) (int, error) {
	var ids []string
	for _, f := range report.Findings {
		if a.Providers[f.Provider].Enforce && (f.Kind == Changed || f.Kind == Missing || f.Kind == Unwanted) {
			ids = append(ids, f.LoadBalancerID)
		}
	}
	slices.Sort(ids)
	marked := 0
	for _, id := range slices.Compact(ids) {
		// One in ERROR waits for the user or an operator: trying again could not help.
		s, err := a.Store.Standing(ctx, id)
		if err == nil && s.Tree.LoadBalancer.ProvisioningStatus == lbaas.Active {
			err = a.Store.Resync(ctx, id)
			if err == nil {
				marked++
			}
		}
		if err != nil && !errors.Is(err, lbaas.KindImmutable) && !errors.Is(err, lbaas.KindNotFound) {
			return marked, fmt.Errorf("mark load balancer %s to be mended: %w", id, err)
		}
	}
	return marked, nil
}
