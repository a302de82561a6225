package lbaas_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// decode reads a request as a front door does.
func decode[T any](t *testing.T, body string) T {
	t.Helper()
	var in T
	if err := json.Unmarshal([]byte(body), &in); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return in
}

// refusal is a request that breaks a rule, and what the user is told.
type refusal struct {
	name, body string
	kind       lbaas.Kind
	message    string
}

// checkRefusals wants each request refused with its kind and its text, and nothing else shown to the user.
func checkRefusals[In any](t *testing.T, refusals []refusal, try func(In) error) {
	t.Helper()
	for _, r := range refusals {
		t.Run(r.name, func(t *testing.T) {
			err := try(decode[In](t, r.body))
			if !errors.Is(err, r.kind) {
				t.Fatalf("got error %v, want one of kind %q", err, r.kind)
			}
			message, kind, ok := lbaas.MessageFor(err)
			if !ok || kind != r.kind || message != r.message {
				t.Errorf("the user is told (%q, %q, %v), want (%q, %q)", message, kind, ok, r.message, r.kind)
			}
		})
	}
}

const (
	invalid     = lbaas.KindInvalid
	unsupported = lbaas.KindUnsupported
)

// itsLimit is what is said of a text of more than 255 characters.
const itsLimit = "Value should have a maximum character requirement of 255"
