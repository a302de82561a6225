package testbed

import (
	"context"
	"crypto/x509"
	"log/slog"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/avi-lbaas/avi-lbaas/internal/avi"
	"github.com/avi-lbaas/avi-lbaas/internal/avisim"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/reference"
	"github.com/avi-lbaas/avi-lbaas/internal/service"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
	"github.com/avi-lbaas/avi-lbaas/internal/store/storetest"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
	"github.com/avi-lbaas/avi-lbaas/internal/worker"
)

// Provider is the name of the bed's provider.
const Provider = "avi_adc"

// password of the simulated Controller's admin.
const password = "a password for tests"

// Options of a Bed; the zero value is a Controller of the newest version that carries no traffic.
type Options struct {
	Simulator avisim.Options
	Translate translate.Options
	// APIVersion to speak; empty negotiates.
	APIVersion string
	Network    service.Network
	Ports      worker.Ports
	Subnets    worker.Subnets
	PortQoS    worker.PortQoS
	PortGroups worker.PortGroups
	Projects   worker.Projects
	// VRFContextPerSubnet and CreateTenants are the provider's options of these names. With CreateTenants the Controller does not
	// import tenants by itself.
	VRFContextPerSubnet, CreateTenants bool
	// Clouds are more providers of the same Controller, by their names, with the cloud of each.
	Clouds map[string]string
	// Keys is the key manager; nil for none.
	Keys Keys
	// Logger gets everything; nil is the test's own.
	Logger *slog.Logger
	// RequestTimeout of one request to the Controller; 0 is 10 s.
	RequestTimeout time.Duration
}

// Keys is the key manager as both the service and the worker ask it.
type Keys interface {
	service.Keys
	worker.Keys
}

// Bed is the real path without HTTP in front.
type Bed struct {
	Sim     *avisim.Server
	Client  *avi.Client
	Store   *store.Store
	Service *service.Service
	Worker  *worker.Worker
	Metrics *prometheus.Registry
	Caller  service.Caller
	// DatabasePath is the file of Store.
	DatabasePath string
}

// New starts a bed that ends with the test.
func New(t testing.TB, o Options) *Bed {
	t.Helper()
	ctx := t.Context()
	logger := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelInfo}))
	if !testing.Verbose() {
		logger = slog.New(slog.DiscardHandler)
	}
	if o.Logger != nil {
		logger = o.Logger
	}
	if o.Translate.Cloud == "" {
		o.Translate.Cloud = "Default-Cloud"
	}
	o.Simulator.Password = password
	o.Simulator.AutoTenants = !o.CreateTenants
	o.Simulator.Knobs.ParentKeepsType = true // what the strict Controller takes, the other does too
	sim, err := avisim.New(o.Simulator)
	check(t, err)
	check(t, sim.Start(context.WithoutCancel(ctx)))
	t.Cleanup(func() { check(t, sim.Close()) })
	b := &Bed{Sim: sim, Metrics: prometheus.NewRegistry(), Caller: service.Caller{Global: true}}
	b.Client = b.connect(t, o, logger)
	database := storetest.Options(t)
	b.DatabasePath, database.Controllers = database.Path, map[string]string{Provider: "the only one"}
	providers, offered, places := b.providers(o, database.Controllers)
	b.Store, err = store.Open(ctx, database)
	check(t, err)
	t.Cleanup(func() { check(t, b.Store.Close()) })
	b.Worker = worker.New(worker.Options{
		Store:        b.Store,
		Providers:    providers,
		Ports:        o.Ports,
		Subnets:      o.Subnets,
		PortQoS:      o.PortQoS,
		PortGroups:   o.PortGroups,
		Projects:     o.Projects,
		Keys:         o.Keys,
		Logger:       logger,
		Metrics:      worker.NewMetrics(b.Metrics),
		Owner:        "testbed",
		Concurrency:  4,
		Lease:        time.Minute,
		RetryInitial: time.Millisecond,
		RetryMax:     5 * time.Millisecond,
	})
	b.Service = service.New(service.Options{
		Store: b.Store, Network: o.Network, Keys: o.Keys, Wake: b.Worker.Wake, Providers: offered, Places: places,
		Speaks: func(ctx context.Context, _, version string) (bool, error) {
			spoken, err := b.Client.Version(ctx)
			return err == nil && avi.CompareVersions(spoken, version) >= 0, err
		},
	})
	return b
}

// providers are the bed's, as the worker and the service have them; controllers gets the name of each one's Controller.
func (b *Bed) providers(
	o Options, controllers map[string]string,
) (work map[string]worker.Provider, offered []service.Provider, places map[string]service.Place) {
	work, places = map[string]worker.Provider{}, map[string]service.Place{}
	add := func(name, cloud string) {
		translated := o.Translate
		translated.Cloud = cloud
		work[name] = worker.Provider{Controller: b.Client, Translate: translated, CreateTenants: o.CreateTenants}
		offered = append(offered, service.Provider{
			Name: name, VRFContextPerSubnet: o.VRFContextPerSubnet, References: reference.New(b.Client, cloud),
		})
		controllers[name] = controllers[Provider]
		places[name] = service.Place{Controller: controllers[name], Cloud: cloud}
	}
	add(Provider, o.Translate.Cloud)
	for _, name := range slices.Sorted(maps.Keys(o.Clouds)) {
		add(name, o.Clouds[name])
	}
	return work, offered, places
}

func (b *Bed) connect(t testing.TB, o Options, logger *slog.Logger) *avi.Client {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(b.Sim.CAPEM())
	timeout := o.RequestTimeout
	if timeout == 0 {
		timeout = 10 * time.Second
	}
	client, err := avi.New(avi.Config{
		Address: b.Sim.Addr(), User: "admin", Password: password, APIVersion: o.APIVersion, RootCAs: roots, Timeout: timeout,
		Logger: logger,
	})
	check(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Second)
		defer cancel()
		_ = client.Close(ctx) // a Controller that a test has broken need not say good-bye
	})
	return client
}

// Settle works the queue until no load balancer is pending any more.
func (b *Bed) Settle(t testing.TB) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for {
		check(t, b.Worker.Drain(t.Context()))
		q, err := b.Store.Queue(t.Context())
		check(t, err)
		if q.Depth == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d load balancers are still pending after 30 s", q.Depth)
		}
		<-time.After(time.Millisecond)
	}
}

// Tree reads a load balancer with everything that hangs from it.
func (b *Bed) Tree(t testing.TB, id string) lbaas.Tree {
	t.Helper()
	tree, err := b.Service.LoadBalancerTree(t.Context(), b.Caller, id)
	check(t, err)
	return tree
}

// Objects are the configuration objects that were made at the Controller, as "type/uuid".
func (b *Bed) Objects() map[string]map[string]any {
	objects := map[string]map[string]any{}
	for _, o := range b.Sim.Objects() {
		if o.Type != "tenant" {
			uuid, _ := o.Object["uuid"].(string)
			objects[o.Type+"/"+uuid] = o.Object
		}
	}
	return objects
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
