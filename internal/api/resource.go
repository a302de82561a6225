package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"github.com/google/uuid"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/service"
)

// place is where in the tree of paths a request points. Pool is set if and only if the resource is a member, policy if and only if
// it is an L7 rule.
type place struct{ pool, policy, id string }

// resource serves one kind of objects in the five ways that are the same for all. V is the service's view of an object, In the
// domain's form of a request.
type resource[V, In any] struct {
	singular, plural string // the roots of bodies: "pool", "pools"
	display          string // what errors call it: "Pool"
	rule             string // the resource in policy rules
	post, put        rootSchema
	render           func(V) rendering

	create func(ctx context.Context, c service.Caller, at place, in In) (V, error)
	get    func(ctx context.Context, c service.Caller, at place) (V, error)
	list   func(ctx context.Context, c service.Caller, at place, q service.Query) (service.Page[V], error)
	update func(ctx context.Context, c service.Caller, at place, in In) (V, error)
	delete func(ctx context.Context, c service.Caller, at place, cascade bool) error

	// show is for objects that are shown by more than rendering them; nil for the others, which get is for.
	show func(ctx context.Context, c service.Caller, at place) (any, error)
	// page is for lists that are more than their objects, rendered one by one; nil for the others, which list is for.
	page func(ctx context.Context, c service.Caller, q service.Query) (*page, error)

	// putArgument and deleteArgument are what Octavia calls the id that a change or deletion of the whole collection lacks; "id" when empty.
	putArgument, deleteArgument string
	// within finds the object whose collection this is, for a body that is refused: Octavia looks for it before it reads the body.
	// Nil where there is none.
	within func(ctx context.Context, c service.Caller, at place) error
	// links is the attribute of lists that holds the ways on; plural and "_links" when empty.
	links string
	// ofProjects says that lists may be asked of one project, which has to be the caller's. Elsewhere it is a filter like others.
	ofProjects bool
	// ownsProject says that who makes an object may say whose it is. Elsewhere that is not looked at, as in Octavia: an object is
	// whose its load balancer is.
	ownsProject bool
	// cascades says that a deletion may be told to take the object's children with it.
	cascades bool
	// byName says that paths name objects by their names rather than their ids.
	byName bool
	// onCollection are further methods of the collection.
	onCollection methods
}

// route adds the resource's collection and its objects to the mux.
func (res resource[V, In]) route(s *server, mux *http.ServeMux, path string) {
	collection := methods{
		http.MethodGet:  s.authorized(Action{res.rule, verbGetAll}, res.serveList(s)),
		http.MethodPost: s.authorized(Action{res.rule, verbPost}, res.serveCreate),
	}
	collection[http.MethodPut] = s.authorized(Action{res.rule, verbPut}, missing(cmp.Or(res.putArgument, "id")))
	collection[http.MethodDelete] = s.authorized(Action{res.rule, verbDelete}, missing(cmp.Or(res.deleteArgument, "id")))
	maps.Copy(collection, res.onCollection)
	s.handle(mux, path, collection)
	s.handle(mux, path+"/{id}", methods{
		http.MethodGet:    s.authorized(Action{res.rule, verbGetOne}, res.serveGet),
		http.MethodPut:    s.authorized(Action{res.rule, verbPut}, res.serveUpdate),
		http.MethodDelete: s.authorized(Action{res.rule, verbDelete}, res.serveDelete),
	})
	res.describe(s.described, path, cmp.Or(res.links, res.plural+"_links"))
}

// missing answers what can be done to one object only, when it is asked of the collection.
func missing(argument string) handler {
	return func(context.Context, *call) (answer, error) {
		return answer{}, malformed(fmt.Sprintf("Missing argument: %q", argument), nil)
	}
}

