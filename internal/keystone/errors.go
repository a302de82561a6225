package keystone

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/gophercloud/gophercloud/v2"
)

var (
	// ErrInvalidToken says that Keystone does not know the user's token, or not any more: answer 401.
	ErrInvalidToken = errors.New("the token is not valid")
	// ErrUnavailable says that Keystone could not be asked, or not with this service's credentials: answer 503.
	ErrUnavailable = errors.New("the identity service is not available")
	// ErrNoEndpoint says that the catalog has no endpoint of the type, region and interface asked for.
	ErrNoEndpoint = errors.New("no such endpoint in the service catalog")
)

// outage marks err as ErrUnavailable without hiding it. Bodies of answers are left out: they may quote what was sent.
type outage struct {
	doing string
	err   error
}

func (o *outage) Error() string {
	return "the identity service is not available: " + o.doing + ": " + brief(o.err)
}

func (o *outage) Unwrap() []error { return []error{ErrUnavailable, o.err} }

// brief is an HTTP error without the body that gophercloud puts into its text: Keystone may quote a token there.
func brief(err error) string {
	if login, isLogin := errors.AsType[*gophercloud.ErrUnableToReauthenticate](err); isLogin {
		return "logging in again: " + brief(login.ErrReauth)
	}
	if refused, isHTTP := errors.AsType[gophercloud.ErrUnexpectedResponseCode](err); isHTTP {
		return fmt.Sprintf("answered %d %s", refused.Actual, http.StatusText(refused.Actual))
	}
	return err.Error()
}
