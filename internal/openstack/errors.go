package openstack

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/gophercloud/gophercloud/v2"
)

// Error is a failed call.
type Error struct {
	// Kind is the sentinel that a caller may branch on, one of those of the service's package.
	Kind error
	// Doing says what was being done to which object.
	Doing string
	// Message is fit to be shown to the user; empty when there is none.
	Message string
	// Err is the cause.
	Err error
}

// Error is for the log. It never has the body of an answer, which may hold a secret or be a proxy's page.
func (e *Error) Error() string {
	text := e.Doing + ": " + e.Kind.Error()
	switch {
	case e.Message != "":
		text += ": " + e.Message
	case e.Err != nil:
		text += ": " + cause(e.Err)
	}
	return text
}

// Unwrap gives both the kind and the cause to errors.Is.
func (e *Error) Unwrap() []error { return []error{e.Kind, e.Err} }

// cause is err's text without an HTTP body.
func cause(err error) string {
	if login, isLogin := errors.AsType[*gophercloud.ErrUnableToReauthenticate](err); isLogin {
		return "logging in again: " + cause(login.ErrReauth)
	}
	if answer, isHTTP := errors.AsType[gophercloud.ErrUnexpectedResponseCode](err); isHTTP {
		return fmt.Sprintf("answered %d %s", answer.Actual, http.StatusText(answer.Actual))
	}
	return err.Error()
}
