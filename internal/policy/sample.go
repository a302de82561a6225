package policy

import (
	"fmt"
	"io"
	"strings"
)

// WriteSample writes a policy file in YAML in which every rule is commented out, at its default with a set of roles.
func WriteSample(w io.Writer, roles RoleSet) error {
	var out strings.Builder
	for i, d := range Defaults() {
		if i > 0 {
			out.WriteString("\n")
		}
		if d.Description != "" {
			fmt.Fprintf(&out, "# %s\n", d.Description)
		}
		for _, operation := range d.Operations {
			fmt.Fprintf(&out, "# %s\n", operation)
		}
		if len(d.Scopes) > 0 {
			fmt.Fprintf(&out, "# Intended scope(s): %s\n", strings.Join(d.Scopes, ", "))
		}
		fmt.Fprintf(&out, "#%q: %q\n", d.Name, d.text(roles))
	}
	if _, err := io.WriteString(w, out.String()); err != nil {
		return fmt.Errorf("write the sample: %w", err)
	}
	return nil
}
