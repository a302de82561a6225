// Package compat holds the project to the Avi objects that the Python driver for LBaaS v2 (avi_lbaasv2 18.2) writes: its test
// replays recorded scenarios through the real path and compares every object, field by field, and the number of requests.
package compat
