// Package realcloud runs a real Keystone, Neutron and Barbican on MariaDB for tests: the programs of Debian's packages, each on a
// free loopback port, with everything that they write in one temporary directory. It needs the packages of ../packages.sh and the
// build tag verify. docs/testing-real-services.md says how it is put together and what it costs.
package realcloud
