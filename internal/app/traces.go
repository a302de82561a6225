package app

import (
	"context"
	"os"

	"github.com/avi-lbaas/avi-lbaas/internal/config"
	"github.com/avi-lbaas/avi-lbaas/internal/tracing"
)

// newTraces gives nil where traces have nowhere to go.
func newTraces(ctx context.Context, cfg *config.Config) (*tracing.Provider, error) {
	c := tracing.Config{
		Endpoint: cfg.Tracing.Endpoint, ServiceName: cfg.Tracing.ServiceName, Host: cfg.Default.Host, Ratio: cfg.Tracing.Ratio,
	}
	if !c.Enabled(os.Getenv) {
		return nil, nil
	}
	return tracing.NewProvider(ctx, c)
}
