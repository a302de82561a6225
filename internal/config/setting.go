package config

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/config/oslo"
)

// Option describes one option to people.
type Option struct {
	Name    string
	Aliases []string // older names that are read too
	Type    string   // "boolean", "integer", "seconds", "text", …
	Default string   // as it would be written; "": none
	Allowed string   // range or choices; "": any
	Help    string
	Secret  bool // never shown
	Multi   bool // may be given several times, each counts
}

// setting binds an option to the field that it sets.
type setting struct {
	Option
	set func(text string) error
	// reason is why setting this option is an error, for one that the operator may
	// expect to work and that would be wrong to ignore: set is nil then, and the
	// option is no part of the reference.
	reason string
}

func (s setting) names() []string { return append([]string{s.Name}, s.Aliases...) }

// also adds older names.
func (s setting) also(names ...string) setting {
	s.Aliases = names
	return s
}

// allowing replaces what the messages and the reference say of allowed values.
func (s setting) allowing(allowed string) setting {
	s.Allowed = allowed
	return s
}

func text(name string, field *string, help string) setting {
	return setting{
		Option: Option{Name: name, Type: "text", Default: *field, Help: help},
		set:    func(text string) error { *field = text; return nil },
	}
}

func secret(name string, field *Secret, help string) setting {
	return setting{
		Option: Option{Name: name, Type: "text", Help: help, Secret: true},
		set:    func(text string) error { *field = Secret(text); return nil },
	}
}

func boolean(name string, field *bool, help string) setting {
	return setting{
		Option: Option{Name: name, Type: "boolean", Default: strconv.FormatBool(*field), Allowed: oslo.BooleanTexts, Help: help},
		set: func(text string) (err error) {
			value, err := oslo.Boolean(text)
			if err == nil {
				*field = value
			}
			return err
		},
	}
}

// integer leaves the field alone on an empty text, which in oslo.config means
// that a number is not set.
func integer(name string, field *int, least, most int, help string) setting {
	return setting{
		Option: Option{
			Name: name, Type: "integer", Default: strconv.Itoa(*field),
			Allowed: fmt.Sprintf("%d to %d", least, most), Help: help,
		},
		set: func(text string) error {
			if strings.TrimSpace(text) == "" {
				return nil
			}
			value, err := oslo.Integer(text)
			if err != nil {
				return err
			}
			if value < int64(least) || value > int64(most) {
				return errOutOfRange
			}
			*field = int(value)
			return nil
		},
	}
}

var errOutOfRange = errors.New("out of range")

// seconds is a duration given as a number of seconds, fractions allowed.
func seconds(name string, field *time.Duration, least, most time.Duration, help string) setting {
	return setting{
		Option: Option{
			Name: name, Type: "seconds", Default: formatSeconds(*field),
			Allowed: formatSeconds(least) + " to " + formatSeconds(most), Help: help,
		},
		set: func(text string) error {
			if strings.TrimSpace(text) == "" {
				return nil
			}
			value, err := oslo.Float(text)
			if err != nil {
				return err
			}
			// Written so that NaN is out of range too.
			if !(value >= least.Seconds() && value <= most.Seconds()) {
				return errOutOfRange
			}
			*field = time.Duration(value * float64(time.Second))
			return nil
		},
	}
}

func formatSeconds(d time.Duration) string {
	return strconv.FormatFloat(d.Seconds(), 'f', -1, 64)
}

// choice is one of a few words, in their own case.
func choice[T ~string](name string, field *T, choices []T, help string) setting {
	words := make([]string, len(choices))
	for i, c := range choices {
		words[i] = string(c)
	}
	return setting{
		Option: Option{Name: name, Type: "choice", Default: string(*field), Allowed: strings.Join(words, ", "), Help: help},
		set: func(text string) error {
			if !slices.Contains(choices, T(text)) {
				return errors.New("not one of the choices")
			}
			*field = T(text)
			return nil
		},
	}
}

// webURL is an absolute http or https URL; a slash at its end is dropped.
func webURL(name string, field *string, help string) setting {
	return setting{
		Option: Option{Name: name, Type: "URL", Default: *field, Allowed: "http://… or https://…", Help: help},
		set: func(text string) error {
			if text == "" {
				*field = ""
				return nil
			}
			u, err := url.Parse(text)
			if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" {
				return errors.New("not an absolute URL of http or https")
			}
			if u.User != nil {
				return errors.New("credentials do not belong in a URL")
			}
			*field = strings.TrimRight(text, "/")
			return nil
		},
	}
}

func ipAddress(name string, field *string, help string) setting {
	return setting{
		Option: Option{Name: name, Type: "IP address", Default: *field, Help: help},
		set: func(text string) error {
			if _, err := netip.ParseAddr(text); err != nil {
				return errors.New("not an IP address")
			}
			*field = text
			return nil
		},
	}
}

// names is a list of words separated by commas.
func names(name string, field *[]string, help string) setting {
	return setting{
		Option: Option{Name: name, Type: "list", Default: strings.Join(*field, ", "), Help: help},
		set: func(text string) error {
			items, err := oslo.QuotedList(text)
			if err != nil {
				return err
			}
			if slices.Contains(items, "") {
				return errors.New("an item is empty")
			}
			*field = items
			return nil
		},
	}
}

// hostPort is an address to listen on.
func hostPort(name string, field *string, help string) setting {
	return setting{
		Option: Option{Name: name, Type: "address", Default: *field, Allowed: "an IP address and a port, as 127.0.0.1:9877 or [::1]:9877", Help: help},
		set: func(text string) error {
			if _, err := netip.ParseAddrPort(text); err != nil {
				return errors.New("not an IP address and a port")
			}
			*field = text
			return nil
		},
	}
}
