package adopt

import (
	"cmp"
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/avi-lbaas/avi-lbaas/internal/avi"
	"github.com/avi-lbaas/avi-lbaas/internal/converge"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/plan"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
)

// survey is what one Controller has of the load balancers that are to be taken over.
type survey struct {
	snapshot *converge.Snapshot
	// expected has the objects with computed uuids, as "type/uuid"; tenants are theirs.
	expected, tenants map[string]bool
	// parents are the uuids of the listeners' virtual services.
	parents map[string]bool
	// containers are the ids of those that the load balancers use.
	containers map[string]bool
	// children are the virtual services below parents, by the parent's uuid.
	children map[string][]avi.Object
	// certificates are those that bear the name that the Python driver gave them, by uuid. Their uuids are the Controller's choice.
	certificates map[string]avi.Object
	// users are the uuids of the virtual services and pools that use a certificate, by its uuid.
	users map[string][]string
	// spokenFor are the unused certificates that one of the load balancers removes.
	spokenFor map[string]bool
}

func newSurvey() *survey {
	return &survey{
		expected: map[string]bool{}, tenants: map[string]bool{}, parents: map[string]bool{}, containers: map[string]bool{},
		children: map[string][]avi.Object{}, certificates: map[string]avi.Object{}, users: map[string][]string{}, spokenFor: map[string]bool{},
	}
}

// expect adds a load balancer's objects to those that are looked for.
func (s *survey) expect(r *Result) {
	for i := range r.wanted {
		s.expected[r.wanted[i].Type+"/"+r.wanted[i].UUID] = true
	}
	for _, item := range leftovers(&r.tree) {
		s.expected[item.Type+"/"+item.UUID] = true
	}
	for i := range r.tree.Listeners {
		l := &r.tree.Listeners[i]
		s.parents[translate.VirtualServiceUUID(l.ID)] = true
		for _, ref := range l.TLS.CertificateRefs() {
			s.containers[lbaas.ContainerID(ref)] = true
		}
	}
	s.tenants[translate.TenantUUID(r.ProjectID)] = true
}

// take reads the Controller. Virtual services come first: they tell which other objects are a former child's.
func (s *survey) take(ctx context.Context, controller converge.Reader) (err error) {
	types := map[string]bool{translate.TypePool: true, translate.TypeCertificate: true}
	for key := range s.expected {
		typ, _, _ := strings.Cut(key, "/")
		types[typ] = true
	}
	if s.snapshot, err = converge.TakeSnapshot(ctx, controller, []string{translate.TypeVirtualService}, s.keep); err != nil {
		return err
	}
	for _, children := range s.children {
		for _, child := range children {
			s.expected[translate.TypePool+"/"+child.RefUUID("pool_ref")] = true
		}
	}
	delete(types, translate.TypeVirtualService)
	for _, typ := range slices.Sorted(maps.Keys(types)) {
		if err := s.snapshot.Add(ctx, typ, nil, s.keep); err != nil {
			return err
		}
	}
	return nil
}

// pythonDriversName is what the Python driver called a certificate: after its container.
var pythonDriversName = regexp.MustCompile(`^` + translate.TypeCertificate + `-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$`)

// keep looks at one object of the Controller, and says whether it is needed later.
func (s *survey) keep(typ string, o avi.Object) bool {
	for _, used := range certificatesOf(o) {
		s.users[used] = append(s.users[used], o.UUID())
	}
	switch {
	case s.expected[typ+"/"+o.UUID()]:
		return true
	case typ == translate.TypeVirtualService:
		parent := o.RefUUID("vh_parent_vs_ref")
		if !s.parents[parent] {
			return false
		}
		s.children[parent] = append(s.children[parent], o)
		return true
	case typ == translate.TypeCertificate && s.tenants[o.RefUUID("tenant_ref")] && pythonDriversName.MatchString(o.Name()):
		s.certificates[o.UUID()] = o
		return true
	}
	return false
}

// certificatesOf are the uuids of the certificates that a virtual service or a pool uses.
func certificatesOf(o avi.Object) []string {
	var uuids []string
	list, _ := o["ssl_key_and_certificate_refs"].([]any)
	for _, ref := range append(slices.Clone(list), o["ssl_key_and_certificate_ref"]) {
		if uuid := (avi.Object{"ref": ref}).RefUUID("ref"); uuid != "" {
			uuids = append(uuids, uuid)
		}
	}
	return uuids
}

// find gives the object of an item.
func (s *survey) find(item store.Item) (avi.Object, bool) {
	return s.snapshot.Find(item.Type, cmp.Or(item.Actual, item.UUID))
}

// namesake is the uuid of the object that is the wanted one under another uuid; empty when there is none.
func (s *survey) namesake(o *plan.Object) string {
	for _, uuid := range slices.Sorted(maps.Keys(s.certificates)) {
		c := s.certificates[uuid]
		if o.Type == translate.TypeCertificate && c.RefUUID("tenant_ref") == o.Tenant && o.IsSame(c) {
			return uuid
		}
	}
	return ""
}
