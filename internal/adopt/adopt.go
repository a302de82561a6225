package adopt

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/avi-lbaas/avi-lbaas/internal/converge"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/neutron"
	"github.com/avi-lbaas/avi-lbaas/internal/plan"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// Ports looks at the ports that hold addresses. *neutron.Client implements it.
type Ports interface {
	Port(ctx context.Context, id string) (neutron.Port, error)
}

// Places says where a load balancer's objects belong. *service.Service implements it.
type Places interface {
	// PlaceAdopted fills in what the load balancer's flavor and availability zone fix and which VRF context it has. It is
	// lbaas.KindInvalid when one of them cannot be used.
	PlaceAdopted(ctx context.Context, lb *lbaas.LoadBalancer) error
}

// Options of an Adopter.
type Options struct {
	Store *store.Store
	// Wanted says which objects a load balancer should have; it only reads.
	Wanted func(context.Context, store.Work) ([]plan.Object, error)
	// Controllers by the name of their provider.
	Controllers map[string]converge.Reader
	// DefaultProvider is for load balancers of which the source does not say the provider.
	DefaultProvider string
	// Providers says which of our providers takes over a provider of the source, where their names differ; without regard to
	// case. When it is not empty, other load balancers are left out.
	Providers map[string]string
	// Places is nil when nothing is known of flavors, zones and VRF contexts: load balancers with one of these are left out then.
	Places Places
	// Ports is nil when there is no network service: then nobody's ports are taken over.
	Ports Ports
}

// Verdict is what becomes of a load balancer.
type Verdict string

// The verdicts.
const (
	TakenOver Verdict = "taken over" // or would be
	Here      Verdict = "here already"
	LeftOut   Verdict = "left out"
)

// Result is one load balancer of the source.
type Result struct {
	ID        string  `json:"id"`
	Name      string  `json:"name"`
	ProjectID string  `json:"project_id"`
	Provider  string  `json:"provider"` // ours, or the source's where ours is not known
	Verdict   Verdict `json:"verdict"`
	// Reasons are why it is left out; Notes what an operator should know.
	Reasons []string `json:"reasons,omitempty"`
	Notes   []string `json:"notes,omitempty"`
	// Effects are what the first convergence would change at the Controller; objects that stay as they are do not show.
	Effects []converge.Effect `json:"effects,omitempty"`
	// Found is the number of the load balancer's objects that the Controller has.
	Found int `json:"found"`

	tree   lbaas.Tree
	wanted []plan.Object
	items  []store.Item
}

// leaveOut says why the load balancer is not taken over.
func (r *Result) leaveOut(reason string) {
	r.Verdict = LeftOut
	r.Reasons = append(r.Reasons, reason)
}

// Adopter takes load balancers over.
type Adopter struct{ Options }

// New makes an Adopter.
func New(o Options) *Adopter { return &Adopter{Options: o} }

// Plan says what would become of each load balancer of an export. It writes nothing.
func (a *Adopter) Plan(ctx context.Context, e Export) ([]Result, error) {
	all := candidates(e)
	results := make([]Result, len(all))
	byProvider := map[string][]*Result{}
	for i, c := range all {
		r := &results[i]
		if err := a.begin(ctx, c, r); err != nil {
			return nil, err
		}
		if r.Verdict == TakenOver {
			byProvider[r.Provider] = append(byProvider[r.Provider], r)
		}
	}
	for provider, ofProvider := range byProvider {
		if err := a.compare(ctx, a.Controllers[provider], ofProvider); err != nil {
			return nil, fmt.Errorf("provider %s: %w", provider, err)
		}
	}
	return results, nil
}

// begin finds all that can be said of a candidate without its Controller.
func (a *Adopter) begin(ctx context.Context, c *candidate, r *Result) error {
	lb := &c.tree.LoadBalancer
	r.ID, r.Name, r.ProjectID, r.Verdict = lb.ID, lb.Name, lb.ProjectID, TakenOver
	r.Reasons, r.Notes = c.problems, c.notes
	provider, known := a.provider(c.provider)
	r.Provider, lb.Provider = provider, provider
	if !known {
		r.Reasons = append([]string{fmt.Sprintf("no provider of the configuration takes over the source's provider %q", c.provider)},
			r.Reasons...)
	}
	_, err := a.Store.Standing(ctx, lb.ID)
	switch {
	case err == nil:
		r.Verdict, r.Reasons, r.Notes = Here, nil, nil
		return nil
	case !errors.Is(err, lbaas.KindNotFound):
		return err
	case len(r.Reasons) > 0:
		r.Verdict = LeftOut
		return nil
	}
	if err := a.lookAtPort(ctx, lb, r); err != nil {
		return err
	}
	if err := a.place(ctx, lb); err != nil {
		if ctx.Err() != nil {
			return err
		}
		r.leaveOut(messageOf(err))
	}
	r.tree = c.tree
	return nil
}

