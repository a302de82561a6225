// Package oslo reads the INI dialect of oslo.config, the one that every
// OpenStack service is configured in: its grammar, how several files combine,
// how values refer to each other, and how text becomes a boolean, a number, a
// list or a dictionary.
//
// It knows no option by name: what may be set, and what for, is package
// config's business. It may import the standard library only.
//
// The rules are those of oslo.config 9 (iniparser.py, cfg.py, types.py). Where
// this package differs, it is on purpose and the comment at the place says why.
package oslo
