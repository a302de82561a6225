package main

import (
	"net"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/avi-lbaas/avi-lbaas/internal/config"
)

func newConfigCommand() *cobra.Command {
	return group(
		&cobra.Command{
			Use:   "config",
			Short: "Check the configuration, or read about its options",
			Long: `The configuration is INI files in the dialect of OpenStack's services (oslo.config).
A neutron.conf that the Python driver used is read as it is.`,
			Example: `  avi-lbaas config check --config-file /etc/avi-lbaas/avi-lbaas.conf
  avi-lbaas config sample > avi-lbaas.conf`,
		},
		newConfigCheckCommand(),
		&cobra.Command{
			Use:   "reference",
			Short: "Print every option with its default and meaning, as Markdown",
			Long: `Prints every option of every section, with its type, default, allowed values and
meaning, as Markdown. It comes from the same table that the files are read with.`,
			Example: "  avi-lbaas config reference > configuration.md",
			Args:    arguments(cobra.NoArgs),
			RunE:    func(cmd *cobra.Command, _ []string) error { return config.WriteReference(cmd.OutOrStdout()) },
		},
		&cobra.Command{
			Use:   "sample",
			Short: "Print a configuration file in which every option is commented out",
			Long: `Prints a configuration file with every option, commented out, at its default, and
what it means above it. Take out the comment signs of what you change.`,
			Example: "  avi-lbaas config sample > /etc/avi-lbaas/avi-lbaas.conf",
			Args:    arguments(cobra.NoArgs),
			RunE:    func(cmd *cobra.Command, _ []string) error { return config.WriteSample(cmd.OutOrStdout()) },
		},
	)
}

func newConfigCheckCommand() *cobra.Command {
	var source configSource
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Check configuration files and show what comes out of them",
		Long: `Reads the files as "serve" would and reports everything that is wrong with them, with
file and line. If nothing is, it shows what they come down to, without secrets.
Nothing is contacted and nothing is changed.`,
		Example: `  avi-lbaas config check
  avi-lbaas config check --config-file /etc/neutron/neutron.conf --config-dir /etc/avi-lbaas/conf.d`,
		Args: arguments(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := source.load()
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			p := printer{out: w}
			describeConfig(&p, cfg)
			if p.err != nil {
				return p.err
			}
			return w.Flush()
		},
	}
	source.addFlags(cmd)
	return cmd
}

// describeConfig prints what operators look for first, and never a secret.
func describeConfig(p *printer, c *config.Config) {
	p.printf("The configuration is good.\n\n")
	scheme := "http"
	if c.API.TLSEnabled() {
		scheme = "https"
	}
	p.printf("API\t%s://%s\n", scheme, c.API.ListenAddress())
	if c.API.AuthStrategy == config.AuthNone {
		p.printf("Identity service\tnone: everyone is an administrator\n")
	} else {
		p.printf("Identity service\t%s\n", c.Auth.URL)
	}
	switch {
	case !c.NetworkEnabled():
		p.printf("Network service\tnone: users give VIP addresses themselves\n")
	case c.Network.Endpoint != "":
		p.printf("Network service\t%s\n", c.Network.Endpoint)
	default:
		p.printf("Network service\tfrom the service catalog\n")
	}
	p.printf("Database\t%s\n", c.Database)
	if c.Default.MetricsListen == "" {
		p.printf("Metrics\tnot served\n")
	} else {
		p.printf("Metrics\thttp://%s/metrics\n", c.Default.MetricsListen)
	}
	for i := range c.Providers {
		describeProvider(p, c, &c.Providers[i])
	}
}

func describeProvider(p *printer, c *config.Config, provider *config.Provider) {
	p.printf("\nProvider\t%s", provider.Name)
	if provider.Name == c.DefaultProvider {
		p.printf(" (default)")
	}
	p.printf("\n  Description\t%s\n", provider.Description)
	p.printf("  Controller\thttps://%s\n", net.JoinHostPort(provider.Address, strconv.Itoa(provider.Port)))
	if others := c.SameController(provider.Name); len(others) > 0 {
		p.printf("  The same as of\t%s\n", strings.Join(others, ", "))
	}
	p.printf("  User\t%s, with a password\n", provider.User)
	switch {
	case !provider.CertVerify:
		p.printf("  Certificate\tNOT verified (cert_verify = false)\n")
	case provider.CAFile != "":
		p.printf("  Certificate\tverified with %s\n", provider.CAFile)
	default:
		p.printf("  Certificate\tverified with the system's authorities\n")
	}
	p.printf("  Cloud\t%s\n", provider.Cloud)
	if provider.APIVersion == "" {
		p.printf("  API version\tthe newest that both sides know\n")
	} else {
		p.printf("  API version\t%s\n", provider.APIVersion)
	}
	p.printf("  HTTPS listeners\t%s\n", provider.HTTPSListener)
}
