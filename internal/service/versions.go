package service

import (
	"context"
	"errors"
	"strings"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// The API versions of the Controller that have what older ones lack (schema: "since").
const (
	sinceSCTP          = "22.1.3" // PROTOCOL_TYPE_SCTP_PROXY, HealthMonitorSctp and System-SCTP-Proxy
	sinceRedirectQuery = "21.1.1" // HTTPRedirectAction.add_string
	sinceMask          = "18.2.7" // IPPersistenceProfile.ip_mask
	sinceHTTP2         = "20.1.1" // Service.enable_http2
)

// needs refuses what the Controller's API version lacks. The load balancer is looked up for its provider; that it is there and may
// be changed is for the change itself to find out; where loadBalancer names none, nothing is needed. It asks the Controller, so that
// it must not be called within a transaction.
func (s *Service) needs(ctx context.Context, version, what string, loadBalancer func(*store.Tx) (id string, err error)) error {
	if s.speaks == nil {
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
	return s.providerNeeds(ctx, provider, version, what)
}

// providerNeeds is needs where the provider is known.
func (s *Service) providerNeeds(ctx context.Context, provider, version, what string) error {
	if s.speaks == nil {
		return nil
	}
	spoken, err := s.speaks(ctx, provider, version)
	if err != nil {
		return &lbaas.Error{
			Kind: lbaas.KindUnavailable, Message: "The Controller cannot be asked now whether it supports " + what + ".", Err: err,
		}
	}
	if !spoken {
		return lbaas.Unsupportedf(provider, "%s before Avi's API version %s", what, version)
	}
	return nil
}

func (s *Service) listenerNeeds(ctx context.Context, l *lbaas.Listener) error {
	loadBalancer := func(*store.Tx) (string, error) { return l.LoadBalancerID, nil }
	switch {
	case l.Protocol == lbaas.ListenerSCTP:
		return s.needs(ctx, sinceSCTP, "a listener with protocol SCTP", loadBalancer)
	case l.OffersHTTP2():
		return s.needs(ctx, sinceHTTP2, "h2 in alpn_protocols of a listener", loadBalancer)
	}
	return nil
}

// listenerUpdateNeeds looks at what a request newly names.
func (s *Service) listenerUpdateNeeds(ctx context.Context, id string, in lbaas.ListenerInput) error {
	if len(in.ALPNProtocols.Or(nil)) == 0 {
		return nil
	}
	return s.needs(ctx, sinceHTTP2, "h2 in alpn_protocols of a listener", func(tx *store.Tx) (string, error) {
		l, err := tx.Listener(id)
		if err != nil {
			return "", err
		}
		if l.TLS.ALPN = in.ALPNProtocols.Value; !l.OffersHTTP2() {
			return "", nil
		}
		return l.LoadBalancerID, nil
	})
}

func (s *Service) poolNeeds(ctx context.Context, p *lbaas.Pool, listenerID string) error {
	for _, n := range poolNeedsOf(p) {
		err := s.needs(ctx, n.version, n.what, func(tx *store.Tx) (string, error) {
			if p.LoadBalancerID != "" {
				return p.LoadBalancerID, nil
			}
			l, err := tx.Listener(listenerID)
			return l.LoadBalancerID, err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// maskNeeds looks at the persistence that a change gives a pool.
func (s *Service) maskNeeds(ctx context.Context, id string, in lbaas.PoolInput) error {
	if in.Persistence.Or(lbaas.PersistenceInput{}).Granularity.Or("") == "" {
		return nil
	}
	return s.needs(ctx, sinceMask, "persistence_granularity of a pool's session_persistence", func(tx *store.Tx) (string, error) {
		p, err := tx.Pool(id)
		return p.LoadBalancerID, err
	})
}

func (s *Service) monitorNeeds(ctx context.Context, h *lbaas.HealthMonitor) error {
	if h.Type != lbaas.MonitorSCTP {
		return nil
	}
	return s.needs(ctx, sinceSCTP, "a health monitor of type SCTP", func(tx *store.Tx) (string, error) {
		p, err := tx.Pool(h.PoolID)
		return p.LoadBalancerID, err
	})
}

// redirectNeeds looks at the URL of a request for an L7 policy.
func (s *Service) redirectNeeds(
	ctx context.Context, in lbaas.L7PolicyInput, loadBalancer func(*store.Tx) (string, error),
) error {
	if !strings.Contains(in.RedirectURL.Or(""), "?") {
		return nil
	}
	return s.needs(ctx, sinceRedirectQuery, "a query (?…) in redirect_url of an L7 policy", loadBalancer)
}