func (res resource[V, In]) serveCreate(ctx context.Context, c *call) (answer, error) {
	at, err := res.place(c.request)
	if err != nil {
		return answer{}, err
	}
	if _, err := queryOf(c.request, false); err != nil {
		return answer{}, err
	}
	values, err := readValues(c.request, res.post)
	if err != nil {
		return answer{}, res.refused(ctx, c.caller, at, err)
	}
	if res.ownsProject {
		if err := resolveProject(c.caller, values); err != nil {
			return answer{}, err
		}
	}
	in, err := fill[In](values)
	if err != nil {
		return answer{}, err
	}
	made, err := res.create(ctx, c.caller, at, in)
	if err != nil {
		return answer{}, err
	}
	return answer{http.StatusCreated, map[string]any{res.singular: res.render(made)}}, nil
}

func (res resource[V, In]) serveGet(ctx context.Context, c *call) (answer, error) {
	at, err := res.place(c.request)
	if err != nil {
		return answer{}, err
	}
	query, err := queryOf(c.request, true)
	if err != nil {
		return answer{}, err
	}
	found, err := res.shown(ctx, c.caller, at)
	if err != nil {
		return answer{}, res.absent(ctx, c.caller, at, err)
	}
	body, err := selected(found, query["fields"])
	if err != nil {
		return answer{}, err
	}
	return answer{http.StatusOK, map[string]any{res.singular: body}}, nil
}

func (res resource[V, In]) serveList(s *server) handler {
	return func(ctx context.Context, c *call) (answer, error) {
		at, err := res.place(c.request)
		if err != nil {
			return answer{}, err
		}
		values, err := queryOf(c.request, true)
		if err != nil {
			return answer{}, err
		}
		query, err := s.lists.parse(values, s.maxPage)
		if err != nil {
			return answer{}, err
		}
		if wanted, ok := query.Equal["project_id"]; ok && res.ofProjects && !c.caller.Global && wanted != c.caller.ProjectID {
			return answer{}, lbaas.Forbidden()
		}
		page, err := res.find(ctx, c.caller, at, query)
		if err != nil {
			return answer{}, err
		}
		body := &objects{root: res.plural, each: page.selected(values["fields"]), more: cmp.Or(res.links, res.plural+"_links")}
		if !s.lists.NoPagination {
			body.links = pageLinks(s.origin(c.request)+c.request.URL.EscapedPath(), values, query, page.ends, page.more)
		}
		return answer{http.StatusOK, body}, nil
	}
}

// shown is one of the resource's objects: what encodes to its JSON, or that itself.
func (res resource[V, In]) shown(ctx context.Context, c service.Caller, at place) (any, error) {
	if res.show != nil {
		return res.show(ctx, c, at)
	}
	found, err := res.get(ctx, c, at)
	if err != nil {
		return nil, err
	}
	return res.render(found), nil
}

// find is a page of the resource's objects.
func (res resource[V, In]) find(ctx context.Context, c service.Caller, at place, q service.Query) (*page, error) {
	if res.page != nil {
		return res.page(ctx, c, q)
	}
	found, err := res.list(ctx, c, at, q)
	if err != nil {
		return nil, err
	}
	p := &page{count: len(found.Items), more: found.More, object: func(i int) (any, error) { return res.render(found.Items[i]), nil }}
	if p.count > 0 {
		p.ends = []string{res.render(found.Items[0]).identity(), res.render(found.Items[p.count-1]).identity()}
	}
	return p, nil
}

func (res resource[V, In]) serveUpdate(ctx context.Context, c *call) (answer, error) {
	at, err := res.place(c.request)
	if err != nil {
		return answer{}, err
	}
	if _, err := queryOf(c.request, false); err != nil {
		return answer{}, err
	}
	values, err := readValues(c.request, res.put)
	if err != nil {
		return answer{}, res.refusedChange(ctx, c.caller, at, err)
	}
	in, err := fill[In](values)
	if err != nil {
		return answer{}, err
	}
	changed, err := res.update(ctx, c.caller, at, in)
	if err != nil {
		return answer{}, res.absent(ctx, c.caller, at, err)
	}
	return answer{http.StatusOK, map[string]any{res.singular: res.render(changed)}}, nil
}

