package lbaas_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

func TestErrorShowsItsKindAndItsCauseThroughWrapping(t *testing.T) {
	err := fmt.Errorf("create pool p: %w", &lbaas.Error{Kind: lbaas.KindConflict, Message: "in use", Err: io.EOF})
	if !errors.Is(err, lbaas.KindConflict) || errors.Is(err, lbaas.KindNotFound) {
		t.Error("the kind is not the one of the error")
	}
	if !errors.Is(err, io.EOF) {
		t.Error("the cause is lost")
	}
	if got := err.Error(); got != "create pool p: in use: EOF" {
		t.Errorf("the log shows %q", got)
	}
	if message, kind, ok := lbaas.MessageFor(err); !ok || message != "in use" || kind != lbaas.KindConflict {
		t.Errorf("the user is told (%q, %q, %v), want the message without its cause", message, kind, ok)
	}
}

func TestAnInternalErrorIsNotForUsers(t *testing.T) {
	if message, kind, ok := lbaas.MessageFor(fmt.Errorf("read: %w", io.EOF)); ok {
		t.Errorf("the user is told (%q, %q)", message, kind)
	}
}

func TestMessagesAreOctavias(t *testing.T) {
	for _, c := range []struct {
		err     error
		kind    lbaas.Kind
		message string
	}{
		{lbaas.NotFound("Load Balancer", "x"), lbaas.KindNotFound, "Load Balancer x not found."},
		{lbaas.Immutable("Pool", "x"), lbaas.KindImmutable, "Pool x is immutable and cannot be updated."},
		{lbaas.Conflictf("%s is taken", "x"), lbaas.KindConflict, "x is taken"},
		{lbaas.InvalidOption("a", "b"), invalid, "a is not a valid option for b"},
		{lbaas.Unsupportedf("p", "a %s", "b"), unsupported, "Provider 'p' does not support a requested option: a b"},
	} {
		message, kind, ok := lbaas.MessageFor(c.err)
		if !ok || kind != c.kind || message != c.message {
			t.Errorf("got (%q, %q), want (%q, %q)", message, kind, c.message, c.kind)
		}
	}
}
