// Package plan is the pure half of convergence: what objects should be at the Controller, which of their fields are LBaaS's, how
// that differs from what was written last or from what is there, and the smallest change that closes the difference. It does no
// I/O and imports nothing of this project.
//
// The rule that it keeps (docs/architecture.md, "Plans and patches"): a field that LBaaS exposes wins, at any depth; every other
// field of the Controller's object stays as it is.
package plan
