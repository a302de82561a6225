package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/config"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// StoreOptions says where a store is.
func StoreOptions(d config.Database) store.Options {
	if d.Dialect == config.SQLite {
		return store.Options{Path: d.Path}
	}
	s := d.Server
	var hosts []store.Host
	for _, h := range s.Hosts {
		hosts = append(hosts, store.Host(h))
	}
	return store.Options{Server: &store.Server{
		Dialect: store.Dialect(d.Dialect), Hosts: hosts, Socket: s.Socket,
		User: s.User, Password: s.Password.Reveal(), Database: s.Name,
		CAFile: s.CAFile, CertFile: s.CertFile, KeyFile: s.KeyFile, AnyName: s.AnyName, SSLMode: s.SSLMode,
		Kept: d.MaxPoolSize, Overflow: d.MaxOverflow, Recycle: d.Recycle, SyncWait: d.SyncWait,
	}}
}

// OpenStore opens the database with a schema that this program works with. It waits for a server that does not answer yet, as long
// as the configuration says.
func OpenStore(ctx context.Context, d config.Database, logger *slog.Logger) (*store.Store, error) {
	return openStore(ctx, d, StoreOptions(d), logger)
}

// openStore is OpenStore with what else the store is to know of the configuration.
func openStore(ctx context.Context, d config.Database, o store.Options, logger *slog.Logger) (*store.Store, error) {
	o.Schema = store.RequireSchema
	if d.UpgradesItself() {
		o.Schema = store.UpgradeSchema
	}
	for try := 0; ; try++ {
		s, err := store.Open(ctx, o)
		if !errors.Is(err, lbaas.KindUnavailable) || try == d.MaxRetries {
			if err != nil {
				err = fmt.Errorf("database %s: %w", d, err)
			}
			return s, err
		}
		logger.WarnContext(ctx, "the database does not answer", "database", d.String(), "error", err,
			"next_attempt_in", d.RetryInterval.String())
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("database %s: %w", d, err)
		case <-time.After(d.RetryInterval):
		}
	}
}