func (res resource[V, In]) serveDelete(ctx context.Context, c *call) (answer, error) {
	at, err := res.place(c.request)
	if err != nil {
		return answer{}, err
	}
	var allowed []string
	if res.cascades {
		allowed = []string{"cascade"}
	}
	query, err := queryOf(c.request, false, allowed...)
	if err != nil {
		return answer{}, err
	}
	cascade, err := switchedOn(query, "cascade")
	if err != nil {
		return answer{}, err
	}
	if err := res.delete(ctx, c.caller, at, cascade); err != nil {
		return answer{}, res.absent(ctx, c.caller, at, err)
	}
	return answer{status: http.StatusNoContent}, nil
}

// refused is what to say of a body that cannot be read.
func (res resource[V, In]) refused(ctx context.Context, c service.Caller, at place, refusal error) error {
	if res.within == nil {
		return refusal
	}
	return orNowhere(refusal, res.within(ctx, c, at))
}

// refusedChange is what to say of the body of a change that cannot be read. Octavia takes one without its root for a change of nothing,
// until it has found the object.
func (res resource[V, In]) refusedChange(ctx context.Context, c service.Caller, at place, refusal error) error {
	if _, rootless := errors.AsType[*rootlessError](refusal); rootless {
		if _, err := res.get(ctx, c, at); err != nil {
			return res.absent(ctx, c, at, err)
		}
	}
	return res.refused(ctx, c, at, refusal)
}

// absent is the failure of a request for one object. Of an object that is not there, where its collection is is told first.
func (res resource[V, In]) absent(ctx context.Context, c service.Caller, at place, failure error) error {
	if !errors.Is(failure, lbaas.KindNotFound) {
		return failure
	}
	return res.refused(ctx, c, at, failure)
}

// orNowhere is the refusal of a body, or, where the look for the object that it was sent to found none, that.
func orNowhere(refusal, found error) error {
	if errors.Is(found, lbaas.KindNotFound) {
		return found
	}
	return refusal
}

// place reads the ids of a path. What is no UUID is the id of nothing: no database need be asked.
func (res resource[V, In]) place(r *http.Request) (at place, err error) {
	if at.pool, err = pathID(r, "pool", "Pool"); err != nil {
		return at, err
	}
	if at.policy, err = pathID(r, "l7policy", displayL7Policy); err != nil {
		return at, err
	}
	if res.byName {
		at.id = r.PathValue("id")
		return at, nil
	}
	at.id, err = pathID(r, "id", res.display)
	return at, err
}

// pathID is an id in a path in its canonical form; empty when the route has none of that name.
func pathID(r *http.Request, wildcard, display string) (string, error) {
	text := r.PathValue(wildcard)
	if text == "" {
		return "", nil
	}
	const uuidLength = 36 // other spellings are for bodies: a path names an object in one way
	id, err := uuid.Parse(text)
	if err != nil || len(text) != uuidLength {
		return "", lbaas.NotFound(display, excerpt(text))
	}
	return id.String(), nil
}

// queryOf reads a request's query. Reads take any attribute in it, writes only the named ones: what would have no effect is refused.
func queryOf(r *http.Request, reads bool, allowed ...string) (url.Values, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, malformed("The request's query could not be read.", err)
	}
	if reads {
		return values, nil
	}
	for name, given := range values {
		if !slices.Contains(allowed, name) {
			return nil, malformed(fmt.Sprintf("Unknown argument: %q", excerpt(name)), nil)
		}
		if len(given) > 1 {
			return nil, malformed(fmt.Sprintf("Parameter %s was given several times", name), nil)
		}
	}
	return values, nil
}

// resolveProject makes one of the two names of a project, which has to be the caller's own or one that it may do this for.
func resolveProject(c service.Caller, values map[string]any) error {
	project, _ := values["project_id"].(string)
	tenant, _ := values["tenant_id"].(string)
	switch {
	case project == "":
		project = tenant
	case tenant != "" && tenant != project:
		return lbaas.Invalidf("project_id and tenant_id name different projects.")
	}
	if project == "" {
		return nil
	}
	if project != c.ProjectID && !c.Rights.Allow(project) {
		return lbaas.Forbidden()
	}
	values["project_id"] = project
	return nil
}
