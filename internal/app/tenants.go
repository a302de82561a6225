package app

import (
	"fmt"
	"slices"

	"github.com/avi-lbaas/avi-lbaas/internal/config"
	"github.com/avi-lbaas/avi-lbaas/internal/worker"
)

// connectProjects gives Keystone as the teller of projects' names, for tenants that we create; nil when none is created, or there
// is no Keystone.
func (p *parts) connectProjects(cfg *config.Config) (worker.Projects, error) {
	creates := slices.ContainsFunc(cfg.Providers, func(p config.Provider) bool { return p.CreateTenants })
	if !creates || cfg.ServiceAuth.URL == "" {
		return nil, nil
	}
	session, err := p.session(cfg.ServiceAuth)
	if err != nil {
		return nil, fmt.Errorf("[service_auth]: %w", err)
	}
	return session, nil
}
