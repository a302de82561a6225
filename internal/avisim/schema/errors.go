package schema

import (
	"fmt"
	"strings"
)

// FieldError is a value that the schema refuses. Its text has the Controller's form (controller facts 2.9): a plain
// sentence for a field of the object itself, nested pseudo-JSON for one inside a sub-message.
type FieldError struct {
	Path   []string // field names from the object down
	Reason string
}

func (e *FieldError) Error() string {
	last := e.Path[len(e.Path)-1]
	text := fmt.Sprintf("Field check for %s failed: %s", last, e.Reason)
	for i := len(e.Path) - 1; i >= 0 && len(e.Path) > 1; i-- {
		text = fmt.Sprintf("{%q:\"%s\"}", e.Path[i], text)
	}
	return text
}

// NewerFieldError is a field that the version named by the request does not know yet.
type NewerFieldError struct {
	Field          string
	Request, Since Version
}

func (e *NewerFieldError) Error() string {
	return fmt.Sprintf("Incoming request (v%s) has field (%s) introduced in later versions(v%s).",
		e.Request.Underscored(), e.Field, e.Since.Underscored())
}

func refuse(path []string, format string, args ...any) error {
	return &FieldError{Path: append([]string(nil), path...), Reason: fmt.Sprintf(format, args...)}
}

// enumText lists the choices of an enum, shortened for the long ones.
func enumText(values []string) string {
	const shown = 8
	if len(values) > shown {
		return strings.Join(values[:shown], ", ") + ", …"
	}
	return strings.Join(values, ", ")
}
