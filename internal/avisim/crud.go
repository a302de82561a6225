package avisim

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim/schema"
)

// draft is an object on its way into the store.
type draft struct {
	model   *schema.Message
	uuid    string
	tenant  string // uuid
	body    schema.Object
	old     *record // what it replaces; nil when it is new
	knobs   Knobs
	effects []func(now time.Time) // what else is to change once nothing can fail any more

	implicitVRF bool
}

func (d *draft) creating() bool { return d.old == nil }

func (s *Server) resolver(c *call, cloud string) *resolver {
	return &resolver{store: s.store, tenant: c.tenant, cloud: cloud, status: c.knobs.UnresolvedRefStatus, models: s.models}
}

// decode reads an object as a request wrote it.
func (s *Server) decode(c *call, model *schema.Message, raw map[string]any, old *record) (schema.Object, error) {
	cloud := ""
	if model.CloudBound() {
		cloud = defaultCloudUUID
		if old != nil {
			cloud = old.cloud
		}
		if reference, ok := raw["cloud_ref"].(string); ok {
			ref, err := s.resolver(c, "").resolve("Cloud", reference)
			if err != nil {
				return nil, err
			}
			cloud = ref.UUID
		}
	}
	decoder := schema.Decoder{Version: c.version, Resolve: s.resolver(c, cloud).resolve}
	body, err := decoder.Object(model, raw)
	if err != nil {
		return nil, err
	}
	delete(body, "configpb_attributes") // the server's own counter
	return body, nil
}

func (s *Server) create(c *call, model *schema.Message) (*response, error) {
	raw, err := decodeObject(c.body)
	if err != nil {
		return nil, err
	}
	return s.change(c, func() (*response, error) {
		r, err := s.createObject(c, model, raw)
		if err != nil {
			return nil, err
		}
		answer := s.renderWritten(c, r, http.StatusCreated)
		answer.header.Set("Location", s.view(c, true).refText(r.ref()))
		return answer, nil
	})
}

// change carries out one write: atomic for readers, saved and applied before it is answered.
func (s *Server) change(c *call, write func() (*response, error)) (*response, error) {
	answer, err := s.locked(c, write)
	if err != nil {
		return nil, err
	}
	s.applyConfigLogged(c.request.Context())
	return answer, nil
}

func (s *Server) locked(c *call, write func() (*response, error)) (*response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.store.get("Tenant", c.tenant) == nil { // deleted since the request came in
		return nil, unknownTenant(c.tenant)
	}
	answer, err := write()
	if err != nil {
		return nil, err
	}
	return answer, s.saveState()
}

func (s *Server) createObject(c *call, model *schema.Message, raw map[string]any) (*record, error) {
	if c.tenant != adminTenant && (model.Name == "Tenant" || model.Name == "Cloud") {
		return nil, refuse(http.StatusForbidden, "User '%s' is not authorized to write on resource %s in tenant %s",
			s.options.User, model.Name, s.store.get("Tenant", c.tenant).name)
	}
	id, err := s.chooseUUID(c, model, raw)
	if err != nil {
		return nil, err
	}
	body, err := s.decode(c, model, raw, nil)
	if err != nil {
		return nil, err
	}
	d := &draft{model: model, uuid: id, tenant: c.tenant, body: body, knobs: c.knobs}
	if err := s.finish(d); err != nil {
		return nil, err
	}
	return s.commit(d, c.now), nil
}

// chooseUUID takes the Slug header's text verbatim (controller facts 2.2).
func (s *Server) chooseUUID(c *call, model *schema.Message, raw map[string]any) (string, error) {
	id := c.request.Header.Get("Slug")
	if given, ok := raw["uuid"].(string); ok && id == "" && c.knobs.UseUUIDFromInput {
		id = given
	}
	if id == "" {
		return newUUID(model.Name), nil
	}
	if s.store.get(model.Name, id) != nil {
		return "", refuse(http.StatusConflict, "%s with this Uuid already exists.", verboseName(model.Name))
	}
	return id, nil
}

