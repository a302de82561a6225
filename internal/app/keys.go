package app

import (
	"fmt"

	"github.com/avi-lbaas/avi-lbaas/internal/barbican"
	"github.com/avi-lbaas/avi-lbaas/internal/config"
	"github.com/avi-lbaas/avi-lbaas/internal/service"
)

// keyManager is the key manager as our own user and as users see it.
type keyManager struct {
	own *barbican.Client
	as  func(token string) service.KeyViewer
}

// connectKeys gives nil when there is no key manager. It is not contacted yet.
func (p *parts) connectKeys(cfg *config.Config) (*keyManager, error) {
	if !cfg.KeysEnabled() {
		return nil, nil
	}
	session, err := p.session(cfg.ServiceAuth)
	if err != nil {
		return nil, fmt.Errorf("[service_auth]: %w", err)
	}
	c := barbican.Config{EndpointOverride: cfg.Keys.Endpoint, Region: cfg.Keys.Region, Interfaces: cfg.Keys.Interfaces}
	return &keyManager{
		own: barbican.New(c, session),
		as:  func(token string) service.KeyViewer { return barbican.New(c, session.As(token)) },
	}, nil
}
