// Package audit finds drift: it compares the objects that load balancers should have with those that the Controllers hold, in
// pages rather than object by object, every so often or when asked to. It reports; where a provider's policy says so, it has the
// worker mend what differs. It never writes to a Controller itself. It may import avi, lbaas, plan, store, translate and converge.
package audit
