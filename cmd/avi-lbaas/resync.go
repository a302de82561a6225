package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/avi-lbaas/avi-lbaas/internal/config"
)

func newResyncCommand() *cobra.Command {
	var source configSource
	cmd := &cobra.Command{
		Use:   "resync LOADBALANCER...",
		Short: "Have load balancers compared with the Controller in full",
		Long: `Marks load balancers, given by their ids, for a full look: the service reads every
object of theirs at the Controller and mends what differs, as if it knew nothing of
them. It is for objects that were changed or deleted at the Controller by hand, and
for load balancers in ERROR whose cause has been mended.

It writes to the database only; a service that runs on the same database begins
within about a second, another one at its start. Until then and while it works, the
load balancers are PENDING_UPDATE. Run it as the user that the service runs as, with
the same configuration. A load balancer that is PENDING already is being worked on
and is refused; the others are marked all the same.`,
		Example: "  avi-lbaas resync --config-file /etc/avi-lbaas/avi-lbaas.conf 1c5f0a9e-4e6b-4a59-9d35-1f3e6b2f0c11",
		Args:    arguments(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, ids []string) error {
			cfg, err := source.load()
			if err != nil {
				return err
			}
			p := printer{out: cmd.OutOrStdout()}
			return errors.Join(resync(cmd.Context(), cfg.Database, ids, &p), p.err)
		},
	}
	source.addFlags(cmd)
	return cmd
}

// resync marks each load balancer that can be marked; its error joins what was wrong with the others.
func resync(ctx context.Context, database config.Database, ids []string, p *printer) (err error) {
	s, err := openStore(ctx, database)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	var errs []error
	for _, id := range ids {
		if failure := s.Resync(ctx, id); failure != nil {
			errs = append(errs, fmt.Errorf("resync load balancer %s: %w", id, failure))
			continue
		}
		p.printf("Load balancer %s will be compared with the Controller in full.\n", id)
	}
	return errors.Join(errs...)
}
