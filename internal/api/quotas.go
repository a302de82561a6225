package api

import (
	"context"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/service"
)

// QuotaService is what the routes of quotas need.
type QuotaService interface {
	Quotas(ctx context.Context, c service.Caller, projectID string) (service.Quotas, error)
	DefaultQuotas(ctx context.Context, c service.Caller, projectID string) (service.Quotas, error)
	AllQuotas(ctx context.Context, c service.Caller, q service.Query) (service.Page[service.Quotas], error)
	UpdateQuotas(ctx context.Context, c service.Caller, projectID string, in map[lbaas.QuotaKind]*int) (service.Quotas, error)
	DeleteQuotas(ctx context.Context, c service.Caller, projectID string) error
}

// ruleQuota is the resource of quotas in Octavia's policy rules.
const ruleQuota = "quota"

// quotaNames are the names that requests and answers have for each kind; the first one is Octavia's of today. Those with a line
// between the words were the first, and are deprecated since Rocky; clients still read them.
func quotaNames(kind lbaas.QuotaKind) []string {
	if today := strings.ReplaceAll(string(kind), "_", ""); today != string(kind) {
		return []string{today, string(kind)}
	}
	return []string{string(kind)}
}

func (s *server) routeQuotas(mux *http.ServeMux, base string) {
	s.handle(mux, base+"/quotas", methods{
		http.MethodGet:    s.authorized(Action{ruleQuota, verbGetAll}, s.listQuotas),
		http.MethodPut:    s.authorized(Action{ruleQuota, verbPut}, missing("project_id")),
		http.MethodDelete: s.authorized(Action{ruleQuota, verbDelete}, missing("project_id")),
	})
	// Clients ask for the defaults at quotas/defaults: to Octavia that is a project of this name, which has none of its own.
	s.handle(mux, base+"/quotas/{project}", methods{
		http.MethodGet:    s.authorized(Action{ruleQuota, verbGetOne}, s.showQuotas(s.service.Quotas)),
		http.MethodPut:    s.authorized(Action{ruleQuota, verbPut}, s.updateQuotas),
		http.MethodDelete: s.authorized(Action{ruleQuota, verbDelete}, s.deleteQuotas),
	})
	s.handle(mux, base+"/quotas/{project}/default", methods{
		http.MethodGet: s.authorized(Action{ruleQuota, verbGetDefaults}, s.showQuotas(s.service.DefaultQuotas)),
	})
}

// quotaProject is the project in a path. What cannot be one has no quotas.
func quotaProject(r *http.Request) (string, error) {
	id := r.PathValue("project")
	if utf8.RuneCountInString(id) > maxProjectID || !utf8.ValidString(id) {
		return "", lbaas.NotFound("Quotas", excerpt(id))
	}
	for _, char := range id {
		if char < ' ' {
			return "", lbaas.NotFound("Quotas", "with that id")
		}
	}
	return id, nil
}

func (s *server) showQuotas(show func(context.Context, service.Caller, string) (service.Quotas, error)) handler {
	return func(ctx context.Context, c *call) (answer, error) {
		project, err := quotaProject(c.request)
		if err != nil {
			return answer{}, err
		}
		if _, err := queryOf(c.request, false); err != nil {
			return answer{}, err
		}
		found, err := show(ctx, c.caller, project)
		if err != nil {
			return answer{}, err
		}
		return answer{http.StatusOK, map[string]any{"quota": renderQuotas(found)}}, nil
	}
}

func (s *server) listQuotas(ctx context.Context, c *call) (answer, error) {
	values, err := queryOf(c.request, true)
	if err != nil {
		return answer{}, err
	}
	query, err := s.lists.parse(values, s.maxPage)
	if err != nil {
		return answer{}, err
	}
	page, err := s.service.AllQuotas(ctx, c.caller, query)
	if err != nil {
		return answer{}, err
	}
	views := make([]any, len(page.Items))
	ids := make([]string, len(page.Items))
	for i, item := range page.Items {
		views[i], ids[i] = renderQuotas(item), item.ProjectID
	}
	body := map[string]any{"quotas": views, "quotas_links": nil}
	if !s.lists.NoPagination {
		body["quotas_links"] = pageLinks(s.origin(c.request)+c.request.URL.EscapedPath(), values, query, ids, page.More)
	}
	return answer{http.StatusOK, body}, nil
}

func (s *server) updateQuotas(ctx context.Context, c *call) (answer, error) {
	project, err := quotaProject(c.request)
	if err != nil {
		return answer{}, err
	}
	if _, err := queryOf(c.request, false); err != nil {
		return answer{}, err
	}
	values, err := readValues(c.request, quotaPut())
	if err != nil {
		return answer{}, err
	}
	in, err := quotasIn(values)
	if err != nil {
		return answer{}, err
	}
	changed, err := s.service.UpdateQuotas(ctx, c.caller, project, in)
	if err != nil {
		return answer{}, err
	}
	return answer{http.StatusAccepted, map[string]any{"quota": renderQuotas(changed)}}, nil
}

func (s *server) deleteQuotas(ctx context.Context, c *call) (answer, error) {
	project, err := quotaProject(c.request)
	if err != nil {
		return answer{}, err
	}
	if _, err := queryOf(c.request, false); err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusAccepted}, s.service.DeleteQuotas(ctx, c.caller, project)
}

func quotaPut() rootSchema {
	var attributes []attribute
	for _, kind := range lbaas.QuotaKinds() {
		for _, name := range quotaNames(kind) {
			attributes = append(attributes, carried(name, within(lbaas.Unlimited, lbaas.MaxQuota)))
		}
	}
	return newRootSchema("quotas", "quota", attributes)
}

// quotasIn are the limits that a request gives; nil is the default again.
func quotasIn(values map[string]any) (map[lbaas.QuotaKind]*int, error) {
	in := map[lbaas.QuotaKind]*int{}
	for _, kind := range lbaas.QuotaKinds() {
		names := quotaNames(kind)
		for _, name := range names {
			value, given := values[name]
			if !given {
				continue
			}
			var limit *int
			if n, ok := value.(int64); ok {
				limit = new(int(n))
			}
			if other, twice := in[kind]; twice && (limit == nil) != (other == nil) || twice && limit != nil && *limit != *other {
				return nil, lbaas.Invalidf("%s and %s are one quota, and give different limits.", names[0], names[1])
			}
			in[kind] = limit
		}
	}
	return in, nil
}

// renderQuotas shows all kinds in all their names; null is the default.
func renderQuotas(q service.Quotas) map[string]any {
	view := map[string]any{"project_id": q.ProjectID, "tenant_id": q.ProjectID}
	for _, kind := range lbaas.QuotaKinds() {
		for _, name := range quotaNames(kind) {
			view[name] = nil
			if limit, ok := q.Limits[kind]; ok {
				view[name] = limit
			}
		}
	}
	return view
}
