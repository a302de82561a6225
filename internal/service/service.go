package service

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/neutron"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// NetworkReader looks at the network service with somebody's eyes. *neutron.Client implements it.
type NetworkReader interface {
	Subnet(ctx context.Context, id string) (neutron.Subnet, error)
	Network(ctx context.Context, id string) (neutron.Network, error)
	Port(ctx context.Context, id string) (neutron.Port, error)
	// CheckQoSPolicy answers neutron.ErrNotFound for a policy that there is not, neutron.ErrInvalid when ports have none.
	CheckQoSPolicy(ctx context.Context, id string) error
	CheckSecurityGroup(ctx context.Context, id string) error
}

// Network is the network service as this service's own user sees it. *neutron.Client implements it.
type Network interface {
	NetworkReader
	CreateVIPPort(ctx context.Context, want neutron.VIPPort) (neutron.Port, error)
	DeletePort(ctx context.Context, id string) error
	Flavor(ctx context.Context, id string) (neutron.Flavor, error)
	ServiceProfile(ctx context.Context, id string) (neutron.ServiceProfile, error)
}

// Service carries out LBaaS v2 operations. It is safe for concurrent use.
type Service struct {
	store     *store.Store
	network   Network
	networkAs func(token string) NetworkReader
	keys      Keys
	keysAs    func(token string) KeyViewer
	providers []Provider
	speaks    func(ctx context.Context, provider, version string) (bool, error)
	wake      func()
	disabled  Disabled
	places    map[string]Place
}

// Options of a Service.
type Options struct {
	Store *store.Store
	// Network is nil when there is no network service: then a load balancer has to bring its address.
	Network Network
	// NetworkAs gives the network service as the bearer of a token sees it: a caller may use what it can see, by Neutron's own
	// rules. It may be nil when there are no tokens.
	NetworkAs func(token string) NetworkReader
	// Keys is nil when there is no key manager: then nothing can refer to one.
	Keys Keys
	// KeysAs gives the key manager as the bearer of a token sees it; nil when there are no tokens.
	KeysAs func(token string) KeyViewer
	// Providers in order; the first is the default.
	Providers []Provider
	// Places are where the providers' objects are, by their names. One that is not in it shares nothing with others.
	Places map[string]Place
	// Speaks says whether a provider's Controller speaks an API version or a newer one; nil when all that is needed is spoken. It
	// may contact the Controller.
	Speaks func(ctx context.Context, provider, version string) (bool, error)
	// Wake is called after each accepted change, so that the worker need not wait for its next look at the queue.
	Wake func()
	// Disabled is what nobody may make here.
	Disabled Disabled
}

// New makes a Service.
func New(o Options) *Service {
	return &Service{
		store: o.Store, network: o.Network, networkAs: o.NetworkAs, keys: o.Keys, keysAs: o.KeysAs, providers: o.Providers,
		speaks: o.Speaks, wake: o.Wake, disabled: o.Disabled, places: o.Places,
	}
}

// Providers lists the configured providers, the default first.
func (s *Service) Providers() []Provider { return slices.Clone(s.providers) }

// provider finds a configured provider; KindInvalid when there is none of the name.
func (s *Service) provider(name string) (*Provider, error) {
	for i := range s.providers {
		if s.providers[i].Name == name {
			return &s.providers[i], nil
		}
	}
	return nil, &lbaas.Error{Kind: lbaas.KindInvalid, Message: "Provider '" + name + "' is not enabled."}
}

// change runs f in a transaction and wakes the worker when it was committed.
func (s *Service) change(ctx context.Context, f func(*store.Tx) error) error {
	if err := s.store.Write(ctx, f); err != nil {
		return err
	}
	s.wake()
	return nil
}

// newID is the id that the front door brings, or a new one. One that it brings has to be a UUID: the uuids of Avi objects are
// computed from it.
func newID(given string) (string, error) {
	if given == "" {
		return uuid.NewString(), nil
	}
	if _, err := uuid.Parse(given); err != nil {
		return given, lbaas.InvalidValue("id", given, "Value should be UUID format")
	}
	return given, nil
}

// begin gives a new object its id, unless it has one, and its project, statuses and time.
func begin(tx *store.Tx, r *lbaas.Resource, projectID string) (err error) {
	if r.ID, err = newID(r.ID); err != nil {
		return err
	}
	r.ProjectID = projectID
	r.ProvisioningStatus, r.OperatingStatus = lbaas.PendingCreate, lbaas.Offline
	r.CreatedAt = tx.Now()
	return nil
}

// touch marks an object as changed.
func touch(tx *store.Tx, r *lbaas.Resource) {
	r.ProvisioningStatus, r.UpdatedAt = lbaas.PendingUpdate, tx.Now()
}

// mutable refuses changes of an object that an accepted deletion has doomed; what is left to do with it is to delete it again.
func mutable(resource string, r *lbaas.Resource) error {
	if r.Doomed {
		return lbaas.Immutable(resource, r.ID)
	}
	return nil
}

// growable refuses what is to hang from an object that is not ACTIVE: as in Octavia, one in ERROR is changed or deleted first.
func growable(resource string, r *lbaas.Resource) error {
	if r.Doomed || r.ProvisioningStatus != lbaas.Active {
		return lbaas.Immutable(resource, r.ID)
	}
	return nil
}

// sooner decides what is told of a change that came while its load balancer was being worked on: as in Octavia, what is wrong
// with it at any time comes first. check applies the change to an object that nobody keeps.
func sooner(locked error, check func() error) error {
	if !errors.Is(locked, lbaas.KindImmutable) {
		return locked
	}
	if err := check(); errors.Is(err, lbaas.KindInvalid) {
		return err
	}
	return locked
}

func idsOf[T any](items []T, id func(*T) string) []string {
	ids := make([]string, len(items))
	for i := range items {
		ids[i] = id(&items[i])
	}
	return ids
}

func wrapf(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf(format+": %w", append(args, err)...)
}
