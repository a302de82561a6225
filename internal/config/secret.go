package config

import "log/slog"

// masked stands for every secret that is set, whatever its length.
const masked = "***"

// Secret is a text that no formatting and no log shows. Reveal gives it.
type Secret string

// Reveal gives the secret itself, to whatever authenticates with it.
func (s Secret) Reveal() string { return string(s) }

// String masks the secret for the fmt verbs that ask for a Stringer.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return masked
}

// GoString masks the secret for %#v.
func (s Secret) GoString() string { return `"` + s.String() + `"` }

// LogValue masks the secret for log/slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText masks the secret for encoding/json and its like.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
