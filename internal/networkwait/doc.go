// Package networkwait helps with a network that cannot be deleted yet: after a load balancer has gone, the Avi Controller frees its
// ports by a garbage collection of its own, later, and until then the network service refuses. It tells which ports still hold a
// network and whose they are, and waits or retries. It may import neutron, for its types.
package networkwait
