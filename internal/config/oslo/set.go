package oslo

import (
	"slices"
	"strings"
)

// DefaultSection is the section of options that belong to no group. Its name
// is the only one whose case counts.
const DefaultSection = "DEFAULT"

// NormalizeSection gives the form in which section names are compared.
func NormalizeSection(name string) string {
	if name == DefaultSection {
		return name
	}
	return strings.ToLower(name)
}

// Set is what several files say together. A later file wins over an earlier
// one, option by option. The zero value is an empty set.
type Set struct {
	files []index
	names []Section // first header of each section, names normalized
}

// index finds the assignments of one file: section, key → in order.
type index struct {
	file     *File
	sections map[string]map[string][]Assignment
}

// Add appends a file, which wins over those added before.
func (s *Set) Add(file *File) {
	indexed := index{file: file, sections: make(map[string]map[string][]Assignment)}
	for _, section := range file.Sections {
		name := NormalizeSection(section.Name)
		if _, ok := s.Section(name); !ok {
			s.names = append(s.names, Section{Name: name, Position: section.Position})
		}
		if indexed.sections[name] == nil {
			indexed.sections[name] = make(map[string][]Assignment)
		}
	}
	for _, a := range file.Assignments {
		keys := indexed.sections[NormalizeSection(a.Section)]
		keys[a.Key] = append(keys[a.Key], a)
	}
	s.files = append(s.files, indexed)
}

// Sections lists the sections by their first headers, names normalized.
func (s *Set) Sections() []Section { return s.names }

// Section gives the first header of a section.
func (s *Set) Section(name string) (Section, bool) {
	name = NormalizeSection(name)
	for _, section := range s.names {
		if section.Name == name {
			return section, true
		}
	}
	return Section{}, false
}

// Last gives the assignment that counts for a single-valued option known by
// names, the current one first and then the deprecated ones: the newest file
// that has any of them decides, there the most current name, and of that the
// last assignment.
func (s *Set) Last(section string, names ...string) (Assignment, bool) {
	section = NormalizeSection(section)
	for _, file := range slices.Backward(s.files) {
		for _, name := range names {
			if found := file.sections[section][name]; len(found) > 0 {
				return found[len(found)-1], true
			}
		}
	}
	return Assignment{}, false
}

// All gives every assignment of a multi-valued option, of all files in order.
func (s *Set) All(section, name string) []Assignment {
	section = NormalizeSection(section)
	var all []Assignment
	for _, f := range s.files {
		all = append(all, f.sections[section][name]...)
	}
	return all
}

// Assignments gives all of a section's assignments, of all files in order.
func (s *Set) Assignments(section string) []Assignment {
	section = NormalizeSection(section)
	var all []Assignment
	for _, f := range s.files {
		for _, a := range f.file.Assignments {
			if NormalizeSection(a.Section) == section {
				all = append(all, a)
			}
		}
	}
	return all
}
