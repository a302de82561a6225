package main

import (
	"context"
	"errors"
	"fmt"
	"path"

	"github.com/spf13/cobra"

	"github.com/avi-lbaas/avi-lbaas/internal/app"
	"github.com/avi-lbaas/avi-lbaas/internal/config"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

func newDatabaseCommand() *cobra.Command {
	return group(
		&cobra.Command{
			Use:   "db",
			Short: "Look at the database's schema, or bring it up to date",
			Long: `The database's schema has a version. Each program works with its own version and with
the newer ones that only add to it, never with an older one: so upgrade the schema
first, then the replicas one by one. A schema is not taken back; keep a backup.`,
			Example: `  avi-lbaas db check
  avi-lbaas db upgrade --config-file /etc/avi-lbaas/avi-lbaas.conf`,
		},
		newDatabaseUpgradeCommand(), newDatabaseVersionCommand(), newDatabaseCheckCommand(),
	)
}

func newDatabaseUpgradeCommand() *cobra.Command {
	return databaseCommand(&cobra.Command{
		Use:   "upgrade",
		Short: "Bring the schema up to date",
		Long: `Brings the schema up to date; does nothing when it is. An SQLite file is made when it is
not there; a database at a server has to be there, with a user who may make tables
in it. It may be run at several hosts at a time, and while a service runs. It refuses a
database that has tables of another program, such as Neutron's or Octavia's, and one
that a newer version of this program has upgraded.`,
		Example: "  avi-lbaas db upgrade --config-file /etc/avi-lbaas/avi-lbaas.conf",
	}, func(ctx context.Context, d config.Database, s *store.Store, p *printer) error {
		done, err := s.Upgrade(ctx)
		for _, name := range done {
			p.printf("Applied %s.\n", path.Base(name))
		}
		if err != nil {
			return fmt.Errorf("database %s: %w", d, err)
		}
		version, newest, err := s.SchemaVersion(ctx)
		if err != nil {
			return fmt.Errorf("database %s: %w", d, err)
		}
		if version > newest {
			return fmt.Errorf("the database has schema version %d, and this program knows nothing after %d: "+
				"upgrade it with the program that is to run on it; \"avi-lbaas db check\" says whether this one can", version, newest)
		}
		p.printf("The schema has version %d.\n", version)
		return nil
	})
}

func newDatabaseVersionCommand() *cobra.Command {
	return databaseCommand(&cobra.Command{
		Use:     "version",
		Short:   "Show the schema's version and this program's",
		Long:    "Shows the version of the database's schema (0: it has none) and the newest that this\nprogram knows. Changes nothing.",
		Example: "  avi-lbaas db version",
	}, func(ctx context.Context, d config.Database, s *store.Store, p *printer) error {
		version, newest, err := s.SchemaVersion(ctx)
		if err == nil {
			p.printf("database %s: version %d\nthis program: version %d\n", d, version, newest)
		}
		return err
	})
}

func newDatabaseCheckCommand() *cobra.Command {
	return databaseCommand(&cobra.Command{
		Use:     "check",
		Short:   "Say whether this program can work with the database",
		Long:    "Ends with 0 when \"avi-lbaas serve\" would start on this database, else with 1 and the\nreason. Changes nothing.",
		Example: "  avi-lbaas db check",
	}, func(ctx context.Context, d config.Database, s *store.Store, p *printer) error {
		err := s.CheckSchema(ctx)
		if wrong, ok := errors.AsType[*store.SchemaError](err); ok && wrong.Version < wrong.Wanted && d.UpgradesItself() {
			p.printf("The schema of database %s is older than the program; the service brings it up to date at its start.\n", d)
			return nil
		}
		if err != nil {
			return fmt.Errorf("database %s: %w", d, err)
		}
		p.printf("Database %s: the program can work with it.\n", d)
		return nil
	})
}

// databaseCommand is a command that needs the database and nothing else of the service, whatever the state of its schema.
func databaseCommand(cmd *cobra.Command, f func(context.Context, config.Database, *store.Store, *printer) error) *cobra.Command {
	var source configSource
	cmd.Args = arguments(cobra.NoArgs)
	cmd.RunE = func(cmd *cobra.Command, _ []string) (err error) {
		cfg, err := source.load()
		if err != nil {
			return err
		}
		if cmd.Name() != "upgrade" {
			if err := app.Present(cfg.Database); err != nil {
				return err
			}
		}
		o := app.StoreOptions(cfg.Database)
		o.Schema = store.AnySchema
		s, err := store.Open(cmd.Context(), o)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, s.Close()) }()
		p := printer{out: cmd.OutOrStdout()}
		if err := f(cmd.Context(), cfg.Database, s, &p); err != nil {
			return err
		}
		return p.err
	}
	source.addFlags(cmd)
	return cmd
}
