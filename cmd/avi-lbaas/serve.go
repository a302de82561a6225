package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/avi-lbaas/avi-lbaas/internal/app"
	"github.com/avi-lbaas/avi-lbaas/internal/config"
	"github.com/avi-lbaas/avi-lbaas/internal/systemd"
)

// gcPercent is how much the heap may grow, in percent of what is in use, before it is collected: less than Go's default, as the service
// has to fit beside others on a controller node (docs/benchmarks.md). GOGC wins over it.
const gcPercent = 40

func newServeCommand() *cobra.Command {
	var source configSource
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the API and do its work at the Controller",
		Long: `Serves the Load Balancing v2 API, makes the Controller's objects be what users asked
for, and brings statuses and counters back, until SIGINT or SIGTERM. Then requests
under way get their answer and work under way finishes, for at most half a minute;
what is left is in the database and goes on at the next start. A second signal ends
the process at once, which does no harm either.

SIGHUP has it read its configuration again, and so has a change of one of its files:
certificates, rate limits and the log level change without a restart, and without a
connection being dropped.

Logs go to standard error: text, or JSON lines with log_json = true. Neither the
Controller nor the identity and network services need be up at the start.`,
		Example: `  avi-lbaas serve
  avi-lbaas serve --config-file /etc/neutron/neutron.conf --config-file /etc/avi-lbaas/avi-lbaas.conf`,
		Args: arguments(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := source.load()
			if err != nil {
				return err
			}
			if os.Getenv("GOGC") == "" {
				debug.SetGCPercent(gcPercent)
			}
			level := &slog.LevelVar{}
			logger := newLogger(cmd.ErrOrStderr(), logFormat{debug: cfg.Default.Debug, json: cfg.Default.LogJSON, level: level})
			service, err := app.New(cmd.Context(), cfg, logger)
			if err != nil {
				return fmt.Errorf("start the service: %w", err)
			}
			service.OnReload("log level", func(_ context.Context, next *config.Config) error {
				level.Set(levelFor(next.Default.Debug))
				return nil
			})
			s := server{app: service, source: source, logger: logger, manager: systemd.New(os.Getenv)}
			return s.run(cmd.Context())
		},
	}
	source.addFlags(cmd)
	return cmd
}
