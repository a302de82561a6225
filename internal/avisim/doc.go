// Package avisim is a simulated Avi Controller: an HTTPS server that behaves like a real one, as far as what is publicly
// known of it goes, and refuses whatever a real one would refuse. "Controller facts" in its comments are the collected
// observations it is built from.
//
// It shares no code with the rest of the project, so that a misunderstanding shows: it imports only its own schema
// package and the types of the service engine (internal/avisim/engine).
package avisim
