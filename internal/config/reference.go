package config

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// Section describes one section to people.
type Section struct {
	Name    string
	Help    string
	Options []Option
}

// Reference lists every option that there is, in the order of the documentation.
// The provider's section goes by the name avi_adc.
func Reference() []Section {
	d := draft{Provider: NewProvider(pythonProvider)}
	var sections []Section
	for _, s := range append(table(New(), new(selection)), providerSection(&d)) {
		described := Section{Name: s.name, Help: s.help}
		for _, o := range s.settings {
			if o.set != nil {
				described.Options = append(described.Options, o.Option)
			}
		}
		sections = append(sections, described)
	}
	return sections
}

// WriteReference writes the reference as Markdown, a table for each section.
func WriteReference(w io.Writer) error {
	out := bufio.NewWriter(w)
	fmt.Fprint(out, "# Configuration reference\n\nThe files are INI in oslo.config's dialect. "+
		"Text that holds a dollar sign needs it doubled: `$$`.\n")
	for _, s := range Reference() {
		fmt.Fprintf(out, "\n## [%s]\n\n%s\n\n", s.Name, s.Help)
		fmt.Fprint(out, "| Option | Type | Default | Allowed | Description |\n| --- | --- | --- | --- | --- |\n")
		for _, o := range s.Options {
			fmt.Fprintf(out, "| %s | %s | %s | %s | %s |\n",
				code(o.Name), o.kind(), code(o.Default), cell(o.Allowed), cell(o.describe()))
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("writing the configuration reference: %w", err)
	}
	return nil
}

// WriteSample writes a configuration file in which every option is commented
// out at its default.
func WriteSample(w io.Writer) error {
	out := bufio.NewWriter(w)
	fmt.Fprint(out, "# Sample configuration: every option, commented out, at its default.\n")
	for _, s := range Reference() {
		fmt.Fprint(out, "\n")
		writeComment(out, s.Help)
		fmt.Fprintf(out, "[%s]\n", s.Name)
		for _, o := range s.Options {
			fmt.Fprint(out, "\n")
			writeComment(out, o.describe())
			if o.Allowed == "" {
				writeComment(out, "Type: "+o.kind())
			} else {
				writeComment(out, "Type: "+o.kind()+"; allowed: "+o.Allowed)
			}
			fmt.Fprint(out, strings.TrimRight("#"+o.Name+" = "+o.Default, " ")+"\n")
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("writing the sample configuration: %w", err)
	}
	return nil
}

// kind is the type as people read it.
func (o Option) kind() string {
	if o.Multi {
		return o.Type + ", several times"
	}
	return o.Type
}

// describe is the help with what follows from the other fields.
func (o Option) describe() string {
	text := o.Help
	if o.Secret {
		text += " Never logged."
	}
	if len(o.Aliases) > 0 {
		text += " Older names: " + strings.Join(o.Aliases, ", ") + "."
	}
	return text
}

func code(text string) string {
	if text == "" {
		return ""
	}
	return "`" + cell(text) + "`"
}

func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

// writeComment writes text as comment lines of at most 78 letters where words
// allow it.
func writeComment(out io.Writer, text string) {
	const width = 78
	line := "#"
	for word := range strings.FieldsSeq(text) {
		if len(line)+1+len(word) > width && line != "#" {
			fmt.Fprintln(out, line)
			line = "#"
		}
		line += " " + word
	}
	fmt.Fprintln(out, line)
}