// finish fills a draft in and checks all that can be wrong with it.
func (s *Server) finish(d *draft) error {
	d.body["uuid"] = d.uuid
	if err := s.fillDefaults(d); err != nil {
		return err
	}
	if err := schema.Complete(d.model, d.body); err != nil {
		return err
	}
	if err := s.checkName(d); err != nil {
		return err
	}
	return s.checkRules(d)
}

func (s *Server) checkName(d *draft) error {
	name := text(d.body, "name")
	if utf8.RuneCountInString(name) > d.knobs.NameLimit {
		return badRequest("Field check for name failed: longer than %d characters", d.knobs.NameLimit)
	}
	if name == "" {
		if f := d.model.Field("name"); f != nil && f.Required {
			return badRequest("Field check for name failed: name is required")
		}
		return nil
	}
	key := nameKey{d.model.Name, name, d.tenant, refUUID(d.body, "cloud_ref")}
	if other := s.store.byName[key]; other == nil || other == d.old {
		return nil
	}
	fields := "Name and Tenant ref"
	if d.model.CloudBound() {
		fields = "Name, Tenant ref and Cloud ref"
	}
	return refuse(http.StatusConflict, "%s with this %s already exists.", verboseName(d.model.Name), fields)
}

// commit stores a draft that passed all checks.
func (s *Server) commit(d *draft, now time.Time) *record {
	for _, effect := range d.effects {
		effect(now)
	}
	r := d.old
	if r == nil {
		r = &record{
			model: d.model, uuid: d.uuid, tenant: d.tenant, cloud: refUUID(d.body, "cloud_ref"),
			name: text(d.body, "name"), body: d.body, implicitVRF: d.implicitVRF,
		}
		r.lag(now, d.knobs.ReadLag)
		s.store.insert(r, now)
		return r
	}
	r.lag(now, d.knobs.ReadLag)
	r.implicitVRF = d.implicitVRF
	s.store.update(r, d.body, now)
	return r
}

// lag makes reads show for a while what the record is now, before a write.
func (r *record) lag(now time.Time, lag time.Duration) {
	if lag == 0 {
		return
	}
	if !r.lagging || !now.Before(r.laggingEnd) {
		r.before, r.beforeMod = nil, r.modified
		if r.sequence != 0 {
			r.before = r.body
		}
	}
	r.lagging, r.laggingEnd = true, now.Add(lag)
}

// seen is the body that a read at this time shows; nil is none.
func (r *record) seen(now time.Time) (schema.Object, int64) {
	if r.lagging && now.Before(r.laggingEnd) {
		return r.before, r.beforeMod
	}
	return r.body, r.modified
}

// find is the object that a request names by uuid, if it may read it.
func (s *Server) find(c *call, model *schema.Message, id string) (*record, error) {
	r := s.store.get(model.Name, id)
	if r == nil || !c.all && !r.visible(c.tenant) {
		return nil, notFound(model.Name)
	}
	return r, nil
}

// findWritable is the same for a change. Provider objects cannot be changed from a tenant (controller facts 3).
func (s *Server) findWritable(c *call, model *schema.Message, id string) (*record, error) {
	r, err := s.find(c, model, id)
	if err != nil {
		return nil, err
	}
	if r.tenant != c.tenant {
		return nil, badRequest("Cannot modify %s", model.Name)
	}
	return r, nil
}

func (s *Server) read(c *call, model *schema.Message, id string) (*response, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	r, err := s.find(c, model, id)
	if err != nil {
		return nil, err
	}
	body, modified := r.seen(c.now)
	if body == nil {
		return nil, notFound(model.Name)
	}
	view := s.view(c, wantsNames(c))
	view.sorted = comesSorted(model)
	extra := s.storedView(c, r, body, true)
	if c.query.Get("join_subresources") == "runtime" {
		extra["runtime"] = s.runtimeOf(s.newHealth(c.now), r)
	}
	return jsonResponse(http.StatusOK, view.appendObject(nil, model, r.shown(body, modified, http.MethodGet), extra)), nil
}

