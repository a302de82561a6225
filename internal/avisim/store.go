package avisim

import (
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim/schema"
)

const adminTenant = "admin" // both name and uuid (controller facts 2.2)

// record is one stored object. Its body is never changed in place: a write puts a new one, so readers may keep it.
type record struct {
	model  *schema.Message
	uuid   string
	tenant string // uuid
	cloud  string // uuid; empty for types that have no cloud
	name   string
	body   schema.Object

	sequence int64 // order of creation
	created  time.Time
	modified int64 // _last_modified: microseconds since the epoch, unique and growing
	version  int64 // configpb_attributes.version: counts writes

	system bool // comes with the Controller: cannot be deleted
	// owner is set for objects that come and go with another one: a cloud's or a tenant's VRF contexts and SE group.
	owner *schema.Ref
	// implicitVRF is set if the VRF context was defaulted, not chosen: it then follows the virtual service's.
	implicitVRF bool

	// before is what a lagging read sees until lagUntil; nil is that the object does not exist yet.
	before     schema.Object
	beforeMod  int64
	lagging    bool
	laggingEnd time.Time
}

func (r *record) ref() schema.Ref { return schema.Ref{Type: r.model.Name, UUID: r.uuid} }

// title is how error texts name an object.
func (r *record) title() string { return r.model.Name + " " + r.name }

type nameKey struct{ model, name, tenant, cloud string }

func (r *record) nameKey() nameKey {
	return nameKey{r.model.Name, r.name, r.tenant, r.cloud}
}

// store keeps the objects with their indexes. It is not safe for concurrent use: the server's mutex guards it.
type store struct {
	byRef     map[schema.Ref]*record
	byModel   map[string][]*record // in order of creation
	byName    map[nameKey]*record
	referrers map[schema.Ref]map[*record]struct{}
	sequence  int64
	lastStamp int64
	changes   int64 // counts changes of any kind, deletions too
}

func newStore() *store {
	return &store{
		byRef:     map[schema.Ref]*record{},
		byModel:   map[string][]*record{},
		byName:    map[nameKey]*record{},
		referrers: map[schema.Ref]map[*record]struct{}{},
	}
}

func (s *store) get(model, uuid string) *record {
	return s.byRef[schema.Ref{Type: model, UUID: uuid}]
}

// named finds an object by its name; a cloud-bound one in the given cloud, or in any when cloud is empty. Types without a
// cloud are found with an empty one only.
func (s *store) named(model, name, tenant, cloud string) *record {
	if r := s.byName[nameKey{model, name, tenant, cloud}]; r != nil || cloud != "" {
		return r
	}
	for _, r := range s.byModel[model] {
		if r.name == name && r.tenant == tenant {
			return r
		}
	}
	return nil
}

// stamp makes the next _last_modified.
func (s *store) stamp(now time.Time) int64 {
	s.lastStamp = max(s.lastStamp+1, now.UnixMicro())
	return s.lastStamp
}

func (s *store) insert(r *record, now time.Time) {
	s.sequence++
	r.sequence, r.created, r.modified, r.version = s.sequence, now, s.stamp(now), r.version+1
	s.byRef[r.ref()] = r
	s.byModel[r.model.Name] = append(s.byModel[r.model.Name], r)
	s.index(r)
}

// update puts a new body in place of the old one.
func (s *store) update(r *record, body schema.Object, now time.Time) {
	s.unindex(r)
	r.body, r.modified, r.version = body, s.stamp(now), r.version+1
	r.name = text(body, "name")
	r.cloud = refUUID(body, "cloud_ref")
	s.index(r)
}

func (s *store) remove(r *record) {
	s.unindex(r)
	delete(s.byRef, r.ref())
	list := s.byModel[r.model.Name]
	s.byModel[r.model.Name] = slices.DeleteFunc(list, func(other *record) bool { return other == r })
}

func (s *store) index(r *record) {
	s.changes++
	s.byName[r.nameKey()] = r
	eachRef(r.body, func(ref schema.Ref) {
		if s.referrers[ref] == nil {
			s.referrers[ref] = map[*record]struct{}{}
		}
		s.referrers[ref][r] = struct{}{}
	})
}

func (s *store) unindex(r *record) {
	s.changes++
	if s.byName[r.nameKey()] == r {
		delete(s.byName, r.nameKey())
	}
	eachRef(r.body, func(ref schema.Ref) {
		delete(s.referrers[ref], r)
		if len(s.referrers[ref]) == 0 {
			delete(s.referrers, ref)
		}
	})
}

// referredBy lists the objects that refer to ref, in order of creation; of one type only when model is not empty.
func (s *store) referredBy(ref schema.Ref, model string) []*record {
	var out []*record
	for r := range s.referrers[ref] {
		if model == "" || r.model.Name == model {
			out = append(out, r)
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].sequence < out[j].sequence })
	return out
}

// eachRef calls visit for every reference in a value, however deep; twice for one that occurs twice.
func eachRef(value any, visit func(schema.Ref)) {
	switch v := value.(type) {
	case schema.Ref:
		visit(v)
	case schema.Object:
		for _, inner := range v {
			eachRef(inner, visit)
		}
	case []any:
		for _, inner := range v {
			eachRef(inner, visit)
		}
	}
}

// text is a string field, empty when absent.
func text(o schema.Object, field string) string {
	value, _ := o[field].(string)
	return value
}

// number is an integer field, 0 when absent.
func number(o schema.Object, field string) int64 {
	value, _ := o[field].(int64)
	return value
}

// flag is a boolean field, false when absent.
func flag(o schema.Object, field string) bool {
	value, _ := o[field].(bool)
	return value
}

// refUUID is the uuid of a reference, empty when absent.
func refUUID(o schema.Object, field string) string {
	ref, _ := o[field].(schema.Ref)
	return ref.UUID
}

// object is a sub-message, nil when absent.
func object(o schema.Object, field string) schema.Object {
	value, _ := o[field].(schema.Object)
	return value
}

// objects is a list of sub-messages.
func objects(o schema.Object, field string) []schema.Object {
	entries, _ := o[field].([]any)
	out := make([]schema.Object, 0, len(entries))
	for _, entry := range entries {
		if inner, ok := entry.(schema.Object); ok {
			out = append(out, inner)
		}
	}
	return out
}

// refs is a list of references.
func refs(o schema.Object, field string) []schema.Ref {
	entries, _ := o[field].([]any)
	out := make([]schema.Ref, 0, len(entries))
	for _, entry := range entries {
		if ref, ok := entry.(schema.Ref); ok {
			out = append(out, ref)
		}
	}
	return out
}

// verboseName is how uniqueness errors name a type, "Virtual service" (controller facts 2.9).
func verboseName(model string) string {
	var words strings.Builder
	runes := []rune(model)
	isUpper := func(i int) bool { return i >= 0 && i < len(runes) && runes[i] >= 'A' && runes[i] <= 'Z' }
	for i, r := range runes {
		startsWord := isUpper(i) && (!isUpper(i-1) || (i+1 < len(runes) && !isUpper(i+1)))
		if i > 0 && startsWord {
			words.WriteByte(' ')
		}
		words.WriteRune(r)
	}
	lower := strings.ToLower(words.String())
	return strings.ToUpper(lower[:1]) + lower[1:]
}
