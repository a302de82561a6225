package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/avi-lbaas/avi-lbaas/internal/config"
)

func newStatusCommand() *cobra.Command {
	var source configSource
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show the load balancers that are not ACTIVE, and why",
		Long: `Lists the load balancers that are PENDING or in ERROR, those that wait longest first,
with the number of failed attempts, when the next one is due, and the reason in the
Controller's own words. PENDING is mended by the service itself as soon as the cause
has passed; ERROR waits for the user's next update or for "avi-lbaas resync".

It reads the database only and changes nothing.`,
		Example: "  avi-lbaas status --config-file /etc/avi-lbaas/avi-lbaas.conf",
		Args:    arguments(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := source.load()
			if err != nil {
				return err
			}
			return showStatus(cmd.Context(), cfg.Database, time.Now(), cmd.OutOrStdout())
		},
	}
	source.addFlags(cmd)
	return cmd
}

func showStatus(ctx context.Context, database config.Database, now time.Time, out io.Writer) (err error) {
	s, err := openStore(ctx, database)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	waiting, err := s.NeedAttention(ctx)
	if err != nil {
		return err
	}
	if len(waiting) == 0 {
		_, err = fmt.Fprintln(out, "Every load balancer is ACTIVE.")
		return err
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	p := printer{out: table}
	p.printf("LOAD BALANCER\tNAME\tPROJECT\tSTATUS\tFAILED ATTEMPTS\tNEXT ATTEMPT\tREASON\n")
	for _, lb := range waiting {
		p.printf("%s\t%s\t%s\t%s\t%d\t%s\t%s\n", lb.ID, lb.Name, lb.ProjectID, lb.ProvisioningStatus, lb.Attempts,
			nextAttempt(lb.Due, now), lb.StatusReason)
	}
	return errors.Join(p.err, table.Flush())
}

// nextAttempt says when the service will try again.
func nextAttempt(due, now time.Time) string {
	switch {
	case due.IsZero():
		return "-"
	case !due.After(now):
		return "now"
	}
	return "in " + due.Sub(now).Round(time.Second).String()
}
