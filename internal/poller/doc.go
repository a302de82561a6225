// Package poller brings back what the Controller observes: it reads the inventory and the metrics of all load balancers in pages,
// never object by object, and stores operating statuses and counters. The one exception is a pool of which some but not all is
// well: which of its servers fail is only told by the pool itself. It may import lbaas, store, translate and avi.
package poller
