package barbican

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/gophercloud/gophercloud/v2"

	"github.com/avi-lbaas/avi-lbaas/internal/openstack"
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

// Error is a failed call. Its Message says what is wrong, for the user; it is set if and only if Kind is ErrInvalid.
type Error = openstack.Error

// classify says what an answer means that is no success. A 401 is an outage: a new login has been tried by then.
func classify(answer gophercloud.ErrUnexpectedResponseCode) (message string, kind error) {
	switch answer.Actual {
	case http.StatusNotFound:
		// A 404 that is not in Barbican's form is a proxy's or a wrong endpoint's.
		if isBarbicans(answer.Body) {
			return "", ErrNotFound
		}
	case http.StatusForbidden:
		return "", ErrForbidden
	}
	return "", nil
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
