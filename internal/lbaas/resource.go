package lbaas

import (
	"slices"
	"time"
	"unicode/utf8"
)

// Resource is what every LBaaS v2 object has.
type Resource struct {
	ID        string
	ProjectID string
	Name      string
	// AdminStateUp false takes the object out of service without deleting it.
	AdminStateUp       bool
	ProvisioningStatus ProvisioningStatus
	OperatingStatus    OperatingStatus
	CreatedAt          time.Time // UTC
	// UpdatedAt is when a request last changed the object or the work for one ended; zero until then.
	UpdatedAt time.Time
	// Doomed is set by an accepted deletion and never unset: the worker removes the object at the Controller, then the row.
	// It outlives an ERROR, so that the next attempt still deletes.
	Doomed bool
	// Tags are the user's own words for the object, in order and without duplicates. They are for users only: the trees that the
	// worker reads have none.
	Tags []string
}

// Base is the object's common part, for what treats all kinds of objects alike.
func (r *Resource) Base() *Resource { return r }

// Stats are the counters of a listener, or the sums of those of a load balancer.
type Stats struct {
	BytesIn           int64 // bytes from clients
	BytesOut          int64 // bytes to clients
	ActiveConnections int64 // open now
	TotalConnections  int64 // ever handled
	RequestErrors     int64 // requests that could not be served
}

// Add sums two objects' counters.
func (s Stats) Add(o Stats) Stats {
	return Stats{
		BytesIn:           s.BytesIn + o.BytesIn,
		BytesOut:          s.BytesOut + o.BytesOut,
		ActiveConnections: s.ActiveConnections + o.ActiveConnections,
		TotalConnections:  s.TotalConnections + o.TotalConnections,
		RequestErrors:     s.RequestErrors + o.RequestErrors,
	}
}

// maxText is the longest name, description or reference, in characters (Octavia's API reference).
const maxText = 255

func checkText(attribute, value string) error {
	if !utf8.ValidString(value) {
		return InvalidValue(attribute, value, "Value should be valid UTF-8.")
	}
	if utf8.RuneCountInString(value) > maxText {
		return InvalidValue(attribute, value, "Value should have a maximum character requirement of 255")
	}
	for _, r := range value {
		// A NUL fits no database's text and no Controller's name.
		if r == 0 {
			return InvalidValue(attribute, value, "Value should not contain NUL characters.")
		}
	}
	return nil
}

func checkRange(attribute string, value, low, high int) error {
	if value < low {
		return InvalidValue(attribute, value, "Value should be greater or equal to "+itoa(low))
	}
	if value > high {
		return InvalidValue(attribute, value, "Value should be lower or equal to "+itoa(high))
	}
	return nil
}

func checkEnum[T ~string](attribute string, value T, allowed []T) error {
	if slices.Contains(allowed, value) {
		return nil
	}
	return InvalidValue(attribute, value, "Value should be one of: "+joined(allowed))
}
