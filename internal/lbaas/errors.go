package lbaas

import (
	"errors"
	"fmt"
	"strings"
)

// Kind is what a caller may branch on. It is an error itself, so that errors.Is(err, KindNotFound) works through wrapping.
type Kind string

// The kinds of errors that an operation may return. Whatever has none is internal: its text is not for users.
const (
	KindInvalid     Kind = "invalid"     // the request is wrong: 400
	KindForbidden   Kind = "forbidden"   // not allowed to this caller: 403
	KindNotFound    Kind = "not found"   // no such object, or not one that this caller may see: 404
	KindConflict    Kind = "conflict"    // a duplicate, or in use: 409
	KindImmutable   Kind = "immutable"   // the load balancer is being worked on: 409
	KindUnsupported Kind = "unsupported" // LBaaS v2 has it, the Avi Controller or this version cannot do it: 501
	KindUnavailable Kind = "unavailable" // a service that is needed does not answer now: 503
)

// Error implements error.
func (k Kind) Error() string { return string(k) }

// Error is a failure that a user is told about. Message is written for the user, in Octavia's words where it has them; Err is
// the cause, for the log.
type Error struct {
	Kind    Kind
	Message string
	Err     error
}

// Error gives the message with its cause; show only Message to users.
func (e *Error) Error() string {
	if e.Err != nil {
		return e.Message + ": " + e.Err.Error()
	}
	return e.Message
}

// Unwrap makes both the kind and the cause visible to errors.Is and errors.As.
func (e *Error) Unwrap() []error {
	if e.Err != nil {
		return []error{e.Kind, e.Err}
	}
	return []error{e.Kind}
}

// MessageFor gives the text that a user may see and its kind; ok is false for an internal error.
func MessageFor(err error) (message string, kind Kind, ok bool) {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return "", "", false
	}
	return e.Message, e.Kind, true
}

// Invalidf is a request that breaks a rule, in Octavia's form of a validation failure.
func Invalidf(format string, args ...any) error {
	return &Error{Kind: KindInvalid, Message: "Validation failure: " + fmt.Sprintf(format, args...)}
}

// InvalidValue is an attribute whose value is not allowed.
func InvalidValue(attribute string, value any, allowed string) error {
	return &Error{
		Kind:    KindInvalid,
		Message: fmt.Sprintf("Invalid input for field/attribute %s. Value: '%v'. %s", attribute, value, allowed),
	}
}

// InvalidOption is an attribute that does not go with the others, in Octavia's words.
func InvalidOption(value, option string) error {
	return &Error{Kind: KindInvalid, Message: fmt.Sprintf("%s is not a valid option for %s", value, option)}
}

// quoted shows a list in an error as Octavia does: ['a', 'b'].
func quoted(list []string) string { return "['" + strings.Join(list, "', '") + "']" }

// Disabled is a value that an operator does not allow.
func Disabled(option, value string) error {
	return &Error{Kind: KindInvalid, Message: fmt.Sprintf("The selected %s is not allowed in this deployment: %s", option, value)}
}

// Missing is a mandatory attribute that the request lacks.
func Missing(attribute string) error {
	return &Error{
		Kind:    KindInvalid,
		Message: fmt.Sprintf("Invalid input for field/attribute %s. Value: 'None'. Mandatory field missing.", attribute),
	}
}

// lacking is a mandatory attribute that the request lacks, or gives as null, which Octavia tells apart.
func lacking(attribute string, null bool) error {
	if null {
		return InvalidOption("None", attribute)
	}
	return Missing(attribute)
}

// NotFound is an object that does not exist for this caller. Resource is Octavia's display name, say "Load Balancer".
func NotFound(resource, id string) error {
	return &Error{Kind: KindNotFound, Message: fmt.Sprintf("%s %s not found.", resource, id)}
}

// Forbidden is what the caller may not do, in Octavia's words.
func Forbidden() error {
	return &Error{Kind: KindForbidden, Message: "Policy does not allow this request to be performed."}
}

// Immutable is an object whose load balancer is being worked on.
func Immutable(resource, id string) error {
	return &Error{Kind: KindImmutable, Message: fmt.Sprintf("%s %s is immutable and cannot be updated.", resource, id)}
}

// Conflictf is a request that collides with what is there already.
func Conflictf(format string, args ...any) error {
	return &Error{Kind: KindConflict, Message: fmt.Sprintf(format, args...)}
}

// Unsupportedf is an option that LBaaS v2 knows and this provider cannot carry out.
func Unsupportedf(provider, format string, args ...any) error {
	return &Error{
		Kind: KindUnsupported,
		Message: fmt.Sprintf("Provider '%s' does not support a requested option: ", provider) +
			fmt.Sprintf(format, args...),
	}
}
