package demo

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/loadbalancer/v2/loadbalancers"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/networks"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/subnets"

	"github.com/avi-lbaas/avi-lbaas/internal/cloudsim"
)

// Who the demonstration is at the cloud, and where it works there.
const (
	userName    = "demo"
	projectName = "demo"
	domainName  = "Default"
	networkName = "demo-net"
	subnetName  = "demo-subnet"
)

// user is an OpenStack user with gophercloud, the library behind Terraform's provider and the Kubernetes cloud provider.
type user struct {
	transport     *http.Transport
	loadBalancing *gophercloud.ServiceClient
	network       *gophercloud.ServiceClient
}

// login takes everything but the identity service's address from the catalog.
func login(ctx context.Context, identityURL string) (*user, error) {
	provider, err := openstack.NewClient(identityURL)
	if err != nil {
		return nil, fmt.Errorf("prepare the client: %w", err)
	}
	u := &user{transport: new(http.Transport)}
	provider.HTTPClient = http.Client{Transport: u.transport, Timeout: 30 * time.Second}
	err = openstack.Authenticate(ctx, provider, gophercloud.AuthOptions{
		IdentityEndpoint: identityURL, Username: userName, Password: cloudsim.DemoPassword,
		DomainName: domainName, TenantName: projectName, AllowReauth: true,
	})
	if err != nil {
		u.close()
		return nil, fmt.Errorf("log in as %s: %w", userName, err)
	}
	region := gophercloud.EndpointOpts{Region: cloudsim.DefaultRegion}
	if u.loadBalancing, err = openstack.NewLoadBalancerV2(provider, region); err != nil {
		u.close()
		return nil, fmt.Errorf("find the load-balancer service in the catalog: %w", err)
	}
	if u.network, err = openstack.NewNetworkV2(provider, region); err != nil {
		u.close()
		return nil, fmt.Errorf("find the network service in the catalog: %w", err)
	}
	return u, nil
}

func (u *user) close() { u.transport.CloseIdleConnections() }

// subnetID finds the demonstration's subnet.
func (u *user) subnetID(ctx context.Context) (string, error) {
	pages, err := subnets.List(u.network, subnets.ListOpts{Name: subnetName}).AllPages(ctx)
	if err != nil {
		return "", fmt.Errorf("list subnets: %w", err)
	}
	found, err := subnets.ExtractSubnets(pages)
	if err != nil {
		return "", fmt.Errorf("list subnets: %w", err)
	}
	if len(found) != 1 {
		return "", fmt.Errorf("%d subnets are named %s, not one", len(found), subnetName)
	}
	return found[0].ID, nil
}

// ports lists the ports of the demonstration's network.
func (u *user) ports(ctx context.Context) ([]ports.Port, error) {
	pages, err := networks.List(u.network, networks.ListOpts{Name: networkName}).AllPages(ctx)
	if err != nil {
		return nil, fmt.Errorf("list networks: %w", err)
	}
	found, err := networks.ExtractNetworks(pages)
	if err != nil {
		return nil, fmt.Errorf("list networks: %w", err)
	}
	if len(found) != 1 {
		return nil, fmt.Errorf("%d networks are named %s, not one", len(found), networkName)
	}
	pages, err = ports.List(u.network, ports.ListOpts{NetworkID: found[0].ID}).AllPages(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the ports of %s: %w", networkName, err)
	}
	all, err := ports.ExtractPorts(pages)
	if err != nil {
		return nil, fmt.Errorf("list the ports of %s: %w", networkName, err)
	}
	return all, nil
}

// Provisioning and operating statuses that the demonstration waits for.
const (
	active  = "ACTIVE"
	online  = "ONLINE"
	inError = "ERROR"
)

// Deadlines of waits.
const (
	settleTimeout = 20 * time.Second // until a change is at the Controller
	healthTimeout = 30 * time.Second // until a health check has noticed
	lookInterval  = 50 * time.Millisecond
)

// settled waits until the load balancer is ACTIVE, and so free for the next change.
func (u *user) settled(ctx context.Context, id string) error {
	return await(ctx, settleTimeout, "the load balancer to be "+active, func(ctx context.Context) (string, bool, error) {
		lb, err := loadbalancers.Get(ctx, u.loadBalancing, id).Extract()
		if err != nil {
			return "", false, err
		}
		if lb.ProvisioningStatus == inError {
			return "", false, fmt.Errorf("the load balancer's provisioning status is %s", inError)
		}
		return lb.ProvisioningStatus, lb.ProvisioningStatus == active, nil
	})
}

// gone waits until the load balancer does not exist any more.
func (u *user) gone(ctx context.Context, id string) error {
	return await(ctx, settleTimeout, "the load balancer to be gone", func(ctx context.Context) (string, bool, error) {
		lb, err := loadbalancers.Get(ctx, u.loadBalancing, id).Extract()
		if gophercloud.ResponseCodeIs(err, http.StatusNotFound) {
			return "", true, nil
		}
		if err != nil {
			return "", false, err
		}
		return lb.ProvisioningStatus, false, nil
	})
}

// statuses reads the load balancer with all that hangs from it.
func (u *user) statuses(ctx context.Context, id string) (*loadbalancers.LoadBalancer, error) {
	tree, err := loadbalancers.GetStatuses(ctx, u.loadBalancing, id).Extract()
	if err != nil {
		return nil, fmt.Errorf("read the status tree of load balancer %s: %w", id, err)
	}
	if tree == nil || tree.Loadbalancer == nil {
		return nil, fmt.Errorf("the status tree of load balancer %s is empty", id)
	}
	return tree.Loadbalancer, nil
}

// await looks every so often until it sees what it waits for. An error of look ends the wait; the error of a wait that was too
// long says what was seen last.
func await(ctx context.Context, timeout time.Duration, what string, look func(context.Context) (seen string, done bool, err error)) error {
	waiting, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	tick := time.NewTicker(lookInterval)
	defer tick.Stop()
	last := ""
	for {
		seen, done, err := look(waiting)
		if done {
			return nil
		}
		if err != nil && waiting.Err() == nil {
			return fmt.Errorf("wait for %s: %w", what, err)
		}
		if err == nil {
			last = seen
		}
		select {
		case <-tick.C:
		case <-waiting.Done():
			if ctx.Err() != nil {
				return fmt.Errorf("wait for %s: %w", what, context.Cause(ctx))
			}
			return fmt.Errorf("wait for %s: not within %s; last seen: %s", what, timeout, last)
		}
	}
}
