package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim"
	"github.com/avi-lbaas/avi-lbaas/internal/avisim/engine"
)

// simulatorFlags are the simulator's options as the command line has them.
type simulatorFlags struct {
	listen, user, password, passwordFile string
	version, stateFile, caFile           string
	tenants                              []string
	autoTenants, noEngine, verbose       bool
	neutronURL                           string
	knobs                                []string
	knobsFile                            string
}

func newSimulatorCommand() *cobra.Command {
	f := simulatorFlags{}
	cmd := &cobra.Command{
		Use:   "simulator",
		Short: "Run a stand-in for the Avi Controller",
		Long: `Runs a simulated Avi Controller over HTTPS, with a certificate of its own, for trials
and tests. It refuses what a real Controller is known to refuse. Its service engine
balances real traffic, on loopback addresses only.

It is a stand-in: not Avi's software, not for production, and its default password,
"avi-simulator", is no secret.

Without a session, GET /sim/requests shows the requests that it got and
GET /sim/objects what it holds; POST /sim/faults and POST /sim/knobs change how it
behaves while it runs.

Knobs choose among behaviours, for --knob and as members of --knobs-file's object:

` + describeKnobs(),
		Example: `  avi-lbaas simulator --ca-file controller-ca.pem
  avi-lbaas simulator --version 22.1.6 --state-file controller.json
  avi-lbaas simulator --knob rate_limit=50 --knob read_lag=200ms --no-engine`,
		Args: arguments(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.listen, "listen", "127.0.0.1:9443", "`address` to listen on; port 0 picks a free one")
	flags.StringVar(&f.user, "user", "admin", "the `user` that may log in")
	flags.StringVar(&f.password, "password", "avi-simulator", "that user's `password`; not a secret unless you make it one")
	flags.StringVar(&f.passwordFile, "password-file", "", "`file` that holds the password, instead of --password")
	flags.StringVar(&f.version, "version", "30.2.1", "the `release` to be; 30.2.1 at most")
	flags.StringVar(&f.stateFile, "state-file", "", "`file` that keeps the objects over restarts (default: none)")
	flags.StringVar(&f.caFile, "ca-file", "", "`file` to write the certificate to that clients must trust, as PEM")
	flags.StringArrayVar(&f.tenants, "tenant", nil, "a tenant that there is, as `uuid=name`; may be given several times")
	flags.BoolVar(&f.autoTenants, "auto-tenants", true, "make the tenant of an OpenStack project when it is first named")
	flags.BoolVar(&f.noEngine, "no-engine", false, "no traffic: everything that is enabled is up")
	flags.StringVar(&f.neutronURL, "neutron-url", "",
		"`URL` of a Neutron on a loopback address, in which the service engine has ports; it logs in as the OS_* variables say")
	flags.StringArrayVar(&f.knobs, "knob", nil, "a knob, as `name=value`; may be given several times")
	flags.StringVar(&f.knobsFile, "knobs-file", "", "`file` with knobs, a JSON object; --knob wins over it")
	flags.BoolVar(&f.verbose, "verbose", false, "log at debug level")
	return cmd
}

// run serves until the command's context ends.
func (f *simulatorFlags) run(cmd *cobra.Command) (err error) {
	ctx := cmd.Context()
	if f.passwordFile != "" && cmd.Flags().Changed("password") {
		return usagef("give --password or --password-file, not both")
	}
	o, err := f.options()
	if err != nil {
		return err
	}
	o.Logger = newLogger(cmd.ErrOrStderr(), logFormat{debug: f.verbose})
	traffic := "balances real traffic on loopback addresses"
	if f.noEngine {
		traffic = "carries no traffic"
	} else {
		e := engine.New(engine.Options{Logger: o.Logger.With("component", "engine")})
		defer func() { err = errors.Join(err, e.Close()) }()
		o.Engine = e
	}
	if f.neutronURL != "" {
		source, closeIt, err := engineTokens(o.Logger)
		if err != nil {
			return err
		}
		defer closeIt()
		o.Neutron = &avisim.Neutron{Endpoint: f.neutronURL, Token: source}
	}
	s, err := avisim.New(o)
	if err != nil {
		return err
	}
	if f.caFile != "" {
		if err := os.WriteFile(f.caFile, s.CAPEM(), 0o644); err != nil { //nolint:gosec // a certificate is for everyone
			return fmt.Errorf("write the certificate authority: %w", err)
		}
	}
	if err := s.Start(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	p := printer{out: cmd.OutOrStdout()}
	p.printf("Simulated Avi Controller %s at %s, user %s. It is a stand-in, and %s.\n", f.version, s.URL(), f.user, traffic)
	if p.err != nil {
		return p.err
	}
	<-ctx.Done()
	return nil
}

func (f *simulatorFlags) options() (avisim.Options, error) {
	o := avisim.Options{
		Listen: f.listen, User: f.user, Password: f.password, Version: f.version, StateFile: f.stateFile,
		AutoTenants: f.autoTenants,
	}
	if f.passwordFile != "" {
		content, err := os.ReadFile(f.passwordFile)
		if err != nil {
			return o, fmt.Errorf("read the password: %w", err)
		}
		o.Password = string(bytes.TrimRight(content, "\r\n"))
	}
	if o.Password == "" {
		return o, usagef("the password is empty")
	}
	for _, text := range f.tenants {
		id, name, ok := strings.Cut(text, "=")
		if !ok || id == "" || name == "" {
			return o, usagef("tenant %q is not of the form uuid=name", text)
		}
		o.Tenants = append(o.Tenants, avisim.Tenant{UUID: id, Name: name})
	}
	var fromFile []byte
	if f.knobsFile != "" {
		var err error
		if fromFile, err = os.ReadFile(f.knobsFile); err != nil {
			return o, fmt.Errorf("read the knobs: %w", err)
		}
	}
	var err error
	o.Knobs, err = parseKnobs(fromFile, f.knobs)
	return o, err
}
