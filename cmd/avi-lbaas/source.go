package main

import (
	"context"
	"errors"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/avi-lbaas/avi-lbaas/internal/app"
	"github.com/avi-lbaas/avi-lbaas/internal/config"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// defaultConfigFile is read when no other is named.
const defaultConfigFile = "/etc/avi-lbaas/avi-lbaas.conf"

// configSource are the flags of every command that reads the configuration.
type configSource struct{ files, dirs []string }

func (s *configSource) addFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVar(&s.files, "config-file", nil,
		"configuration `file`, may be given several times; what comes later wins (default "+defaultConfigFile+")")
	flags.StringArrayVar(&s.dirs, "config-dir", nil,
		"`directory` whose *.conf files are read after the others, in order of their names; may be given several times")
}

func (s *configSource) load() (*config.Config, error) { return config.Load(s.named(), s.dirs) }

func (s *configSource) named() []string {
	if len(s.files)+len(s.dirs) == 0 {
		return []string{defaultConfigFile}
	}
	return s.files
}

// withTools runs f with the service's parts, and closes them.
func withTools(
	cmd *cobra.Command, cfg *config.Config, verbose bool, absent app.AbsentDatabase, f func(context.Context, *app.Tools) error,
) (err error) {
	t, err := app.NewTools(cmd.Context(), cfg, toolLogger(cmd, verbose), absent)
	if err != nil {
		return err
	}
	defer func() {
		if failure := t.Close(context.WithoutCancel(cmd.Context())); failure != nil {
			err = errors.Join(err, failure)
		}
	}()
	return f(cmd.Context(), t)
}

// openStore opens the database of a service, which has to be there: opening would make one, with nothing in it.
func openStore(ctx context.Context, database config.Database) (*store.Store, error) {
	if err := app.Present(database); err != nil {
		return nil, err
	}
	database.MaxRetries = 0 // a person waits
	return app.OpenStore(ctx, database, slog.New(slog.DiscardHandler))
}
