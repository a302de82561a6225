// Package service carries out LBaaS v2 operations on the desired state: it checks a request against the rules of the domain and
// against what is there, asks the network service about addresses, commits the new state, and wakes the worker. It knows
// neither HTTP nor who made an object's id, so that every front door can use it. It may import lbaas, certificate, flavor, store,
// neutron and barbican.
package service
