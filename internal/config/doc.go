// Package config turns the operator's configuration files into one typed,
// validated value. It is the only place that knows the names, defaults and
// ranges of options; everything else gets a Config, or a part of one, handed in.
//
// It may import the standard library and config/oslo, and nothing else of ours.
//
// The files are oslo.config's INI. A neutron.conf that Avi's Python driver used
// is read as it is, and an octavia.conf nearly so: sections that are not ours
// are left alone, and in those that we share with OpenStack only what looks
// like a misspelt option of ours is an error. In our own sections every unknown
// option is. No option is accepted and ignored.
//
// Each option is one entry of the tables in options.go and provider.go. They
// drive the decoding, the messages, the reference (WriteReference) and the
// sample file (WriteSample).
package config
