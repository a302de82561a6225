// Package avi speaks the REST interface of the Avi Controller: it holds the
// session, reads and writes objects as raw JSON so that fields nobody here knows
// survive a read-change-write, and turns the Controller's answers into errors of a
// closed set of kinds.
//
// It knows nothing of LBaaS, of the meaning of an object's fields or of what
// should exist at the Controller. It repeats a request only when the Controller did
// not accept its session, because then it was not carried out; every other retry
// belongs to the caller. It never logs a request body, an answer's body, a password,
// a cookie or a token.
//
// It may import requestid and tracing.
package avi
