package engine

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Host is a part of a virtual service for TLS clients that name one of its domains: an SNI child of the Controller.
type Host struct {
	// UUID names the host in Status, where it has counters of its own; empty for one that is not told.
	UUID string
	// Domains are lower-case; "*.example.com" stands for every name with one label more.
	Domains      []string
	Certificates []Certificate
	// PoolUUID names an entry of Config.Pools or Config.Groups; empty when the host has no pool: its clients get nothing.
	PoolUUID string
	// RequestRules are run on each HTTP request of the host's clients, in the place of the virtual service's.
	RequestRules []RequestRule
	// TLS is what its clients may use.
	TLS TLSProfile
}

// ClientAuthMode says whether TLS clients have to show a certificate.
type ClientAuthMode string

// The ways to treat clients' certificates; the zero value asks for none.
const (
	ClientAuthNone    ClientAuthMode = ""
	ClientAuthRequest ClientAuthMode = "REQUEST" // one that is shown has to be good
	ClientAuthRequire ClientAuthMode = "REQUIRE"
)

// ClientAuth is how TLS clients authenticate.
type ClientAuth struct {
	Mode ClientAuthMode
	// AuthoritiesPEM sign clients' certificates, RevocationsPEM take some back.
	AuthoritiesPEM, RevocationsPEM []string
}

// hostView is a Host, resolved.
type hostView struct {
	config Host
	serving
	certificates []tls.Certificate
}

// resolveHosts takes over parsed certificates from the last view where they are the same.
func resolveHosts(hosts []Host, pools map[string]*target, last *view) ([]hostView, error) {
	views := make([]hostView, 0, len(hosts))
	for _, h := range hosts {
		next := hostView{
			config: h, serving: newServing(last.countersOf(h.UUID), h.PoolUUID, h.RequestRules, pools), certificates: last.parsed(h.Certificates),
		}
		if next.certificates == nil {
			var err error
			if next.certificates, err = parseCertificates(h.Certificates); err != nil {
				return nil, fmt.Errorf("host %s: %w", strings.Join(h.Domains, ", "), err)
			}
		}
		views = append(views, next)
	}
	return views, nil
}

// countersOf are those of a host, which go on as long as it is there.
func (v *view) countersOf(hostUUID string) *counters {
	if v != nil && hostUUID != "" {
		for i := range v.hosts {
			if v.hosts[i].config.UUID == hostUUID {
				return v.hosts[i].counters
			}
		}
	}
	return &counters{}
}

// parsed are the certificates of a host of the view, nil when it has no host with these.
func (v *view) parsed(certificates []Certificate) []tls.Certificate {
	if v == nil {
		return nil
	}
	for _, h := range v.hosts {
		if slices.Equal(h.config.Certificates, certificates) {
			return h.certificates
		}
	}
	return nil
}

func parseCertificates(certificates []Certificate) ([]tls.Certificate, error) {
	var parsed []tls.Certificate
	for i, c := range certificates {
		pair, err := tls.X509KeyPair([]byte(c.ChainPEM), []byte(c.KeyPEM))
		if err != nil {
			return nil, fmt.Errorf("certificate %d: %w", i+1, err)
		}
		parsed = append(parsed, pair)
	}
	return parsed, nil
}

// hostFor finds the host that a client names, by its exact name before a wildcard; nil when there is none.
func (v *view) hostFor(name string) *hostView {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if name == "" {
		return nil
	}
	_, parent, _ := strings.Cut(name, ".")
	for _, domain := range []string{name, "*." + parent} {
		for i := range v.hosts {
			if slices.Contains(v.hosts[i].config.Domains, domain) {
				return &v.hosts[i]
			}
		}
	}
	return nil
}

// servingFor is that of the host that a client names, or the virtual service's own.
func (v *view) servingFor(serverName string) *serving {
	if h := v.hostFor(serverName); h != nil {
		return &h.serving
	}
	return &v.serving
}

// serverName is the host that a request's client named in its TLS handshake; empty for none.
func serverName(r *http.Request) string {
	if r.TLS == nil {
		return ""
	}
	return r.TLS.ServerName
}

// tlsConfig is what one client is offered. From here on the client counts at the host that it names.
func (v *view) tlsConfig(hello *tls.ClientHelloInfo, protocols []string) (*tls.Config, error) {
	certificates, profile := v.certificates, v.config.TLS
	if h := v.hostFor(hello.ServerName); h != nil {
		certificates, profile = h.certificates, h.config.TLS
		if conn, ok := hello.Conn.(*clientConn); ok {
			conn.handOver(h.counters)
		}
	}
	chosen, err := chooseCertificate(certificates, hello)
	if err != nil {
		return nil, err
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{*chosen}, NextProtos: protocols}
	if err := profile.apply(config, hello); err != nil {
		return nil, err
	}
	if v.config.HTTP2 && len(protocols) > 0 {
		config.NextProtos = append([]string{"h2"}, protocols...)
	}
	return config, v.config.ClientAuth.apply(config)
}

// apply makes a handshake ask for a client's certificate.
func (a ClientAuth) apply(config *tls.Config) error {
	switch a.Mode {
	case ClientAuthNone:
		return nil
	case ClientAuthRequest:
		config.ClientAuth = tls.VerifyClientCertIfGiven
	case ClientAuthRequire:
		config.ClientAuth = tls.RequireAndVerifyClientCert
	}
	config.ClientCAs = x509.NewCertPool()
	for _, authority := range a.AuthoritiesPEM {
		if !config.ClientCAs.AppendCertsFromPEM([]byte(authority)) {
			return errors.New("an authority for clients' certificates cannot be read")
		}
	}
	revoked, err := a.revoked()
	if err != nil {
		return err
	}
	config.VerifyConnection = func(state tls.ConnectionState) error {
		for _, c := range state.PeerCertificates {
			if revoked[c.SerialNumber.String()+" "+string(c.RawIssuer)] {
				return fmt.Errorf("the certificate %s was revoked", c.SerialNumber)
			}
		}
		return nil
	}
	return nil
}

// revoked holds the certificates that the lists take back, by serial number and issuer.
func (a ClientAuth) revoked() (map[string]bool, error) {
	revoked := map[string]bool{}
	for _, text := range a.RevocationsPEM {
		block, _ := pem.Decode([]byte(text))
		if block == nil {
			return nil, errors.New("a revocation list is not in PEM form")
		}
		list, err := x509.ParseRevocationList(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("a revocation list cannot be read: %w", err)
		}
		for _, entry := range list.RevokedCertificateEntries {
			revoked[entry.SerialNumber.String()+" "+string(list.RawIssuer)] = true
		}
	}
	return revoked, nil
}
