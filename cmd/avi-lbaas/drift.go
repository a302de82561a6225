package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/avi-lbaas/avi-lbaas/internal/app"
	"github.com/avi-lbaas/avi-lbaas/internal/audit"
)

func newDriftCommand() *cobra.Command {
	var source configSource
	var scope audit.Scope
	var asJSON, verbose bool
	cmd := &cobra.Command{
		Use:   "drift [LOADBALANCER...]",
		Short: "Compare load balancers with the Controllers and report what differs",
		Long: `Compares the objects of all load balancers, or of those given by their ids, with those
that the Controllers hold, in pages of 200 objects rather than object by object, and
reports:

  changed   fields that LBaaS exposes have other values than LBaaS wants
  missing   an object is not there
  unwanted  an object was made for a load balancer that does not want it any more
  orphan    an object bears our mark and no load balancer of this database has it
            (looked for only when no load balancer is named)

Fields that LBaaS does not expose are nobody's business and never reported. Load
balancers that are being worked on are left out and named. Nothing is written: the
next LBaaS update of an object, "avi-lbaas resync", or drift_policy = enforce in the
provider's section puts fields back. Orphans are never deleted by themselves: another
installation on the same Controller may have them.

Ends with 0 when nothing differs, 3 when something does, 1 when not all could be read.`,
		Example: `  avi-lbaas drift --config-file /etc/avi-lbaas/avi-lbaas.conf
  avi-lbaas drift --json 1c5f0a9e-4e6b-4a59-9d35-1f3e6b2f0c11`,
		RunE: func(cmd *cobra.Command, ids []string) error {
			cfg, err := source.load()
			if err != nil {
				return err
			}
			if scope.Provider != "" {
				provider, known := cfg.Provider(scope.Provider)
				if !known {
					return usagef("the configuration has no provider %q", scope.Provider)
				}
				scope.Provider = provider.Name
			}
			scope.LoadBalancers = ids
			return withTools(cmd, cfg, verbose, app.RefuseAbsent, func(ctx context.Context, t *app.Tools) error {
				report, err := t.Audit(ctx, scope)
				if asJSON {
					if report.Findings == nil {
						report.Findings = []audit.Finding{}
					}
					err = errors.Join(err, writeJSON(cmd.OutOrStdout(), report))
				} else {
					p := printer{out: cmd.OutOrStdout()}
					printReport(&p, report)
					err = errors.Join(err, p.err)
				}
				if err == nil && len(report.Findings) > 0 {
					return &outcome{code: exitFound}
				}
				return err
			})
		},
	}
	source.addFlags(cmd)
	addVerbose(cmd, &verbose)
	cmd.Flags().StringVar(&scope.Provider, "provider", "", "only the load balancers of this `provider`")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func printReport(p *printer, report audit.Report) {
	owner := ""
	for i := range report.Findings {
		f := &report.Findings[i]
		if of := ownerOf(f); of != owner || i == 0 {
			owner = of
			p.printf("%s, provider %s\n", owner, f.Provider)
		}
		p.printf("  %s %s %s %q\n", f.Kind, f.Type, f.UUID, f.Name)
		printFields(p, f.Fields, false)
	}
	for _, id := range report.Busy {
		p.printf("Load balancer %s is being worked on: not compared.\n", id)
	}
	p.printf("%d load balancers compared, %d objects differ.\n", report.Compared, len(report.Findings))
}

func ownerOf(f *audit.Finding) string {
	switch {
	case f.Kind != audit.Orphan:
		return "Load balancer " + f.LoadBalancerID
	case f.LoadBalancerID != "":
		return "No load balancer any more (was " + f.LoadBalancerID + ")"
	}
	return "No load balancer"
}
