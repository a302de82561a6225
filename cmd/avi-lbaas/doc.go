// Command avi-lbaas serves OpenStack's Load Balancing v2 API on Avi Controllers, and brings what helps to run it: a check of the
// configuration, a stand-in Controller and a demonstration. Each sub-command has a file of its own, which only reads flags and
// calls the package that does the work. It may import everything but the packages for tests.
package main
