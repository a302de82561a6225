package neutron

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/gophercloud/gophercloud/v2"

	"github.com/avi-lbaas/avi-lbaas/internal/openstack"
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

// Error is a failed call. Its Message is Neutron's own text, fit to be shown to the user when Kind is ErrNotFound, ErrConflict or
// ErrInvalid.
type Error = openstack.Error

// classify says what an answer means that is no success.
func classify(answer gophercloud.ErrUnexpectedResponseCode) (message string, kind error) {
	message, fromNeutron := neutronMessage(answer.Body)
	switch answer.Actual {
	case http.StatusNotFound:
		// A 404 without Neutron's body is a proxy's or a wrong endpoint's; taking it for "gone" would lose objects.
		if fromNeutron {
			kind = ErrNotFound
		}
	case http.StatusConflict:
		kind = ErrConflict
	case http.StatusBadRequest:
		kind = ErrInvalid
	case http.StatusUnauthorized:
		kind = ErrUnauthenticated
	case http.StatusForbidden:
		kind = ErrForbidden
	}
	return message, kind
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
