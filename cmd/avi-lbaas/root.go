package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

// usageError is a command line that asks for something that there is not.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }

func (e *usageError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error { return &usageError{err: fmt.Errorf(format, args...)} }

// outcome ends a command with a code of its own; everything has been said already.
type outcome struct{ code int }

func (o *outcome) Error() string { return fmt.Sprintf("ended with %d", o.code) }

// arguments makes what a check of arguments finds an error of usage.
func arguments(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return &usageError{err: err}
		}
		return nil
	}
}

// group is a command that only has sub-commands: by itself it shows its help.
func group(cmd *cobra.Command, commands ...*cobra.Command) *cobra.Command {
	cmd.Args = arguments(cobra.NoArgs)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	cmd.AddCommand(commands...)
	return cmd
}

func newRootCommand() *cobra.Command {
	root := group(
		&cobra.Command{
			Use:   "avi-lbaas",
			Short: "OpenStack load balancing on the Avi Controller",
			Long: `avi-lbaas serves OpenStack's Load Balancing v2 API (LBaaS v2) and makes the objects
at an Avi Controller be what users asked for.

Without a cloud or a Controller at hand, start with "avi-lbaas demo".`,
			Example: `  avi-lbaas demo
  avi-lbaas config check --config-file /etc/avi-lbaas/avi-lbaas.conf
  avi-lbaas serve --config-file /etc/avi-lbaas/avi-lbaas.conf`,
			SilenceUsage:  true,
			SilenceErrors: true,
		},
		newServeCommand(), newStatusCommand(), newPlanCommand(), newDriftCommand(), newResyncCommand(), newNetworkCommand(),
		newAdoptCommand(), newConfigCommand(), newPolicyCommand(), newDatabaseCommand(), newSimulatorCommand(), newDemoCommand(), newVersionCommand(),
	)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err: err} })
	return root
}
