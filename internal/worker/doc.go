// Package worker brings load balancers from what was asked for to what is at the Controller: it claims those that are due, loads
// their trees, has them translated and converged, and stores how that ended. One load balancer is worked by one worker at a
// time, different ones in parallel. It may import lbaas, certificate, store, plan, translate, converge, avi,
// neutron, requestid and tracing.
package worker