func (s *Server) replace(c *call, model *schema.Message, id string) (*response, error) {
	raw, err := decodeObject(c.body)
	if err != nil {
		return nil, err
	}
	return s.change(c, func() (*response, error) {
		old, err := s.findWritable(c, model, id)
		if err != nil {
			return nil, err
		}
		if err := checkUnmodified(old, raw["_last_modified"]); err != nil {
			return nil, err
		}
		body, err := s.decode(c, model, raw, old)
		if err != nil {
			return nil, err
		}
		return s.overwrite(c, old, body)
	})
}

// overwrite replaces an object by a body that is decoded but not complete.
func (s *Server) overwrite(c *call, old *record, body schema.Object) (*response, error) {
	d := &draft{model: old.model, uuid: old.uuid, tenant: old.tenant, body: body, old: old, knobs: c.knobs}
	if err := s.finish(d); err != nil {
		return nil, err
	}
	return s.renderWritten(c, s.commit(d, c.now), http.StatusOK), nil
}

// checkUnmodified refuses a write that is based on an older state (controller facts 2.4). A write that does not say is
// always taken.
func checkUnmodified(old *record, sent any) error {
	if sent == nil || fmt.Sprint(sent) == strconv.FormatInt(old.modified, 10) {
		return nil
	}
	return refuse(http.StatusPreconditionFailed, "Need to reload object data %s", old.model.Name)
}

func (s *Server) remove(c *call, model *schema.Message, id string) (*response, error) {
	return s.change(c, func() (*response, error) {
		r, err := s.findWritable(c, model, id)
		if err != nil {
			return nil, err
		}
		if r.system {
			return nil, refuse(c.knobs.ReferredByStatus, "Cannot delete system default object %s", r.title())
		}
		owned := s.ownedBy(r)
		if names := s.referrerTitles(r, owned); len(names) > 0 {
			return nil, refuse(c.knobs.ReferredByStatus, "Cannot delete, object is referred by: %s", titleList(names, c.knobs.ReferredByPlain))
		}
		for _, o := range owned {
			s.store.remove(o)
		}
		s.store.remove(r)
		s.history.forget(r.uuid)
		return jsonResponse(http.StatusNoContent, nil), nil
	})
}

// ownedBy lists the objects that go with r.
func (s *Server) ownedBy(r *record) []*record {
	if r.model.Name != "Cloud" && r.model.Name != "Tenant" {
		return nil
	}
	var out []*record
	for _, other := range s.store.referredBy(r.ref(), "") {
		if other.owner != nil && *other.owner == r.ref() {
			out = append(out, other)
		}
	}
	return out
}

// referrerTitles are the objects that keep r, or what goes with it, from being deleted.
func (s *Server) referrerTitles(r *record, owned []*record) []string {
	var titles []string
	seen := map[*record]bool{r: true}
	for _, target := range append([]*record{r}, owned...) {
		for _, other := range s.store.referredBy(target.ref(), "") {
			if !seen[other] && !slices.Contains(owned, other) {
				seen[other] = true
				titles = append(titles, other.title())
			}
		}
	}
	return titles
}

// titleList renders titles as a Python list (controller facts 2.6).
func titleList(titles []string, withoutQuotes bool) string {
	if withoutQuotes {
		return "[" + strings.Join(titles, ", ") + "]"
	}
	return "['" + strings.Join(titles, "', '") + "']"
}

func (s *Server) applyConfigLogged(ctx context.Context) {
	if err := s.applyConfig(); err != nil {
		s.log.ErrorContext(ctx, "the service engine refused the configuration", "error", err)
	}
}
