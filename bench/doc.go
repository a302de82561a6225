// Command bench measures an OpenStack load balancing service from outside, as a client sees it: closed loops of so many clients,
// each with one request at a time. It starts avi-lbaas itself, as processes of their own with a simulated Controller and a stand-in
// Keystone, or measures whatever service it is given the address of, a reference Octavia say, in the same way.
//
// It may import the stand-ins and nothing else of the project: what it measures it reaches by HTTP only.
package main
