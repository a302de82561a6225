package engine

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"strings"
	"time"
)

// handshakeTimeout bounds a client's TLS handshake.
const handshakeTimeout = 10 * time.Second

// streamListener accepts a virtual service's TCP connections, within its limit and into its counters.
type streamListener struct {
	net.Listener
	vs    *virtualService
	conns connSet
}

func listenStream(ctx context.Context, vs *virtualService, key frontKey) (*streamListener, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", key.address.String())
	if err != nil {
		return nil, fmt.Errorf("virtual service %s: %w", vs.uuid, err)
	}
	return &streamListener{Listener: listener, vs: vs}, nil
}

// Accept returns the next connection that the limit admits; those beyond it are closed.
func (l *streamListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if !l.lets(conn) {
			_ = conn.Close() // kept out
			continue
		}
		if !l.vs.counters.admit(l.vs.view.Load().config.MaxConnections) {
			_ = conn.Close() // refused
			continue
		}
		client := newClientConn(conn, &l.vs.counters, &l.conns)
		if !l.conns.add(client) {
			_ = client.Close() // the listener is closing
			continue
		}
		return client, nil
	}
}

// lets says whether the network rules let a client in.
func (l *streamListener) lets(conn net.Conn) bool {
	client, err := addrPortOf(conn.RemoteAddr())
	return err == nil && l.vs.view.Load().admits(client.Addr())
}

// Close frees the port and ends every connection that came through it.
func (l *streamListener) Close() error {
	err := l.Listener.Close()
	l.conns.closeAll()
	return err
}

// clientTLSConfig serves the virtual service's certificates as they are at each handshake. protocol is what to offer by
// ALPN, besides HTTP/2 where that is on; empty for nothing.
func clientTLSConfig(vs *virtualService, protocol string) *tls.Config {
	var protocols []string
	if protocol != "" {
		protocols = []string{protocol}
	}
	return &tls.Config{ //nolint:gosec // which versions are old is for the profile of the host that is named, below
		MinVersion: tls.VersionTLS10,
		GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
			return vs.view.Load().tlsConfig(hello, protocols)
		},
	}
}

// chooseCertificate takes the first certificate that is made for the name the client asks for and that it can verify,
// or else the first of all.
func chooseCertificate(certificates []tls.Certificate, hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	if len(certificates) == 0 {
		return nil, fmt.Errorf("TLS handshake for %q: no certificate", hello.ServerName)
	}
	for i := range certificates {
		if hello.SupportsCertificate(&certificates[i]) == nil {
			return &certificates[i], nil
		}
	}
	for i := range certificates {
		if onlyCommonName(certificates[i].Leaf, hello.ServerName) {
			return &certificates[i], nil
		}
	}
	return &certificates[0], nil
}

// onlyCommonName recognises a certificate of the old form, which names its host in the subject alone and which
// crypto/tls therefore takes for nobody's.
func onlyCommonName(leaf *x509.Certificate, name string) bool {
	return leaf != nil && len(leaf.DNSNames) == 0 && name != "" && strings.EqualFold(leaf.Subject.CommonName, name)
}
