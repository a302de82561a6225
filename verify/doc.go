// Package verify drives the built program with real clients from Debian's packages, as a user of OpenStack does. Its tests need
// the build tag verify and what packages.sh installs; make verify sees to both.
package verify
