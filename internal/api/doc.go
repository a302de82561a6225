// Package api is the HTTP front door: OpenStack's Load Balancing v2 as Octavia speaks it (paths, attributes, defaults, error
// bodies, filters, pages), over the service layer. It decodes, checks types and renders; what a request means is the domain's
// and the service's to say.
//
// It may import lbaas, service (for the views and the caller; the service itself comes as an interface), policy, keystone, requestid
// and tracing. The facts about Octavia are those of its octavia/api tree and of WSME, the library that reads its requests.
package api
