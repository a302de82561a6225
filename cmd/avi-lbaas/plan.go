package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/avi-lbaas/avi-lbaas/internal/app"
	"github.com/avi-lbaas/avi-lbaas/internal/converge"
)

func newPlanCommand() *cobra.Command {
	var source configSource
	var asJSON, verbose bool
	cmd := &cobra.Command{
		Use:   "plan LOADBALANCER",
		Short: "Show what the next convergence of a load balancer would do",
		Long: `Reads the objects of a load balancer, given by its id, at the Controller and shows
what the next convergence would create, change (each field with its value there and
the wanted one) and delete. What someone else has changed at the Controller is shown
apart: it stays until LBaaS changes that object, or until a resync. Secrets are
masked. Nothing is written, neither at the Controller nor in the database.`,
		Example: "  avi-lbaas plan --config-file /etc/avi-lbaas/avi-lbaas.conf 1c5f0a9e-4e6b-4a59-9d35-1f3e6b2f0c11",
		Args:    arguments(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := source.load()
			if err != nil {
				return err
			}
			return withTools(cmd, cfg, verbose, app.RefuseAbsent, func(ctx context.Context, t *app.Tools) error {
				found, err := t.Plan(ctx, args[0])
				if err != nil {
					return fmt.Errorf("plan load balancer %s: %w", args[0], err)
				}
				if asJSON {
					return writeJSON(cmd.OutOrStdout(), planDocument(found))
				}
				p := printer{out: cmd.OutOrStdout()}
				printPlan(&p, found)
				return p.err
			})
		},
	}
	source.addFlags(cmd)
	addVerbose(cmd, &verbose)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func planDocument(found app.Plan) any {
	effects := found.Effects
	if effects == nil {
		effects = []converge.Effect{}
	}
	return struct {
		ID     string            `json:"load_balancer_id"`
		Status string            `json:"provisioning_status"`
		Effect []converge.Effect `json:"effects"`
	}{found.LoadBalancer.ID, string(found.LoadBalancer.ProvisioningStatus), effects}
}

func printPlan(p *printer, found app.Plan) {
	lb := &found.LoadBalancer
	p.printf("Load balancer %s (%s) is %s.\n", lb.ID, lb.DisplayName(), lb.ProvisioningStatus)
	var due, left []converge.Effect
	for _, e := range found.Effects {
		if e.Due {
			due = append(due, e)
		} else {
			left = append(left, e)
		}
	}
	if len(due) == 0 {
		p.printf("\nThe next convergence has nothing to do.\n")
	} else {
		p.printf("\nThe next convergence will:\n")
	}
	for i := range due {
		printEffect(p, &due[i])
	}
	if len(left) == 0 {
		return
	}
	p.printf("\nChanged by others at the Controller, and left so until LBaaS changes the object or \"avi-lbaas resync\" would:\n")
	for i := range left {
		printEffect(p, &left[i])
	}
}
