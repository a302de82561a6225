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

// Only Neutron's own 404 means that an object is gone.
func TestAnAnswerOfSomethingElseNeverMeansGone(t *testing.T) {
	for status := 300; status < 600; status++ {
		message, kind := classify(gophercloud.ErrUnexpectedResponseCode{Actual: status, Body: []byte("<html>")})
		if errors.Is(kind, ErrNotFound) || message != "" {
			t.Errorf("%d: %v, %q", status, kind, message)
		}
	}
}
