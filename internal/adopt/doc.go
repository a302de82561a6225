// Package adopt takes load balancers over from where they live: a neutron-lbaas, by its API or a dump of its tables, or an Octavia.
// It reads them, says what this service would make of them and what would change at the Controller, and puts them into the store
// with their ids, so that the worker converges the objects that the Python driver made instead of making new ones.
//
// What this version cannot carry out is never left out of a load balancer: the load balancer as a whole is, and the reason named.
// The package may import avi, converge, lbaas, neutron, plan, store and translate.
package adopt
