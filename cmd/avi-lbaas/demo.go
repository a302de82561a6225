package main

import (
	"github.com/spf13/cobra"

	"github.com/avi-lbaas/avi-lbaas/internal/demo"
)

func newDemoCommand() *cobra.Command {
	o := demo.Defaults()
	var verbose bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "See it work on this machine, without a cloud or a Controller",
		Long: `Starts, in one process and on loopback addresses only: a stand-in for the identity
and network services, a stand-in for the Avi Controller with a service engine that
balances real traffic, three small HTTP backends, and the service itself as "serve"
runs it. Then it acts as a user of the API: it builds a load balancer, shows what
became of it at the Controller, sends requests, stops a backend under traffic, and
deletes everything. Each step is checked.

After that the load balancer is built again and waits for you; the commands to try
are printed. Ctrl-C ends it and leaves nothing behind. With --once it ends after the
last step; the exit code is 0 only if every step held.

Needs Linux, where every address in 127.0.0.0/8 is there to listen on.`,
		Example: `  avi-lbaas demo
  avi-lbaas demo --once
  avi-lbaas demo --once --api-listen 127.0.0.1:0 --controller-listen 127.0.0.1:0 \
      --cloud-listen 127.0.0.1:0 --metrics-listen 127.0.0.1:0 --vip-port 0 --backend-port 0`,
		Args: arguments(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.Out = cmd.OutOrStdout()
			if verbose {
				o.Logger = newLogger(cmd.ErrOrStderr(), logFormat{debug: true})
			}
			return demo.Run(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&o.Once, "once", false, "end after the last step; the exit code says whether every step held")
	flags.StringVar(&o.APIListen, "api-listen", o.APIListen, "`address` of the service's API; port 0 picks a free one, here and below")
	flags.StringVar(&o.ControllerListen, "controller-listen", o.ControllerListen, "`address` of the stand-in Controller")
	flags.StringVar(&o.CloudListen, "cloud-listen", o.CloudListen, "`address` of the stand-in identity and network services")
	flags.StringVar(&o.MetricsListen, "metrics-listen", o.MetricsListen, "`address` of the service's metrics")
	flags.IntVar(&o.VIPPort, "vip-port", o.VIPPort, "`port` of the load balancer's listener")
	flags.IntVar(&o.BackendPort, "backend-port", o.BackendPort, "`port` of the backends, each on an address of its own")
	flags.StringVar(&o.StateDir, "state", "", "`directory` for configuration and database, kept afterwards and cleared at the next start (default: a temporary one)")
	flags.BoolVar(&verbose, "verbose", false, "log what the service and the stand-ins do, to standard error")
	return cmd
}
