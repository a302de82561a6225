package neutron

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/gophercloud/gophercloud/v2"
)

// The kinds of failure that a caller may branch on, by errors.Is.
var (
	// ErrNotFound says that there is no such object, or none that this service may see.
	ErrNotFound = errors.New("not found")
	// ErrConflict says that the address is taken, that none is left, or that a quota is used up.
	ErrConflict = errors.New("conflict")
	// ErrInvalid says that Neutron refuses what was asked for, for example an address outside of the subnet.
	ErrInvalid = errors.New("invalid")
	// ErrForbidden says that this service's user lacks rights at Neutron.
	ErrForbidden = errors.New("forbidden")
	// ErrUnauthenticated says that Neutron does not accept the user's token that the call was made with, be it that it was
	// revoked a moment ago or that its access rules lack the request.
	ErrUnauthenticated = errors.New("not authenticated")
	// ErrUnavailable says that Neutron or Keystone could not be asked or failed: try again later.
	ErrUnavailable = errors.New("the network service is not available")
)

// Error is a failed call.
type Error struct {
	// Kind is one of the sentinels above.
	Kind error
	// Doing says what was being done to which object, for the log.
	Doing string
	// Message is Neutron's own text, fit to be shown to the user when Kind is ErrNotFound, ErrConflict or ErrInvalid; empty
	// when there was none.
	Message string
	// Err is the cause.
	Err error
}

// Error is for the log. It never has the body of an answer that is not Neutron's form.
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

// classify makes an Error of what gophercloud returned. A 401 to ourselves is an outage: gophercloud has logged in again by then,
// so it is not an old token of ours that is refused.
func classify(doing string, err error) error {
	e := &Error{Kind: ErrUnavailable, Doing: doing, Err: err}
	answer, isHTTP := errors.AsType[gophercloud.ErrUnexpectedResponseCode](err)
	if !isHTTP {
		return e
	}
	message, fromNeutron := neutronMessage(answer.Body)
	e.Message = message
	switch answer.Actual {
	case http.StatusNotFound:
		// A 404 without Neutron's body is a proxy's or a wrong endpoint's; taking it for "gone" would lose objects.
		if fromNeutron {
			e.Kind = ErrNotFound
		}
	case http.StatusConflict:
		e.Kind = ErrConflict
	case http.StatusBadRequest:
		e.Kind = ErrInvalid
	case http.StatusUnauthorized:
		if _, again := errors.AsType[*gophercloud.ErrErrorAfterReauthentication](err); !again {
			e.Kind = ErrUnauthenticated
		}
	case http.StatusForbidden:
		e.Kind = ErrForbidden
	}
	return e
}

// neutronMessage reads {"NeutronError": {"type", "message", "detail"}}, or the plain string that old releases sent.
func neutronMessage(body []byte) (message string, found bool) {
	var envelope struct {
		NeutronError json.RawMessage `json:"NeutronError"`
	}
	if json.Unmarshal(body, &envelope) != nil || len(envelope.NeutronError) == 0 {
		return "", false
	}
	var full struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(envelope.NeutronError, &full) == nil {
		return strings.TrimSpace(full.Message), true
	}
	if json.Unmarshal(envelope.NeutronError, &message) == nil {
		return strings.TrimSpace(message), true
	}
	return "", false
}
