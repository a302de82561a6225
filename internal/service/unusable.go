package service

import (
	"errors"
	"strings"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// unusableError is a container that cannot be used, and why, in words for the user.
type unusableError struct {
	ref, reason string
	err         error // the cause; nil when the reason says all
}

// Error implements error.
func (e *unusableError) Error() string { return e.ref + ": " + e.reason }

// Unwrap gives the cause.
func (e *unusableError) Unwrap() error { return e.err }

func unusable(ref, reason string, err error) error { return &unusableError{ref, reason, err} }

// unusableContainers gathers the containers of a request that cannot be used: as Octavia does, the user is told of all at once.
type unusableContainers struct{ all []*unusableError }

// add takes an error about a container; it gives back one of another kind, which ends the request.
func (u *unusableContainers) add(err error) error {
	one, ok := errors.AsType[*unusableError](err)
	if ok {
		u.all = append(u.all, one)
		return nil
	}
	return err
}

// refusal begins with Octavia's words, and goes on with the reasons, which Octavia keeps to itself; nil when all can be used.
func (u *unusableContainers) refusal() error {
	if len(u.all) == 0 {
		return nil
	}
	var refs, reasons []string
	var causes []error
	for _, e := range u.all {
		refs, causes = append(refs, "'"+e.ref+"'"), append(causes, e)
		if len(u.all) == 1 {
			reasons = append(reasons, e.reason)
		} else {
			reasons = append(reasons, e.Error())
		}
	}
	return &lbaas.Error{
		Kind: lbaas.KindInvalid, Err: errors.Join(causes...),
		Message: "Could not retrieve certificate: [" + strings.Join(refs, ", ") + "]: " + strings.Join(reasons, "; "),
	}
}
