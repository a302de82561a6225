package config

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/avi-lbaas/avi-lbaas/internal/config/oslo"
)

// serverURL is what follows the :// of a server's URL. SQLAlchemy is laxer than RFC 3986 here, so that passwords with a slash or a
// hash are written as they are; only @ and % have to be escaped in them.
var serverURL = regexp.MustCompile(
	`^(?:([^:/@]*)(?::([^@]*))?@)?([^/?@]*)(?:/([^?]*))?(?:\?(.*))?$`)

// serverHost is one host of those that commas separate in a URL.
var serverHost = regexp.MustCompile(`^(?:\[([^][]+)\]|([^][:]+))(?::([0-9]*))?$`)

// setServer reads the URL of a database server. Errors name the part that is wrong and never show it.
func (d *Database) setServer(dialect Dialect, text string, option func(s *DatabaseServer, name, value string) error) error {
	parts := serverURL.FindStringSubmatch(text)
	if parts == nil {
		return errors.New("not of the form user:password@host:port/database")
	}
	var s DatabaseServer
	var password string
	for _, p := range []struct {
		into       *string
		text, what string
	}{
		{&s.User, parts[1], "user"}, {&password, parts[2], "password"}, {&s.Name, parts[4], "database"},
	} {
		var err error
		if *p.into, err = url.PathUnescape(p.text); err != nil {
			return fmt.Errorf("the %s has a %% that begins no escape; write it as %%25", p.what)
		}
	}
	s.Password = Secret(password)
	if err := s.setOptions(parts[5], option); err != nil {
		return err
	}
	// Hosts and sockets among the options go before, as with SQLAlchemy.
	if len(s.Hosts) == 0 && s.Socket == "" {
		if err := s.addHosts(parts[3]); err != nil {
			return err
		}
	}
	switch {
	case len(s.Hosts) > 0 && s.Socket != "":
		return errors.New("both hosts and a socket are named")
	case s.Name == "":
		return errors.New("the URL names no database")
	case s.User == "":
		return errors.New("the URL names no user")
	case len(s.Hosts) == 0 && s.Socket == "":
		return errors.New("the URL names no host and no socket")
	case (s.CertFile == "") != (s.KeyFile == ""):
		return errors.New("a certificate of ours needs its key, and the key its certificate")
	case dialect == MySQL && s.CertFile != "" && s.CAFile == "":
		return errors.New("without ssl_ca there is nothing to know the server by; ssl_cert and ssl_key would go to anybody")
	}
	d.Dialect, d.Path, d.Server = dialect, "", s
	return nil
}

// addHosts takes name:port,name:port, where a name may be an address, those of IPv6 in brackets.
func (s *DatabaseServer) addHosts(text string) error {
	if text == "" {
		return nil
	}
	for part := range strings.SplitSeq(text, ",") {
		found := serverHost.FindStringSubmatch(part)
		if found == nil {
			return errors.New("a host is not of the form name:port")
		}
		h := DatabaseHost{Name: found[1] + found[2]}
		if found[3] != "" {
			port, err := strconv.Atoi(found[3])
			if err != nil || port < 1 || port > 65535 {
				return errors.New("the port is not one of 1 to 65535")
			}
			h.Port = port
		}
		s.Hosts = append(s.Hosts, h)
	}
	return nil
}

func (s *DatabaseServer) setOptions(query string, option func(s *DatabaseServer, name, value string) error) error {
	for part := range strings.SplitSeq(query, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		name, errName := url.QueryUnescape(name)
		value, errValue := url.QueryUnescape(value)
		if errName != nil || errValue != nil {
			return errors.New("an option after ? has a % that begins no escape")
		}
		if err := option(s, name, value); err != nil {
			return fmt.Errorf("option %s: %w", name, err)
		}
	}
	return nil
}

var errUnknownOption = errors.New("not supported")

// mysqlOption takes PyMySQL's options.
func mysqlOption(s *DatabaseServer, name, value string) error {
	switch name {
	case "charset":
		// All of them are spoken by way of utf8mb4, which has every character.
		if !slices.Contains([]string{"utf8", "utf8mb3", "utf8mb4"}, value) {
			return errors.New("only utf8mb4 and utf8 have all characters that names may have")
		}
	case "unix_socket":
		// A host beside it counts for nothing, as with PyMySQL.
		s.Socket = value
	case "ssl_ca":
		s.CAFile = value
	case "ssl_cert":
		s.CertFile = value
	case "ssl_key":
		s.KeyFile = value
	case "ssl_check_hostname":
		check, err := oslo.Boolean(value)
		if err != nil {
			return err
		}
		s.AnyName = !check
	default:
		return errUnknownOption
	}
	return nil
}

// postgresOption takes libpq's options.
func postgresOption(s *DatabaseServer, name, value string) error {
	switch name {
	case "sslmode":
		modes := []string{"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}
		if !slices.Contains(modes, value) {
			return errors.New("not one of " + strings.Join(modes, ", "))
		}
		s.SSLMode = value
	case "sslrootcert":
		s.CAFile = value
	case "sslcert":
		s.CertFile = value
	case "sslkey":
		s.KeyFile = value
	case "host":
		if strings.HasPrefix(value, "/") {
			s.Socket = value
			return nil
		}
		return s.addHosts(value)
	case "target_session_attrs":
		// That is how hosts are chosen in any case: a standby is of no use to a service that writes.
		if !slices.Contains([]string{"read-write", "primary"}, value) {
			return errors.New("not one of read-write, primary: this service writes")
		}
	case "client_encoding":
		if !strings.EqualFold(strings.ReplaceAll(value, "-", ""), "utf8") {
			return errors.New("only utf8 has all characters that names may have")
		}
	default:
		return errUnknownOption
	}
	return nil
}
