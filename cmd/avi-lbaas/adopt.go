package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/avi-lbaas/avi-lbaas/internal/adopt"
	"github.com/avi-lbaas/avi-lbaas/internal/app"
	"github.com/avi-lbaas/avi-lbaas/internal/config"
)

// adoptFlags are what the command line says.
type adoptFlags struct {
	source                       configSource
	url, dir, dump               string
	providers                    []string
	plan, apply, asJSON, verbose bool
}

func newAdoptCommand() *cobra.Command {
	var f adoptFlags
	cmd := &cobra.Command{
		Use:   "adopt",
		Short: "Take load balancers over from neutron-lbaas or Octavia",
		Long: `Reads the load balancers of a cloud, finds their objects at the Controller by the uuids
that the Python driver gave them, and shows what the first convergence would change
there: for objects that the Python driver wrote and nobody touched, nothing but the
documented deviations. That is --plan, the default, and writes nothing. --apply puts
them into the database with their ids; a service that runs on it then compares every
object with the Controller and changes what the plan showed. Nothing is created anew,
and no virtual service goes down. Load balancers that are in the database already are
skipped, so it can be run again.

A load balancer with something that this version cannot carry out is left out as a
whole, with the reason.

The source is one of:
  --source-url   the address of neutron-server (with neutron-lbaas) or of Octavia's API.
                 It logs in as the OS_* variables of the environment say (OS_TOKEN for
                 a token at hand), or else as [service_auth] does. The user has to see
                 all projects' load balancers.
  --source-dump  a dump of neutron-lbaas' tables in one file:

    mysqldump --xml neutron ` + strings.Join(adopt.Tables()[:3], " ") + ` \
      ` + strings.Join(adopt.Tables()[3:6], " ") + ` \
      ` + strings.Join(append(adopt.Tables()[6:], adopt.RulesTable, adopt.ProvidersTable), " ") + ` > dump.xml

  --source-dir   a directory with such a dump, each table a file <table>.tsv as
                 mysql --batch neutron -e "SELECT * FROM <table>" writes it

Stop the source's own changes first (its API, or its driver): what is changed there
after the dump is not seen. Ends with 0, with 3 when load balancers were left out, with
1 when something is wrong.`,
		Example: `  avi-lbaas adopt --source-dump dump.xml
  avi-lbaas adopt --source-url http://controller:9696 --provider avi_old=avi_adc
  avi-lbaas adopt --source-dump dump.xml --apply`,
		Args: arguments(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	f.source.addFlags(cmd)
	addVerbose(cmd, &f.verbose)
	flags := cmd.Flags()
	flags.StringVar(&f.url, "source-url", "", "`URL` of the LBaaS v2 API to read")
	flags.StringVar(&f.dump, "source-dump", "", "`file` with the dump to read, as mysqldump --xml writes it")
	flags.StringVar(&f.dir, "source-dir", "", "`directory` with the dump to read")
	flags.StringArrayVar(&f.providers, "provider", nil,
		"take over the source's provider, as `theirs[=ours]`, and no other; may be given several times (default: those of one name)")
	flags.BoolVar(&f.plan, "plan", false, "show what would change and write nothing (the default)")
	flags.BoolVar(&f.apply, "apply", false, "take the load balancers over")
	flags.BoolVar(&f.asJSON, "json", false, "print JSON")
	return cmd
}

func (f *adoptFlags) run(cmd *cobra.Command) error {
	given := slices.DeleteFunc([]string{f.url, f.dir, f.dump}, func(s string) bool { return s == "" })
	if len(given) != 1 {
		return usagef("give one of --source-url, --source-dump and --source-dir")
	}
	if f.plan && f.apply {
		return usagef("give --plan or --apply, not both")
	}
	cfg, err := f.source.load()
	if err != nil {
		return err
	}
	export, err := f.read(cmd, cfg)
	if err != nil {
		return err
	}
	absent := app.PretendAbsent
	if f.apply {
		absent = app.CreateAbsent
	}
	return withTools(cmd, cfg, f.verbose, absent, func(ctx context.Context, t *app.Tools) error {
		providers := map[string]string{}
		for _, text := range f.providers {
			theirs, ours, _ := strings.Cut(text, "=")
			if ours == "" {
				ours = theirs
			}
			providers[theirs] = ours
		}
		adopter, err := t.Adopter(cfg, providers)
		if err != nil {
			return err
		}
		results, err := adopter.Plan(ctx, export)
		if err != nil {
			return fmt.Errorf("plan the adoption: %w", err)
		}
		var failure error
		if f.apply {
			_, failure = adopter.Apply(ctx, results)
		}
		return errors.Join(failure, f.report(cmd, results, failure))
	})
}

func (f *adoptFlags) read(cmd *cobra.Command, cfg *config.Config) (adopt.Export, error) {
	if f.dir != "" {
		return adopt.ReadDump(os.DirFS(f.dir))
	}
	if f.dump != "" {
		file, err := os.Open(f.dump)
		if err != nil {
			return adopt.Export{}, fmt.Errorf("read the dump: %w", err)
		}
		defer func() { _ = file.Close() }() // nothing was written
		return adopt.ReadXMLDump(file)
	}
	session, closeIt, err := app.EnvironmentSession(cfg, os.Getenv, toolLogger(cmd, f.verbose))
	if err != nil {
		return adopt.Export{}, err
	}
	defer closeIt()
	api := adopt.API{URL: f.url, Session: session}
	return api.Read(cmd.Context())
}

// report prints what came of each load balancer; its error is the exit code.
func (f *adoptFlags) report(cmd *cobra.Command, results []adopt.Result, failure error) error {
	counts := map[adopt.Verdict]int{}
	for i := range results {
		counts[results[i].Verdict]++
	}
	if f.asJSON {
		if results == nil {
			results = []adopt.Result{}
		}
		if err := writeJSON(cmd.OutOrStdout(), results); err != nil {
			return err
		}
	} else {
		p := printer{out: cmd.OutOrStdout()}
		for i := range results {
			printAdoption(&p, &results[i])
		}
		p.printf("%d load balancers: %d taken over, %d here already, %d left out.\n", len(results), counts[adopt.TakenOver],
			counts[adopt.Here], counts[adopt.LeftOut])
		if !f.apply {
			p.printf("This was the plan, and nothing was written: run it again with --apply.\n")
		}
		if p.err != nil {
			return p.err
		}
	}
	if counts[adopt.LeftOut] > 0 && failure == nil {
		return &outcome{code: exitFound}
	}
	return nil
}

func printAdoption(p *printer, r *adopt.Result) {
	p.printf("Load balancer %s (%s), project %s, provider %s: %s", r.ID, r.Name, r.ProjectID, r.Provider, r.Verdict)
	if r.Verdict == adopt.TakenOver {
		p.printf(", %d objects found", r.Found)
		if len(r.Effects) == 0 {
			p.printf(", nothing changes")
		}
	}
	p.printf("\n")
	for _, reason := range r.Reasons {
		p.printf("  because: %s\n", reason)
	}
	for _, note := range r.Notes {
		p.printf("  note: %s\n", note)
	}
	for i := range r.Effects {
		printEffect(p, &r.Effects[i])
	}
}
