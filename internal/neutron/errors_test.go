package neutron

import (
	"errors"
	"testing"
	"unicode/utf8"

	"github.com/gophercloud/gophercloud/v2"
)

func FuzzNeutronMessage(f *testing.F) {
	f.Add([]byte(`{"NeutronError":{"type":"t","message":" m ","detail":""}}`))
	f.Add([]byte(`{"NeutronError":"m"}`))
	f.Add([]byte(`{"NeutronError":null}`))
	f.Add([]byte(`<html>`))
	f.Fuzz(func(t *testing.T, body []byte) {
		message, found := neutronMessage(body)
		if !found && message != "" {
			t.Errorf("%q: a message %q that was not found", body, message)
		}
		if !utf8.ValidString(message) {
			t.Errorf("%q: the message is not text", body)
		}
	})
}

// Whatever the status, there is exactly one kind, and only Neutron's own 404 means that an object is gone.
func TestEveryStatusHasOneKind(t *testing.T) {
	kinds := []error{ErrNotFound, ErrConflict, ErrInvalid, ErrForbidden, ErrUnauthenticated, ErrUnavailable}
	for status := 300; status < 600; status++ {
		err := classify("testing", gophercloud.ErrUnexpectedResponseCode{Actual: status, Body: []byte("<html>")})
		count := 0
		for _, kind := range kinds {
			if errors.Is(err, kind) {
				count++
			}
		}
		if count != 1 || errors.Is(err, ErrNotFound) {
			t.Errorf("%d: %d kinds: %v", status, count, err)
		}
	}
}
