package config

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/config/oslo"
)

// TLSVersion is the oldest version of TLS that the API speaks.
type TLSVersion string

// The values of [api_settings] tls_minimum_version.
const (
	TLS12 TLSVersion = "1.2"
	TLS13 TLSVersion = "1.3"
)

// Serving is the part of [api_settings] about how the API is served, rather than what.
type Serving struct {
	// CertFile and KeyFile are PEM files; both or neither. Without them the API speaks plain HTTP.
	CertFile, KeyFile string
	// ClientCAFile is a PEM file of the authorities of clients' certificates; "": clients need none.
	ClientCAFile  string
	TLSMinVersion TLSVersion

	// RateLimit is how many requests a second a project may make in the long run; 0: as many as it likes.
	RateLimit float64
	// RateLimitBurst is how many it may make at once, at least 1.
	RateLimitBurst int

	HealthcheckEnabled bool
	// HealthcheckRefresh is for how long the database's state is remembered.
	HealthcheckRefresh time.Duration
}

// TLSEnabled says whether the API speaks TLS.
func (s Serving) TLSEnabled() bool { return s.CertFile != "" }

func defaultServing() Serving {
	return Serving{TLSMinVersion: TLS12, RateLimitBurst: 50, HealthcheckEnabled: true, HealthcheckRefresh: 5 * time.Second}
}

func servingSettings(s *Serving) []setting {
	return []setting{
		text("cert_file", &s.CertFile, "The API's certificate with its chain, a PEM file. With it and key_file the API speaks TLS, and only TLS. "+
			"A changed file is read without a restart."),
		text("key_file", &s.KeyFile, "The certificate's private key, a PEM file."),
		text("ca_file", &s.ClientCAFile, "The authorities of clients' certificates, a PEM file. With it every client has to show a certificate of theirs."),
		choice("tls_minimum_version", &s.TLSMinVersion, []TLSVersion{TLS12, TLS13}, "The oldest version of TLS that is spoken."),
		rate("rate_limit", &s.RateLimit, "How many requests a second one project may make in the long run; more are answered 429. 0: no limit."),
		integer("rate_limit_burst", &s.RateLimitBurst, 1, 1<<20, "How many requests a project may make at once, with a rate_limit."),
		boolean("healthcheck_enabled", &s.HealthcheckEnabled, "Serve /healthcheck."),
		seconds("healthcheck_refresh_interval", &s.HealthcheckRefresh, 0, time.Hour, "For how long the answer of octavia_db_check is remembered."),
	}
}

// mostRate is more than a process can answer.
const mostRate = 100_000

// rate is a number a second, fractions allowed.
func rate(name string, field *float64, help string) setting {
	return setting{
		Option: Option{Name: name, Type: "number", Default: "0", Allowed: fmt.Sprintf("0 to %d", mostRate), Help: help},
		set: func(text string) error {
			value, err := oslo.Float(text)
			if err != nil {
				return err
			}
			// Written so that NaN is out of range too.
			if !(value >= 0 && value <= mostRate) {
				return errOutOfRange
			}
			*field = value
			return nil
		},
	}
}

// validate says what is missing of TLS.
func (s *Serving) validate(add func(section, option, reason string)) {
	switch {
	case s.CertFile != "" && s.KeyFile == "":
		add(sectionAPI, "key_file", "required with cert_file")
	case s.CertFile == "" && s.KeyFile != "":
		add(sectionAPI, "cert_file", "required with key_file")
	case s.CertFile == "" && s.ClientCAFile != "":
		add(sectionAPI, "ca_file", "has no effect without cert_file and key_file: clients show certificates over TLS only")
	}
}

// ServerTLS reads the files: nil without TLS. Errors name the files and show nothing of them.
func (s Serving) ServerTLS() (*tls.Config, error) {
	if !s.TLSEnabled() {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(s.CertFile, s.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("the API's certificate %s with key %s: %w", s.CertFile, s.KeyFile, err)
	}
	c := &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}
	if s.TLSMinVersion == TLS13 {
		c.MinVersion = tls.VersionTLS13
	}
	if s.ClientCAFile == "" {
		return c, nil
	}
	content, err := os.ReadFile(s.ClientCAFile)
	if err != nil {
		return nil, fmt.Errorf("the authorities of clients' certificates: %w", err)
	}
	c.ClientCAs, c.ClientAuth = x509.NewCertPool(), tls.RequireAndVerifyClientCert
	if !c.ClientCAs.AppendCertsFromPEM(content) {
		return nil, fmt.Errorf("the authorities of clients' certificates: no PEM certificate in %s", s.ClientCAFile)
	}
	return c, nil
}