// place finds out what the load balancer's flavor and availability zone fix.
func (a *Adopter) place(ctx context.Context, lb *lbaas.LoadBalancer) error {
	switch {
	case a.Places != nil:
		return a.Places.PlaceAdopted(ctx, lb)
	case lb.FlavorID != "":
		return fmt.Errorf("nothing is known of its flavor %s", lb.FlavorID)
	case lb.AvailabilityZone != "":
		return fmt.Errorf("nothing is known of its availability zone %s", lb.AvailabilityZone)
	}
	return nil
}

// messageOf is what people are told of an error.
func messageOf(err error) string {
	if text, _, ok := lbaas.MessageFor(err); ok {
		return text
	}
	return err.Error()
}

// provider finds ours for the source's.
func (a *Adopter) provider(source string) (ours string, known bool) {
	if len(a.Providers) > 0 {
		for from, to := range a.Providers {
			if strings.EqualFold(from, source) {
				return to, true
			}
		}
		return source, false
	}
	if source == "" {
		return a.DefaultProvider, a.DefaultProvider != ""
	}
	for name := range a.Controllers {
		if strings.EqualFold(name, source) {
			return name, true
		}
	}
	return source, false
}

// madeForLoadBalancer says that a load balancing service made a port and would have removed it with the load balancer, which is now
// ours to do. A user's own port has another owner.
func madeForLoadBalancer(owner string) bool {
	return owner == neutron.DeviceOwner || owner == "neutron:LOADBALANCERV2"
}

func (a *Adopter) lookAtPort(ctx context.Context, lb *lbaas.LoadBalancer, r *Result) error {
	if a.Ports == nil || lb.VIP.PortID == "" {
		return nil
	}
	port, err := a.Ports.Port(ctx, lb.VIP.PortID)
	if errors.Is(err, neutron.ErrNotFound) {
		r.Notes = append(r.Notes, "its VIP port "+lb.VIP.PortID+" is not there any more")
		return nil
	}
	if err != nil {
		return fmt.Errorf("look at the VIP port of load balancer %s: %w", lb.ID, err)
	}
	lb.VIP.NetworkID, lb.VIP.OwnsPort = port.NetworkID, madeForLoadBalancer(port.DeviceOwner)
	return a.lookAtAdditionalPorts(ctx, lb, r)
}

// lookAtAdditionalPorts tells the operator of ports of additional VIPs that are not what they should be. Octavia has one port for all
// addresses, as users' own ports have; ours has one for each.
func (a *Adopter) lookAtAdditionalPorts(ctx context.Context, lb *lbaas.LoadBalancer, r *Result) error {
	for _, vip := range lb.AdditionalVIPs {
		if vip.PortID == "" || vip.PortID == lb.VIP.PortID {
			continue
		}
		port, err := a.Ports.Port(ctx, vip.PortID)
		switch {
		case errors.Is(err, neutron.ErrNotFound):
			r.Notes = append(r.Notes, fmt.Sprintf("the port %s of its additional VIP %s is not there any more", vip.PortID, vip.Address))
		case err != nil:
			return fmt.Errorf("look at the port of additional VIP %s of load balancer %s: %w", vip.Address, lb.ID, err)
		case lb.VIP.OwnsPort && (port.DeviceID != neutron.DeviceID(lb.ID) || port.DeviceOwner != neutron.DeviceOwner):
			r.Notes = append(r.Notes, fmt.Sprintf("the port %s of its additional VIP %s is not marked as its own, and stays when it is deleted",
				vip.PortID, vip.Address))
		}
	}
	return nil
}

// Apply stores the load balancers that a plan takes over, and says how many. One that has come into the store since, or whose
// parts have, becomes LeftOut, and so does one whose availability zone has gone since.
func (a *Adopter) Apply(ctx context.Context, results []Result) (int, error) {
	stored := 0
	for i := range results {
		r := &results[i]
		if r.Verdict != TakenOver {
			continue
		}
		err := a.Store.Adopt(ctx, r.tree, r.items)
		if errors.Is(err, lbaas.KindConflict) || errors.Is(err, lbaas.KindNotFound) {
			r.leaveOut(err.Error())
			continue
		}
		if err != nil {
			return stored, fmt.Errorf("take load balancer %s over: %w", r.ID, err)
		}
		stored++
	}
	return stored, nil
}
