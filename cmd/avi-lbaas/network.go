package main

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/avi-lbaas/avi-lbaas/internal/app"
	"github.com/avi-lbaas/avi-lbaas/internal/networkwait"
)

func newNetworkCommand() *cobra.Command {
	return group(
		&cobra.Command{
			Use:   "network",
			Short: "Wait for networks that load balancers have used, or delete them when they are free",
			Long: `After a load balancer is deleted, the Avi Controller frees its service engines' ports
by a garbage collection of its own, later. Until then Neutron refuses to delete the
network: "One or more ports have an IP allocation from this subnet", or "There are one
or more ports still in use on the network".`,
			Example: "  avi-lbaas network delete web-net",
		},
		newNetworkWaitCommand(), newNetworkDeleteCommand(),
	)
}

func newNetworkWaitCommand() *cobra.Command {
	return networkCommand(&cobra.Command{
		Use:   "wait NETWORK",
		Short: "Wait until no port holds a network any more",
		Long: `Shows which ports still hold a network, given by its id or name, and whose they are:
service engines' ports go by themselves, those of load balancers, servers and routers
wait for someone. Then waits, with a line for each look, until none is left.`,
		Example: "  avi-lbaas network wait web-net --timeout 20m",
	}, networkwait.Options{})
}

func newNetworkDeleteCommand() *cobra.Command {
	return networkCommand(&cobra.Command{
		Use:   "delete NETWORK",
		Short: "Delete a network as soon as no port holds it any more",
		Long: `Deletes a network, given by its id or name, with its subnets. While Neutron refuses,
shows which ports still hold it and whose they are, waits and tries again, with a line
for each try.`,
		Example: "  avi-lbaas network delete web-net --timeout 20m",
	}, networkwait.Options{Delete: true})
}

// networkCommand is a command that waits for a network, as o says.
func networkCommand(cmd *cobra.Command, o networkwait.Options) *cobra.Command {
	var source configSource
	var verbose bool
	cmd.Long += `

It asks as the user of [service_auth], who must be allowed to see all ports of the
network. Ends with 0 when the network is free or deleted, 4 when the time was up, 1
when something else is wrong.`
	cmd.Args = arguments(cobra.ExactArgs(1))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if o.Interval <= 0 || o.Timeout < 0 {
			return usagef("--interval must be more than 0, and --timeout not negative")
		}
		cfg, err := source.load()
		if err != nil {
			return err
		}
		network, closeIt, err := app.NewNetwork(cfg, toolLogger(cmd, verbose))
		if err != nil {
			return err
		}
		defer closeIt()
		if network == nil {
			return errors.New("the configuration has no network service: see [neutron] and [service_auth]")
		}
		o.Network = network
		p := printer{out: cmd.OutOrStdout()}
		o.Progress = newProgressPrinter(&p)
		return waitForNetwork(cmd, o, args[0], &p)
	}
	source.addFlags(cmd)
	addVerbose(cmd, &verbose)
	cmd.Flags().DurationVar(&o.Timeout, "timeout", 10*time.Minute, "how long to wait at most")
	cmd.Flags().DurationVar(&o.Interval, "interval", 5*time.Second, "the pause between two looks")
	return cmd
}

func waitForNetwork(cmd *cobra.Command, o networkwait.Options, network string, p *printer) error {
	result, err := networkwait.Wait(cmd.Context(), o, network)
	waited := result.Waited.Round(time.Second)
	if timeout, up := errors.AsType[*networkwait.TimeoutError](err); up {
		p.printf("Gave up: %v.\n", timeout)
		lastWord(p, timeout.Last)
		return errors.Join(p.err, &outcome{code: exitTimedOut})
	}
	if err != nil {
		return fmt.Errorf("wait for network %s: %w", network, err)
	}
	switch {
	case result.Deleted:
		p.printf("Network %s (%s) is deleted, after %s.\n", result.Network.ID, result.Network.Name, waited)
	case result.Gone:
		p.printf("Network %s (%s) is gone: someone else has deleted it.\n", result.Network.ID, result.Network.Name)
	default:
		p.printf("No port holds network %s (%s) any more, after %s: it can be deleted.\n", result.Network.ID, result.Network.Name, waited)
	}
	return p.err
}

// newProgressPrinter shows the ports whenever they have changed, and otherwise only how long it takes.
func newProgressPrinter(p *printer) func(networkwait.Progress) {
	shown := ""
	return func(now networkwait.Progress) {
		if ids := portIDs(now.Holders); ids != shown && len(now.Holders) > 0 {
			shown = ids
			p.printf("%d ports hold network %s (%s):\n", len(now.Holders), now.Network.ID, now.Network.Name)
			for _, h := range now.Holders {
				p.printf("  %s  %s\n", h.Port.ID, describeHolder(h))
			}
		}
		p.printf("waited %s: %d ports", now.Waited.Round(time.Second), len(now.Holders))
		if now.Refusal != "" {
			p.printf("; %s", now.Refusal)
		}
		p.printf("\n")
	}
}

func portIDs(holders []networkwait.Holder) string {
	ids := make([]string, len(holders))
	for i, h := range holders {
		ids[i] = h.Port.ID
	}
	return strings.Join(ids, " ")
}

func describeHolder(h networkwait.Holder) string {
	var addresses []string
	for _, ip := range h.Port.FixedIPs {
		addresses = append(addresses, netip.Addr.String(ip.Address))
	}
	text := fmt.Sprintf("%s: name %q, device_owner %q, device_id %q, %s", h.Kind, h.Port.Name, h.Port.DeviceOwner, h.Port.DeviceID,
		strings.Join(addresses, " "))
	if h.Kind == networkwait.LoadBalancer {
		text += " (load balancer " + h.LoadBalancerID + ")"
	}
	return text
}

// lastWord says who has to act.
func lastWord(p *printer, last networkwait.Progress) {
	if last.Refusal != "" {
		p.printf("Neutron says: %s\n", last.Refusal)
	}
	held := func(k networkwait.Kind) bool {
		return slices.ContainsFunc(last.Holders, func(h networkwait.Holder) bool { return h.Kind == k })
	}
	if held(networkwait.ServiceEngine) {
		p.printf("The Controller has yet to free its service engines' ports: try again later, or look at the cloud's garbage collection there.\n")
	}
	if held(networkwait.LoadBalancer) {
		p.printf("Load balancers still have their addresses on it: delete them first.\n")
	}
	if held(networkwait.Server) || held(networkwait.Router) || held(networkwait.Other) {
		p.printf("The other ports wait for their owners: delete the servers, detach the routers, or delete the ports.\n")
	}
}
