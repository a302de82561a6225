package audit

import (
	"cmp"
	"context"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/avi-lbaas/avi-lbaas/internal/avi"
	"github.com/avi-lbaas/avi-lbaas/internal/converge"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
)

// pass is one comparison with one Controller.
type pass struct {
	name     string
	provider Provider
	subjects []*subject
	all      bool

	// ours are the uuids, by type, that load balancers want or that are in their inventories.
	ours     map[string]map[string]bool
	snapshot *converge.Snapshot
}

// fewUUIDs is up to how many objects of one type are asked for by their uuids, and uuidsPerPage how many at a time: a URL with
// more of them gets too long for some proxies. Beyond that, the whole list is read: 200 objects a page.
const (
	fewUUIDs     = 200
	uuidsPerPage = 50
)

// read takes the snapshot.
func (p *pass) read(ctx context.Context) error {
	p.ours = map[string]map[string]bool{}
	for _, s := range p.subjects {
		for i := range s.wanted {
			p.own(s.wanted[i].Type, s.wanted[i].UUID)
		}
		for _, item := range s.Inventory {
			p.own(item.Type, cmp.Or(item.Actual, item.UUID))
		}
	}
	var err error
	if p.snapshot, err = converge.TakeSnapshot(ctx, p.provider.Controller, nil, nil); err != nil {
		return err
	}
	if p.all {
		for _, typ := range translate.Types() {
			p.own(typ, "")
		}
	}
	for _, typ := range slices.Sorted(maps.Keys(p.ours)) {
		uuids := slices.Sorted(maps.Keys(p.ours[typ]))
		if !p.all && len(uuids) <= fewUUIDs {
			err = readNamed(ctx, p.snapshot, typ, uuids)
		} else {
			err = p.snapshot.Add(ctx, typ, nil, p.concerns)
		}
		if err != nil {
			return err
		}
	}
	return p.confirmMissing(ctx)
}

func (p *pass) own(typ, uuid string) {
	if p.ours[typ] == nil {
		p.ours[typ] = map[string]bool{}
	}
	if uuid != "" {
		p.ours[typ][uuid] = true
	}
}

// concerns says that an object is ours by its uuid or by its mark.
func (p *pass) concerns(typ string, o avi.Object) bool {
	_, marked := translate.Mark(o)
	return marked || p.ours[typ][o.UUID()]
}

// readNamed lists objects of one type by their uuids into a snapshot.
func readNamed(ctx context.Context, into *converge.Snapshot, typ string, uuids []string) error {
	for chunk := range slices.Chunk(uuids, uuidsPerPage) {
		query := url.Values{"uuid.in": {strings.Join(chunk, ",")}}
		if err := into.Add(ctx, typ, query, func(string, avi.Object) bool { return true }); err != nil {
			return err
		}
	}
	return nil
}

// confirmMissing asks for what was not in the lists once more, by uuid: an object can slip from one page to another while they
// are read. A Controller that lacks more than a few has lost them.
func (p *pass) confirmMissing(ctx context.Context) error {
	missing := map[string][]string{}
	n := 0
	for _, s := range p.subjects {
		for i := range s.wanted {
			o := &s.wanted[i]
			if _, err := p.snapshot.Get(ctx, o.Tenant, o.Type, o.UUID); err != nil {
				missing[o.Type] = append(missing[o.Type], o.UUID)
				n++
			}
		}
	}
	if !p.all || n > fewUUIDs {
		return nil
	}
	for _, typ := range slices.Sorted(maps.Keys(missing)) {
		if err := readNamed(ctx, p.snapshot, typ, missing[typ]); err != nil {
			return err
		}
	}
	return nil
}

// compare finds what is not as the load balancers want it.
func (p *pass) compare(ctx context.Context) (Report, error) {
	report := Report{}
	for _, s := range p.subjects {
		if s.busy {
			report.Busy = append(report.Busy, s.id())
			continue
		}
		report.Compared++
		known := make([]converge.Known, len(s.Inventory))
		for i, item := range s.Inventory {
			known[i] = converge.Known{Type: item.Type, UUID: item.UUID, Tenant: item.Tenant, Actual: item.Actual, Applied: item.Applied}
		}
		effects, err := converge.Preview(ctx, p.snapshot, s.wanted, known)
		if err != nil {
			return report, err
		}
		for _, e := range effects {
			f := Finding{
				Provider: p.name, Type: e.Type, UUID: e.UUID, Name: e.Name, Tenant: e.Tenant, LoadBalancerID: s.id(),
			}
			switch e.Action {
			case converge.Create:
				f.Kind = Missing
			case converge.Update:
				f.Kind, f.Fields = Changed, e.Fields
			case converge.Delete:
				f.Kind = Unwanted
			}
			report.Findings = append(report.Findings, f)
		}
	}
	return report, nil
}

// orphans are the objects with our mark that no load balancer has: by what was read first, by the inventory as it is now (a load
// balancer may have come since), and by a second look (it may have gone since).
func (a *Auditor) orphans(ctx context.Context, p *pass) ([]Finding, error) {
	candidates := map[string][]string{}
	var uuids []string
	p.snapshot.All(func(typ string, o avi.Object) {
		if _, marked := translate.Mark(o); marked && !p.ours[typ][o.UUID()] && p.inOurCloud(o) {
			candidates[typ] = append(candidates[typ], o.UUID())
			uuids = append(uuids, o.UUID())
		}
	})
	recorded, err := a.Store.Recorded(ctx, uuids)
	if err != nil {
		return nil, err
	}
	again, err := converge.TakeSnapshot(ctx, p.provider.Controller, nil, nil)
	if err != nil {
		return nil, err
	}
	for _, typ := range slices.Sorted(maps.Keys(candidates)) {
		left := slices.DeleteFunc(candidates[typ], func(uuid string) bool { return recorded[uuid] })
		slices.Sort(left)
		if err := readNamed(ctx, again, typ, left); err != nil {
			return nil, err
		}
	}
	var found []Finding
	again.All(func(typ string, o avi.Object) {
		id, _ := translate.Mark(o)
		found = append(found, Finding{
			Kind: Orphan, Provider: p.name, Type: typ, UUID: o.UUID(), Name: o.Name(), Tenant: o.RefUUID("tenant_ref"), LoadBalancerID: id,
		})
	})
	slices.SortFunc(found, func(a, b Finding) int { return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.UUID, b.UUID)) })
	return found, nil
}

// inOurCloud leaves out what another installation has made in another cloud of the same Controller. Types without a cloud do not
// say.
func (p *pass) inOurCloud(o avi.Object) bool {
	ref, _ := o["cloud_ref"].(string)
	_, cloud, named := strings.Cut(ref, "#")
	return !named || cloud == p.provider.Cloud
}
