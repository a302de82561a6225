// Package openstack makes calls to OpenStack's services: it finds the service in the catalog, bounds each call in time, and makes
// one kind of error of all that can fail. What a service's answers mean is said by the package of that service.
//
// The package imports the standard library and gophercloud, and nothing of this project; the login comes by the interface
// Session, which keystone.Session has.
package openstack
