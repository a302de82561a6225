package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/avi-lbaas/avi-lbaas/internal/app"
	"github.com/avi-lbaas/avi-lbaas/internal/config"
	"github.com/avi-lbaas/avi-lbaas/internal/policy"
	"github.com/avi-lbaas/avi-lbaas/internal/policy/files"
)

func newPolicyCommand() *cobra.Command {
	return group(
		&cobra.Command{
			Use:   "policy",
			Short: "Check policy files, or read about the rules",
			Long: `Who may do what is decided by rules in the language of OpenStack's services
(oslo.policy). Without policy files they are Octavia's.`,
			Example: `  avi-lbaas policy sample > /etc/avi-lbaas/policy.yaml
  avi-lbaas policy check`,
		},
		newPolicyCheckCommand(), newPolicySampleCommand(),
	)
}

func newPolicySampleCommand() *cobra.Command {
	var roles string
	sets := []string{string(config.RolesLoadBalancer), string(config.RolesKeystone), string(config.RolesBoth)}
	cmd := &cobra.Command{
		Use:   "sample",
		Short: "Print a policy file in which every rule is commented out",
		Long: `Prints a policy file with every rule, commented out, as it is without a file, and
what it is the rule of above it. Take out the comment signs of what you change.`,
		Example: "  avi-lbaas policy sample > /etc/avi-lbaas/policy.yaml",
		Args:    arguments(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !slices.Contains(sets, roles) {
				return usagef("--default-roles is %s", strings.Join(sets, ", "))
			}
			return policy.WriteSample(cmd.OutOrStdout(), app.RoleSet(config.DefaultRoles(roles)))
		},
	}
	cmd.Flags().StringVar(&roles, "default-roles", sets[0], "the rules as [oslo_policy] default_roles with this `set` makes them: "+strings.Join(sets, ", "))
	return cmd
}

// somebody is who the command line asks about.
type somebody struct {
	access, target, rule string
	roles                []string
	policy.Credentials
}

func newPolicyCheckCommand() *cobra.Command {
	var source configSource
	var who somebody
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Check policy files, and what they let somebody do",
		Long: `Reads the policy files of the configuration as "serve" would and reports everything
that is wrong with them, with file, line and rule. Nothing is contacted or changed.

With --roles or --access it also says of every API call whether somebody may do it,
to an object of --target-project (without it, of somebody's own project), like
oslopolicy-checker. With --rule it says so of one rule, and where it may not be done,
which roles would do, and ends with 3.`,
		Example: `  avi-lbaas policy check
  avi-lbaas policy check --roles member,reader --project 4f2a --target-project 77c1
  avi-lbaas policy check --access token.json --rule os_load-balancer_api:quota:put`,
		Args: arguments(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return checkPolicy(cmd, &source, &who) },
	}
	source.addFlags(cmd)
	flags := cmd.Flags()
	flags.StringVar(&who.rule, "rule", "", "only this rule")
	flags.StringSliceVar(&who.roles, "roles", nil, "`roles` of the somebody, with commas")
	flags.StringVar(&who.ProjectID, "project", "", "`id` of the project of the somebody's token")
	flags.StringVar(&who.UserID, "user", "", "the somebody's user `id`")
	flags.StringVar(&who.DomainID, "domain", "", "`id` of the domain that the token is for")
	flags.StringVar(&who.SystemScope, "system-scope", "", `"all" for a token of the system`)
	flags.StringVar(&who.target, "target-project", "", "`id` of the project of what something is done to")
	flags.StringVar(&who.access, "access", "", "`file` with what Keystone says of a token, as JSON, instead of the other options")
	return cmd
}

func checkPolicy(cmd *cobra.Command, source *configSource, who *somebody) error {
	cfg, err := source.load()
	if err != nil {
		return err
	}
	read, err := files.Open(cmd.Context(), app.PolicyOptions(cfg.Policy, toolLogger(cmd, false)))
	if err != nil {
		return err
	}
	p := printer{out: cmd.OutOrStdout()}
	if who.access == "" && who.roles == nil {
		if who.rule != "" {
			return usagef("--rule needs --roles or --access: who is asked about")
		}
		p.printf("The policy is good.\n")
		return p.err
	}
	if err := who.complete(); err != nil {
		return err
	}
	return who.judge(&p, read.Policy())
}

// judge prints what somebody may do.
func (s *somebody) judge(p *printer, rules *policy.Policy) error {
	bearer, target := rules.Bearer(s.Credentials), policy.OfProject(s.target)
	asked := rules.Names()
	if s.rule != "" {
		if _, ok := rules.Text(s.rule); !ok {
			return usagef("there is no rule %q", s.rule)
		}
		asked = []string{s.rule}
	}
	for _, name := range asked {
		if s.rule == "" && !strings.HasPrefix(name, "os_load-balancer_api:") {
			continue // a part of other rules
		}
		verdict := "failed"
		if bearer.May(name, target) {
			verdict = "passed"
		}
		p.printf("%s: %s\n", verdict, name)
	}
	if p.err == nil && s.rule != "" && !bearer.May(s.rule, target) {
		p.printf("would do: %s\n", cmp.Or(strings.Join(bearer.Missing(s.rule, target), ", "), "no role"))
		return &outcome{exitFound}
	}
	return p.err
}

// complete takes the credentials from the options, or from a file.
func (s *somebody) complete() error {
	s.Roles = s.roles
	if s.access != "" {
		if err := s.readAccess(); err != nil {
			return fmt.Errorf("read the token's description: %w", err)
		}
	}
	if s.target == "" {
		s.target = s.ProjectID
	}
	return nil
}

func (s *somebody) readAccess() error {
	content, err := os.ReadFile(s.access)
	if err != nil {
		return err
	}
	type named struct {
		ID, Name string
		Domain   struct{ ID string }
	}
	var document struct {
		Token struct {
			User, Project, Domain named
			System                struct{ All bool }
			Roles                 []named
		}
	}
	if err := json.Unmarshal(content, &document); err != nil {
		return fmt.Errorf("%s: %w", s.access, err)
	}
	t := document.Token
	s.Credentials = policy.Credentials{
		UserID: t.User.ID, UserDomainID: t.User.Domain.ID, ProjectID: t.Project.ID, ProjectDomainID: t.Project.Domain.ID, DomainID: t.Domain.ID,
	}
	if t.System.All {
		s.SystemScope = "all"
	}
	for _, role := range t.Roles {
		s.Roles = append(s.Roles, role.Name)
	}
	return nil
}
