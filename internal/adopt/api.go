package adopt

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gophercloud/gophercloud/v2"
)

// Session is a login at Keystone. *keystone.Session implements it.
type Session interface {
	Client(ctx context.Context) (*gophercloud.ProviderClient, error)
}

// API is the LBaaS v2 API of a neutron-lbaas or an Octavia. Its user has to see all projects' load balancers.
type API struct {
	// URL of the service, with or without a version at its end.
	URL     string
	Session Session
}

// collections are the lists that a source is read from, with the name of each in the answer.
const (
	loadBalancers  = "loadbalancers"
	listeners      = "listeners"
	pools          = "pools"
	members        = "members"
	healthMonitors = "healthmonitors"
	l7Policies     = "l7policies"
	l7Rules        = "rules"
)

// Read lists everything.
func (a *API) Read(ctx context.Context) (Export, error) {
	provider, err := a.Session.Client(ctx)
	if err != nil {
		return Export{}, fmt.Errorf("log in at the source: %w", err)
	}
	r := apiReader{client: &gophercloud.ServiceClient{ProviderClient: provider}, base: apiBase(a.URL)}
	var e Export
	for _, list := range []struct {
		name string
		into *[]Object
	}{{loadBalancers, &e.LoadBalancers}, {listeners, &e.Listeners}, {pools, &e.Pools}, {healthMonitors, &e.HealthMonitors}} {
		if *list.into, err = r.list(ctx, list.name, list.name); err != nil {
			return Export{}, err
		}
	}
	if e.Members, err = r.parts(ctx, pools, e.Pools, members, "pool_id"); err != nil {
		return Export{}, err
	}
	if hasL7(e.Listeners) { // a neutron-lbaas before Mitaka has no such collection
		if e.L7Policies, err = r.list(ctx, l7Policies, l7Policies); err != nil {
			return Export{}, err
		}
		if e.L7Rules, err = r.parts(ctx, l7Policies, e.L7Policies, l7Rules, "l7policy_id"); err != nil {
			return Export{}, err
		}
	}
	for _, lb := range e.LoadBalancers {
		// Neutron LBaaS v2 has no such attribute.
		if _, has := lb["vip_network_id"]; has {
			e.Octavia = true
		}
	}
	return e, nil
}

// hasL7 says that a listener has an L7 policy.
func hasL7(all []Object) bool {
	return slices.ContainsFunc(all, func(l Object) bool { return !isNothing(l["l7policies"]) })
}

// parts lists what is found below each of a collection's objects, with the id of that object as an attribute.
func (r *apiReader) parts(ctx context.Context, collection string, of []Object, name, idAttribute string) ([]Object, error) {
	var all []Object
	for _, o := range of {
		list, err := r.list(ctx, collection+"/"+url.PathEscape(o.text("id"))+"/"+name, name)
		if err != nil {
			return nil, err
		}
		for _, part := range list {
			part[idAttribute] = o.text("id")
		}
		all = append(all, list...)
	}
	return all, nil
}

// apiBase is the URL that collections hang from. Both dialects are served there: Octavia takes v2.0 for v2.
func apiBase(text string) string {
	text = strings.TrimRight(text, "/")
	text = strings.TrimSuffix(text, "/lbaas")
	for _, version := range []string{"/v2.0", "/v2"} {
		text = strings.TrimSuffix(text, version)
	}
	return text + "/v2.0/lbaas/"
}

type apiReader struct {
	client *gophercloud.ServiceClient
	base   string
}

// maxPages bounds a list whose links lead nowhere.
const maxPages = 10_000

// list reads a collection with all its pages.
func (r *apiReader) list(ctx context.Context, path, name string) ([]Object, error) {
	var all []Object
	query := ""
	for range maxPages {
		objects, next, err := r.page(ctx, path, query, name)
		if err != nil {
			return nil, fmt.Errorf("list %s at the source: %w", path, err)
		}
		all = append(all, objects...)
		if next == "" || next == query {
			return all, nil
		}
		query = next
	}
	return nil, fmt.Errorf("list %s at the source: more than %d pages", path, maxPages)
}

// page reads one page; next is the query of the following one. Of its link only the query counts: the host is the one that the
// service believes to have.
func (r *apiReader) page(ctx context.Context, path, query, name string) (objects []Object, next string, err error) {
	address := r.base + path
	if query != "" {
		address += "?" + query
	}
	var raw json.RawMessage
	//nolint:bodyclose // gophercloud reads and closes it
	if _, err := r.client.Get(ctx, address, &raw, &gophercloud.RequestOpts{OkCodes: []int{http.StatusOK}}); err != nil {
		return nil, "", err
	}
	var answer map[string]json.RawMessage
	if err := json.Unmarshal(raw, &answer); err != nil {
		return nil, "", err
	}
	if answer[name] == nil {
		return nil, "", errors.New("the answer is no such list: is the URL that of the service?")
	}
	d := json.NewDecoder(bytes.NewReader(answer[name]))
	d.UseNumber()
	if err := d.Decode(&objects); err != nil {
		return nil, "", err
	}
	var links []struct {
		Rel  string `json:"rel"`
		Href string `json:"href"`
	}
	if answer[name+"_links"] != nil {
		if err := json.Unmarshal(answer[name+"_links"], &links); err != nil {
			return nil, "", err
		}
	}
	for _, link := range links {
		if link.Rel != "next" {
			continue
		}
		u, err := url.Parse(link.Href)
		if err != nil {
			return nil, "", err
		}
		next = u.RawQuery
	}
	return objects, next, nil
}
