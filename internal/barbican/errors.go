package barbican

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/gophercloud/gophercloud/v2"
)

// The kinds of failure that a caller may branch on, by errors.Is.
var (
	// ErrNotFound says that there is no such container or secret.
	ErrNotFound = errors.New("not found")
	// ErrForbidden says that the user who asked is on no access list.
	ErrForbidden = errors.New("forbidden")
	// ErrInvalid says that what is there is not what is needed.
	ErrInvalid = errors.New("invalid")
	// ErrUnavailable says that Barbican or Keystone could not be asked or failed: try again later.
	ErrUnavailable = errors.New("the key manager is not available")
)

// Error is a failed call.
type Error struct {
	// Kind is one of the sentinels above.
	Kind error
	// Doing says what was being done to which container or secret; it may be shown to the user.
	Doing string
	// Message says what is wrong, for the user; set if and only if Kind is ErrInvalid.
	Message string
	// Err is the cause.
	Err error
}

// Error never has the body of an answer: it may hold a secret.
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

// classify makes an Error of what gophercloud returned. A 401 is an outage: gophercloud has logged in again by then.
func classify(doing string, err error) error {
	if own, isOwn := errors.AsType[*Error](err); isOwn {
		return own
	}
	e := &Error{Kind: ErrUnavailable, Doing: doing, Err: err}
	answer, isHTTP := errors.AsType[gophercloud.ErrUnexpectedResponseCode](err)
	if !isHTTP {
		return e
	}
	switch answer.Actual {
	case http.StatusNotFound:
		// A 404 that is not in Barbican's form is a proxy's or a wrong endpoint's.
		if isBarbicans(answer.Body) {
			e.Kind = ErrNotFound
		}
	case http.StatusForbidden:
		e.Kind = ErrForbidden
	}
	return e
}

// isBarbicans recognises {"code", "title", "description"}.
func isBarbicans(body []byte) bool {
	var form struct {
		Code  int    `json:"code"`
		Title string `json:"title"`
	}
	return json.Unmarshal(body, &form) == nil && form.Code != 0 && form.Title != ""
}

func isTemporary(err error) bool { return errors.Is(err, ErrUnavailable) }
