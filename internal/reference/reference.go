package reference

import (
	"context"
	"errors"
	"iter"
	"maps"
	"net/url"
	"path"
	"sync"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/avi"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
)

// memory is how long something that was found is taken to be there. It is what a load balancer may ask for in vain: its
// virtual service then fails with the Controller's words.
const memory = 10 * time.Minute

// Controller is what is asked. *avi.Client implements it.
type Controller interface {
	Get(ctx context.Context, tenant, typ, uuid string) (avi.Object, error)
	List(ctx context.Context, tenant, path string, query url.Values) iter.Seq2[avi.Object, error]
}

// Finder looks references up at one Controller. It is safe for concurrent use.
type Finder struct {
	controller Controller
	cloud      string

	mu    sync.Mutex
	found map[key]time.Time // until when each is taken to be there
}

// key is a reference as seen from a tenant; the tenant is empty for what every tenant sees.
type key struct{ tenant, typ, reference string }

// New makes a Finder; cloud is the name of the cloud that names of cloud-bound objects are looked for in.
func New(c Controller, cloud string) *Finder {
	return &Finder{controller: c, cloud: cloud, found: map[key]time.Time{}}
}

// Exists says whether a reference of the form /api/TYPE/UUID or /api/TYPE?name=NAME leads to an object that the project's
// tenant can use: one of its own, or one of the admin tenant, which has the provider's service engine groups, VRF contexts and
// profiles. A tenant that the Controller does not have yet has nothing of its own. Only what was found is remembered.
func (f *Finder) Exists(ctx context.Context, projectID, typ, reference string) (bool, error) {
	// The provider's objects are the likely ones, and what is found there is known for all tenants.
	if f.remembers(key{admin, typ, reference}) || f.remembers(key{translate.TenantUUID(projectID), typ, reference}) {
		return true, nil
	}
	found, tenant, err := f.find(ctx, projectID, typ, reference)
	if found == nil {
		return false, err
	}
	f.remember(key{tenant, typ, reference})
	return true, nil
}

// admin is the tenant of the provider.
const admin = ""

// find gives the object that a reference leads to, and the tenant that it was found in; nil where there is none.
func (f *Finder) find(ctx context.Context, projectID, typ, reference string) (found avi.Object, tenant string, err error) {
	target, err := url.Parse(reference)
	if err != nil {
		return nil, "", nil //nolint:nilerr // what is no reference leads nowhere
	}
	var denied error
	for _, tenant := range []string{admin, translate.TenantUUID(projectID)} {
		found, err := f.look(ctx, tenant, typ, target)
		switch {
		case errors.Is(err, avi.Unauthorized):
			denied = err // perhaps not in the other tenant
		case errors.Is(err, avi.TenantMissing):
		case err != nil:
			return nil, "", err
		case found != nil:
			return found, tenant, nil
		}
	}
	return nil, "", denied
}

func (f *Finder) remembers(k key) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return time.Now().Before(f.found[k])
}

// remember keeps k for a while, and forgets what was kept for long enough.
func (f *Finder) remember(k key) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now()
	maps.DeleteFunc(f.found, func(_ key, until time.Time) bool { return !now.Before(until) })
	f.found[k] = now.Add(memory)
}

// look asks the Controller in one tenant; nil where the object is not there.
func (f *Finder) look(ctx context.Context, tenant, typ string, target *url.URL) (avi.Object, error) {
	name := target.Query().Get("name")
	if name == "" {
		found, err := f.controller.Get(ctx, tenant, typ, path.Base(target.Path))
		if errors.Is(err, avi.NotFound) {
			return nil, nil
		}
		return found, err
	}
	query := url.Values{"name": {name}}
	if cloudBound(typ) {
		query.Set("cloud_ref.name", f.cloud)
		if cloud := target.Query().Get("cloud"); cloud != "" {
			query.Set("cloud_ref.name", cloud)
		}
	}
	for found, err := range f.controller.List(ctx, tenant, typ, query) {
		return found, err
	}
	return nil, nil
}

// cloudBound says that objects of a type belong to a cloud, of those that flavors name (controller facts 4.1).
func cloudBound(typ string) bool { return typ == "serviceenginegroup" || typ == "vrfcontext" }
