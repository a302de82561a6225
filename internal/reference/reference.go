package reference

import (
	"context"
	"errors"
	"iter"
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
	const admin = ""
	tenant := translate.TenantUUID(projectID)
	target, err := url.Parse(reference)
	if err != nil {
		return false, nil //nolint:nilerr // what is no reference leads nowhere
	}
	// The provider's objects are the likely ones, and what is found there is known for all tenants.
	if f.remembers(key{admin, typ, reference}) || f.remembers(key{tenant, typ, reference}) {
		return true, nil
	}
	var denied error
	for _, t := range []string{admin, tenant} {
		there, err := f.look(ctx, t, typ, target)
		switch {
		case errors.Is(err, avi.Unauthorized):
			denied = err // perhaps not in the other tenant
		case errors.Is(err, avi.TenantMissing):
		case err != nil:
			return false, err
		case there:
			f.remember(key{t, typ, reference})
			return true, nil
		}
	}
	return false, denied
}

func (f *Finder) remembers(k key) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return time.Now().Before(f.found[k])
}

func (f *Finder) remember(k key) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.found[k] = time.Now().Add(memory)
}

// look asks the Controller in one tenant.
func (f *Finder) look(ctx context.Context, tenant, typ string, target *url.URL) (bool, error) {
	name := target.Query().Get("name")
	if name == "" {
		_, err := f.controller.Get(ctx, tenant, typ, path.Base(target.Path))
		if errors.Is(err, avi.NotFound) {
			return false, nil
		}
		return err == nil, err
	}
	query := url.Values{"name": {name}}
	if cloudBound(typ) {
		query.Set("cloud_ref.name", f.cloud)
		if cloud := target.Query().Get("cloud"); cloud != "" {
			query.Set("cloud_ref.name", cloud)
		}
	}
	for _, err := range f.controller.List(ctx, tenant, typ, query) {
		return err == nil, err
	}
	return false, nil
}

// cloudBound says that objects of a type belong to a cloud, of those that flavors name (controller facts 4.1).
func cloudBound(typ string) bool { return typ == "serviceenginegroup" || typ == "vrfcontext" }
