package avi

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// DefaultTimeout bounds one request, as the vendor's SDKs do.
const DefaultTimeout = 60 * time.Second

// Config says how to reach a Controller.
type Config struct {
	// Address is a host, host:port or https://host[:port]. Plain HTTP is refused:
	// the password travels at login.
	Address string
	User    string
	// Password is sent at login only.
	Password string
	// APIVersion is the version to speak, OldestAPIVersion at least; a Controller
	// that does not have it is refused. "" means the newest that both sides know.
	APIVersion string
	// CAFile is a PEM file of the authorities to trust for the Controller, instead
	// of the system's. It is read once, by New. Not together with RootCAs.
	CAFile string
	// RootCAs are the authorities to trust, instead of the system's.
	RootCAs *x509.CertPool
	// InsecureSkipVerify turns off the check of the Controller's certificate.
	InsecureSkipVerify bool
	// Timeout bounds one request with its answer; 0 means DefaultTimeout.
	Timeout time.Duration
	// UserAgent names this program to the Controller; "" means "avi-lbaas".
	UserAgent string
	// Logger gets the session's events, and each request at level debug; nil
	// means no logs.
	Logger *slog.Logger
	// Observe, when not nil, is called after each HTTP request, from the
	// goroutine that made it. It must not block.
	Observe func(Request)
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Request is what Config.Observe learns of one HTTP request.
type Request struct {
	Method string
	// Type is the path without uuids: "pool", "login",
	// "analytics/metrics/collection". It takes few values.
	Type     string
	Status   int // 0 when there was no answer
	Duration time.Duration
	Err      error // nil for a success, else an *Error
}

// endpoint returns scheme and host of the Controller.
func (c *Config) endpoint() (string, error) {
	address := strings.TrimSuffix(c.Address, "/")
	if !strings.Contains(address, "://") {
		address = "https://" + address
	}
	u, err := url.Parse(address)
	if err != nil {
		// The cause repeats the address, which may hold a password.
		return "", errors.New("the Controller's address is neither host, host:port nor https://host[:port]")
	}
	switch {
	case u.Scheme != "https":
		return "", fmt.Errorf("the Controller's address has scheme %q: only https is spoken", u.Scheme)
	case u.Hostname() == "":
		return "", errors.New("the Controller's address has no host")
	case u.User != nil, u.Path != "", u.RawQuery != "", u.ForceQuery, u.Fragment != "":
		return "", fmt.Errorf("the Controller's address holds more than host and port %q", u.Host)
	}
	return "https://" + u.Host, nil
}

func (c *Config) transport() (*http.Transport, error) {
	roots, err := c.roots()
	if err != nil {
		return nil, err
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Transport{
		Proxy:     http.ProxyFromEnvironment,
		Protocols: protocols,
		TLSClientConfig: &tls.Config{
			MinVersion:         tls.VersionTLS12,
			RootCAs:            roots,
			InsecureSkipVerify: c.InsecureSkipVerify, //nolint:gosec // the operator's cert_verify=false
		},
		TLSHandshakeTimeout: 15 * time.Second,
		// As many as may work at the same time; otherwise each burst would end
		// with closed connections.
		MaxIdleConnsPerHost: 64,
		// Shorter than the front end's own keep-alive, so that it is us who
		// closes: a request written to a connection just closed by the other
		// side fails with an unknown outcome.
		IdleConnTimeout: 30 * time.Second,
	}, nil
}

func (c *Config) roots() (*x509.CertPool, error) {
	if c.CAFile == "" {
		return c.RootCAs, nil
	}
	if c.RootCAs != nil {
		return nil, errors.New("both CAFile and RootCAs are given")
	}
	pem, err := os.ReadFile(c.CAFile)
	if err != nil {
		return nil, fmt.Errorf("read the Controller's certificate authorities: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("read the Controller's certificate authorities: %s holds no PEM certificate", c.CAFile)
	}
	return pool, nil
}

// apiVersion returns the configured version in the header's form, "" for none.
func (c *Config) apiVersion() (string, error) {
	if c.APIVersion == "" {
		return "", nil
	}
	v, err := ParseVersion(c.APIVersion)
	if err != nil {
		return "", err
	}
	if CompareVersions(v.String(), OldestAPIVersion) < 0 {
		return "", fmt.Errorf("API version %s is older than the oldest supported, %s", v, OldestAPIVersion)
	}
	return v.String(), nil
}
