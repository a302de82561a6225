package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/avi-lbaas/avi-lbaas/internal/config/oslo"
)

// OptionError is something wrong with one option.
type OptionError struct {
	// Position is where the option is set; where its section begins if it is
	// missing; the files if there is no section; nowhere outside of Load.
	Position oslo.Position
	Section  string
	Option   string
	Reason   string
	Allowed  string // what would be right; "": the reason says it
}

func (e *OptionError) Error() string {
	var out strings.Builder
	if e.Position != (oslo.Position{}) {
		out.WriteString(e.Position.String() + ": ")
	}
	out.WriteString("[" + e.Section + "]")
	if e.Option != "" {
		out.WriteString(" " + e.Option)
	}
	out.WriteString(": " + e.Reason)
	if e.Allowed != "" {
		out.WriteString(" (allowed: " + e.Allowed + ")")
	}
	return out.String()
}

// sources remembers where each option was set, for messages.
type sources struct {
	set   *oslo.Set
	files []string
	found map[optionKey]oslo.Position
	// wrong are the options that could not be read: complaining again that they
	// are missing would only confuse.
	wrong map[optionKey]bool
}

func newSources(set *oslo.Set, files []string) *sources {
	return &sources{
		set: set, files: files,
		found: make(map[optionKey]oslo.Position),
		wrong: make(map[optionKey]bool),
	}
}

type optionKey struct{ section, option string }

func keyOf(section, option string) optionKey {
	return optionKey{section: oslo.NormalizeSection(section), option: option}
}

// has says whether one of the options is set in a file.
func (s *sources) has(section string, options ...string) bool {
	for _, option := range options {
		if _, ok := s.found[keyOf(section, option)]; ok {
			return true
		}
	}
	return false
}

// problem makes an *OptionError with the best position there is.
func (s *sources) problem(section, option, reason, allowed string) error {
	e := &OptionError{Section: section, Option: option, Reason: reason, Allowed: allowed}
	if at, ok := s.found[keyOf(section, option)]; ok {
		e.Position = at
	} else if header, ok := s.set.Section(section); ok {
		e.Position = header.Position
	} else {
		e.Position = oslo.Position{File: strings.Join(s.files, ", ")}
	}
	return e
}

// decoder sets fields from a set of files.
type decoder struct {
	src *sources
	// known has the text of every option's default, for references to options
	// that no file sets.
	known map[optionKey]string
	errs  []error
}

func newDecoder(src *sources) *decoder {
	return &decoder{src: src, known: make(map[optionKey]string)}
}

// learn makes a section's options known to references.
func (d *decoder) learn(s section) {
	for _, o := range s.settings {
		d.known[keyOf(s.name, o.Name)] = o.Default
	}
}

// decode sets a section's options and looks at those that it does not have.
func (d *decoder) decode(s section) {
	for _, o := range s.settings {
		if o.Multi {
			for _, a := range d.src.set.All(s.name, o.Name) {
				d.assign(s, o, a)
			}
			continue
		}
		if a, ok := d.src.set.Last(s.name, o.names()...); ok {
			d.assign(s, o, a)
		}
	}
	d.checkUnknown(s)
}

func (d *decoder) assign(s section, o setting, a oslo.Assignment) {
	d.src.found[keyOf(s.name, o.Name)] = a.Position
	if err := d.apply(s, o, a); err != nil {
		d.src.wrong[keyOf(s.name, o.Name)] = true
		d.errs = append(d.errs, err)
	}
}

func (d *decoder) apply(s section, o setting, a oslo.Assignment) error {
	problem := &OptionError{Position: a.Position, Section: s.name, Option: a.Key}
	if o.set == nil {
		problem.Reason = o.reason
		return problem
	}
	value, err := oslo.Expand(s.name, a.Value, d.lookup)
	if err != nil {
		// A password with a dollar sign in it must not get into the message.
		var broken *oslo.ReferenceError
		problem.Reason = err.Error()
		if o.Secret && errors.As(err, &broken) {
			problem.Reason = "a reference in its value: " + broken.Message
		}
		return problem
	}
	if err := o.set(value); err != nil {
		problem.Reason, problem.Allowed = err.Error(), o.Allowed
		// As written: what a reference stands for may be a secret, and so may what
		// stands before the @ of a URL.
		if !o.Secret && !strings.Contains(a.Value, "@") {
			problem.Reason = fmt.Sprintf("%q: %s", a.Value, problem.Reason)
		}
		return problem
	}
	return nil
}

// lookup serves references: what a file says, else our default.
func (d *decoder) lookup(section, key string) (string, bool) {
	if a, ok := d.src.set.Last(section, key); ok {
		return a.Value, true
	}
	value, ok := d.known[keyOf(section, key)]
	return value, ok
}

// checkUnknown reports unknown options once each, however often they are set.
func (d *decoder) checkUnknown(s section) {
	var all []string
	for _, o := range s.settings {
		all = append(all, o.names()...)
	}
	reported := make(map[string]bool)
	for _, name := range all {
		reported[name] = true
	}
	for _, a := range d.src.set.Assignments(s.name) {
		if reported[a.Key] {
			continue
		}
		reported[a.Key] = true
		near, ok := nearest(a.Key, all)
		problem := &OptionError{Position: a.Position, Section: s.name, Option: a.Key}
		switch {
		case ok:
			problem.Reason = fmt.Sprintf("unknown option; did you mean %s?", near)
		case s.strict:
			problem.Reason, problem.Allowed = "unknown option", s.optionNames()
		default: // one of OpenStack's
			continue
		}
		d.errs = append(d.errs, problem)
	}
}

// optionNames lists the options as the reference does.
func (s section) optionNames() string {
	var list []string
	for _, o := range s.settings {
		if o.set != nil {
			list = append(list, o.Name)
		}
	}
	return strings.Join(list, ", ")
}

// checkSections reports sections that look like a misspelling of ours. Other
// unknown sections belong to OpenStack services.
func (d *decoder) checkSections(fixed []section, providers []string) {
	var ours []string
	known := make(map[string]bool)
	for _, s := range fixed {
		ours = append(ours, s.name)
		known[s.name] = true
	}
	for _, name := range providers {
		known[oslo.NormalizeSection(name)] = true
	}
	for _, header := range d.src.set.Sections() {
		if known[header.Name] {
			continue
		}
		near, ok := nearest(header.Name, ours)
		if strings.EqualFold(header.Name, sectionDefault) {
			near, ok = sectionDefault, true
		}
		if ok {
			d.errs = append(d.errs, &OptionError{
				Position: header.Position, Section: header.Name,
				Reason: fmt.Sprintf("unknown section; did you mean [%s]?", near),
			})
		}
	}
}
