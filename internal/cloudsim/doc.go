// Package cloudsim is a stand-in cloud for demonstrations and tests: the parts of Keystone v3, Neutron v2.0 and Barbican v1 that a load
// balancing service and its clients (python-openstackclient, octaviaclient, gophercloud, Terraform) call, in one HTTP
// server on a loopback address. It is strict where a mistake of ours should show: unknown paths are 404, bodies and
// filters that the real services refuse are 400, tokens expire and can be revoked, addresses are allocated and collide.
//
// Keystone is served below /identity, Neutron below /networking and Barbican below /key-manager, as DevStack does it. State lives
// in memory and is gone at the end of the process. Error texts and rules are those of Keystone 22 and Neutron 21 (OpenStack Zed).
//
// The package imports nothing of this project, so that a misunderstanding in our clients shows.
package cloudsim
