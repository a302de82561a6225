package avi

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Kind is what a caller may branch on. It is an error itself, so that
// errors.Is(err, avi.NotFound) works through any wrapping.
//
//nolint:errname // a kind is not the error itself: Error is
type Kind string

// The kinds of error.
//
//nolint:errname,gosec // read as avi.NotFound; "invalid credentials" is no credential
const (
	// NotFound: the object that the request names does not exist.
	NotFound Kind = "not found"
	// ReferenceMissing: an object that the body refers to does not exist (yet).
	ReferenceMissing Kind = "referenced object missing"
	// TenantMissing: the tenant does not exist at the Controller (yet).
	TenantMissing Kind = "tenant missing"
	// Duplicate: an object with this name or uuid exists already.
	Duplicate Kind = "duplicate"
	// Stale: the object was changed since it was read; read it again.
	Stale Kind = "stale"
	// Referred: the object cannot go while others refer to it.
	Referred Kind = "referred"
	// InvalidCredentials: the Controller refused user and password. No login is
	// tried before Error.NotBefore.
	InvalidCredentials Kind = "invalid credentials"
	// VersionMismatch: no API version is known to both sides. No login is tried
	// before Error.NotBefore.
	VersionMismatch Kind = "version mismatch"
	// Unauthorized: the user may not do this, or the session is not accepted even
	// after a new login.
	Unauthorized Kind = "unauthorized"
	// Upgrading: the Controller is being upgraded or is starting.
	Upgrading Kind = "upgrading"
	// Unavailable: the Controller cannot be reached or failed. Whether it
	// carried the request out is unknown.
	Unavailable Kind = "unavailable"
	// Throttled: too many requests.
	Throttled Kind = "throttled"
	// Exhausted: a pool of addresses is used up; retry slowly.
	Exhausted Kind = "exhausted"
	// Canceled: the caller gave up. Whether the Controller carried the request
	// out is unknown.
	Canceled Kind = "canceled"
	// Invalid: the Controller refuses the request as it is, and always will.
	Invalid Kind = "invalid"
)

// Error returns the kind's name.
func (k Kind) Error() string { return string(k) }

// Error says which request failed and why.
type Error struct {
	Kind   Kind
	Status int // HTTP status; 0 when there was no answer
	// Message is the Controller's text: one line, without secrets, at most
	// 500 characters. "" when there was no answer.
	Message string
	// Method, Type, UUID and Tenant name the request: the HTTP method, the
	// object's type as in its path, and the object's and the tenant's uuid, ""
	// where the request has none.
	Method, Type, UUID, Tenant string
	// Referrers lists who refers to the object, each as "<Model> <name>". Set if
	// and only if Kind is Referred and the Controller named them.
	Referrers []string
	// NotBefore is when a login is tried again. Set if and only if logging in is
	// what failed and the Controller refused it.
	NotBefore time.Time
	// Err is the cause when it is not in the Controller's answer.
	Err error
}

// Error names the request and its object, then the reason.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Method + " " + e.Type)
	if e.UUID != "" {
		b.WriteString("/" + e.UUID)
	}
	if e.Tenant != "" {
		b.WriteString(" in tenant " + e.Tenant)
	}
	b.WriteString(": " + string(e.Kind))
	if e.Status != 0 {
		fmt.Fprintf(&b, " (%d)", e.Status)
	}
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	if _, nested := errors.AsType[*Error](e.Err); !nested && !e.NotBefore.IsZero() {
		b.WriteString("; no login is tried before " + e.NotBefore.UTC().Format(time.RFC3339))
	}
	return b.String()
}

// Unwrap gives the kind and the cause, for errors.Is and errors.As.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Err}
}

// Temporary says whether the same request may succeed later, without the request
// being changed: because the Controller recovers, because something it waits for
// comes into being, or because an operator repairs the access to the Controller.
func (e *Error) Temporary() bool {
	switch e.Kind {
	case TenantMissing, ReferenceMissing, Stale, Referred, InvalidCredentials, VersionMismatch,
		Upgrading, Unavailable, Throttled, Exhausted, Canceled:
		return true
	case Unauthorized:
		// A session that is not accepted may be next time; a role that forbids
		// the request stays as it is.
		return sessionRefused(e.Status)
	case NotFound, Duplicate, Invalid:
		return false
	default:
		return false
	}
}

// statusSessionGone is what a Controller answers when the password was changed
// under the session, some versions also when it expired (controller facts 1.4).
const statusSessionGone = 419

// sessionRefused says whether a status means that the session is not (any longer)
// accepted and the request was not carried out.
func sessionRefused(status int) bool {
	return status == http.StatusUnauthorized || status == statusSessionGone
}
