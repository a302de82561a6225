package avisim

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim/engine"
)

// Engine carries traffic for the simulated Controller.
type Engine interface {
	// Apply makes the engine carry out the configuration, all of it and nothing else. Calls never overlap.
	Apply(cfg engine.Config) error
	// Status is a snapshot, callable at any time.
	Status() engine.Status
}

// Tenant is a tenant to create at the start.
type Tenant struct{ UUID, Name string }

// Phases of a request at which Options.OnRequest is called.
const (
	PhaseBefore = "before" // nothing has been done yet
	PhaseAfter  = "after"  // the request has taken effect, its answer is not written yet
)

// Options configure a simulated Controller. Only Password is needed.
type Options struct {
	Listen   string // host:port; default 127.0.0.1:0
	User     string // default "admin"
	Password string
	Version  string // the product's release; default "30.2.1", which is also the newest that the schema knows
	Logger   *slog.Logger
	Now      func() time.Time // default time.Now

	// Engine carries the traffic; nil is none: every enabled object is up and all counters are zero.
	Engine Engine
	// StateFile keeps the objects over restarts. It holds private keys, so its mode is 0600. It is replaced atomically
	// before each write is answered. Empty is none.
	StateFile string
	// OnRequest is called for the n-th API request (from 1; logins, initial-data, cluster and control requests do not
	// count) in both phases. Calls may overlap.
	OnRequest func(n int, r *http.Request, phase string)

	Tenants []Tenant
	// AutoTenants creates the tenant that an X-Avi-Tenant-UUID of the form tenant-<uuid> names, as a Controller with
	// import_keystone_tenants ends up having it, and likewise the network that a reference with the id of a Neutron network names.
	AutoTenants bool
	Knobs       Knobs
	// Neutron is where the service engine has its ports; nil is nowhere.
	Neutron *Neutron
}

func (o Options) withDefaults() Options {
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	if o.User == "" {
		o.User = "admin"
	}
	if o.Version == "" {
		o.Version = "30.2.1"
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}
