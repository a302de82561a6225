// Package pythondriver runs the Python driver itself, Avi's own for neutron-lbaas, against the simulated Controller, and records
// what it leaves there: the recordings that internal/adopt's tests take over. Its test needs the build tag pythondriver, a checkout
// of the driver in PYTHON_DRIVER, and Python 2.7; nothing of the driver is in this project. docs/testing.md says how it is run.
package pythondriver
