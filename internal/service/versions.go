package service

import (
	"context"
	"errors"
	"strings"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// need is something that Controllers before an API version lack (schema: "since").
type need struct{ version, what string }

// needsOf are the needs of a tree.
func needsOf(t *lbaas.Tree) (needs []need) {
	for i := range t.Listeners {
		needs = append(needs, listenerNeeds(&t.Listeners[i])...)
	}
	for i := range t.Pools {
		needs = append(needs, poolNeeds(&t.Pools[i])...)
	}
	for i := range t.Monitors {
		needs = append(needs, monitorNeeds(&t.Monitors[i])...)
	}
	for i := range t.L7Policies {
		needs = append(needs, redirectNeeds(t.L7Policies[i].RedirectURL)...)
	}
	return needs
}

// sinceSCTP is the version of PROTOCOL_TYPE_SCTP_PROXY, HealthMonitorSctp and System-SCTP-Proxy.
const sinceSCTP = "22.1.3"

func listenerNeeds(l *lbaas.Listener) (needs []need) {
	if l.Protocol == lbaas.ListenerSCTP {
		needs = append(needs, need{sinceSCTP, "a listener with protocol SCTP"})
	}
	if l.OffersHTTP2() {
		needs = append(needs, need{"20.1.1", "h2 in alpn_protocols of a listener"}) // Service.enable_http2
	}
	return needs
}

func poolNeeds(p *lbaas.Pool) (needs []need) {
	if p.Protocol == lbaas.PoolSCTP {
		needs = append(needs, need{sinceSCTP, "a pool with protocol SCTP"})
	}
	if p.Persistence != nil {
		needs = append(needs, maskNeeds(p.Persistence.Granularity)...)
	}
	return needs
}

func maskNeeds(granularity string) []need {
	if granularity == "" {
		return nil
	}
	return []need{{"18.2.7", "persistence_granularity of a pool's session_persistence"}} // IPPersistenceProfile.ip_mask
}

func monitorNeeds(h *lbaas.HealthMonitor) []need {
	if h.Type != lbaas.MonitorSCTP {
		return nil
	}
	return []need{{sinceSCTP, "a health monitor of type SCTP"}}
}

func redirectNeeds(url string) []need {
	if !strings.Contains(url, "?") {
		return nil
	}
	return []need{{"21.1.1", "a query (?…) in redirect_url of an L7 policy"}} // HTTPRedirectAction.add_string
}

// checkNeeds refuses what the Controller's API version lacks. The load balancer is looked up for its provider; that it is there and
// may be changed is for the change itself to find out; where loadBalancer names none, nothing is needed. It asks the Controller, so
// that it must not be called within a transaction.
func (s *Service) checkNeeds(ctx context.Context, needs []need, loadBalancer func(*store.Tx) (id string, err error)) error {
	if s.speaks == nil || len(needs) == 0 {
		return nil
	}
	var provider string
	err := s.store.Read(ctx, func(tx *store.Tx) error {
		id, err := loadBalancer(tx)
		if err != nil {
			return err
		}
		lb, err := tx.LoadBalancer(id)
		provider = lb.Provider
		return err
	})
	if errors.Is(err, lbaas.KindNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.providerNeeds(ctx, provider, needs)
}

// providerNeeds is checkNeeds where the provider is known.
func (s *Service) providerNeeds(ctx context.Context, provider string, needs []need) error {
	if s.speaks == nil {
		return nil
	}
	for _, n := range needs {
		spoken, err := s.speaks(ctx, provider, n.version)
		if err != nil {
			return &lbaas.Error{
				Kind: lbaas.KindUnavailable, Message: "The Controller cannot be asked now whether it supports " + n.what + ".", Err: err,
			}
		}
		if !spoken {
			return lbaas.Unsupportedf(provider, "%s before Avi's API version %s", n.what, n.version)
		}
	}
	return nil
}

// The load balancers of what needs are checked for.

func ofListener(id string) func(*store.Tx) (string, error) {
	return func(tx *store.Tx) (string, error) {
		l, err := tx.Listener(id)
		return l.LoadBalancerID, err
	}
}

func ofPool(id string) func(*store.Tx) (string, error) {
	return func(tx *store.Tx) (string, error) {
		p, err := tx.Pool(id)
		return p.LoadBalancerID, err
	}
}

func ofPolicy(id string) func(*store.Tx) (string, error) {
	return func(tx *store.Tx) (string, error) {
		p, err := tx.L7Policy(id)
		return p.LoadBalancerID, err
	}
}

// itself is where the load balancer's id is known.
func itself(id string) func(*store.Tx) (string, error) {
	return func(*store.Tx) (string, error) { return id, nil }
}

// checkOfferedHTTP2 looks at the protocols that a request newly gives a listener.
func (s *Service) checkOfferedHTTP2(ctx context.Context, id string, in lbaas.ListenerInput) error {
	if s.speaks == nil || len(in.ALPNProtocols.Or(nil)) == 0 {
		return nil
	}
	var l lbaas.Listener
	err := s.store.Peek(ctx, func(tx *store.Tx) (err error) {
		l, err = tx.Listener(id)
		return err
	})
	if errors.Is(err, lbaas.KindNotFound) {
		return nil // as in checkNeeds
	}
	if err != nil {
		return err
	}
	if l.TLS.ALPN = in.ALPNProtocols.Value; !l.OffersHTTP2() {
		return nil
	}
	return s.checkNeeds(ctx, listenerNeeds(&l), itself(l.LoadBalancerID))
}
