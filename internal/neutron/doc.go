// Package neutron is this service's client of the Networking API v2.0: it looks up subnets, networks and ports, and makes and
// deletes the ports that hold the addresses of load balancers. It decides nothing about load balancers.
//
// The package imports gophercloud and, of this project, openstack.
package neutron
