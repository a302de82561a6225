package engine

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"time"
)

// maxAnswer is how much of a server's answer is searched for the expected text.
const maxAnswer = 2048

var errNoText = errors.New("the expected response is not in the answer")

// probe makes one health check; nil means that the server passed. It takes ReceiveTimeout at most.
func probe(ctx context.Context, m Monitor, target checkTarget) error {
	ctx, cancel := context.WithTimeout(ctx, m.ReceiveTimeout)
	defer cancel()
	address := target.address
	if m.Port != 0 {
		address = netip.AddrPortFrom(address.Addr(), m.Port)
	}
	var err error
	switch m.Kind {
	case MonitorPing:
		err = ping(ctx, address.Addr().Unmap())
	case MonitorTCP:
		err = probeTCP(ctx, m, address)
	case MonitorUDP:
		err = probeUDP(ctx, m, address)
	case MonitorHTTP, MonitorHTTPS:
		err = probeHTTP(ctx, m, address, target.hostname)
	}
	if timedOut(err) {
		return fmt.Errorf("no answer within %v", m.ReceiveTimeout)
	}
	return err
}

func timedOut(err error) bool {
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded)
}

// dialProbe connects for one check. The connection's deadline is the context's, and it is cut when that is cancelled.
func dialProbe(ctx context.Context, network string, address netip.AddrPort) (net.Conn, func(), error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, network, address.String())
	if err != nil {
		return nil, nil, err
	}
	release := cutOff(ctx, conn)
	return conn, func() {
		release()
		_ = conn.Close() // the check has its result
	}, nil
}

// cutOff gives the connection the context's deadline, and an immediate one when the context is cancelled. The caller
// calls the function returned when the connection is no longer used.
func cutOff(ctx context.Context, conn interface{ SetDeadline(time.Time) error }) func() {
	if deadline, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(deadline) // fails on a closed connection only, whose next use says so
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	return func() { stop() }
}

func probeTCP(ctx context.Context, m Monitor, address netip.AddrPort) error {
	conn, done, err := dialProbe(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer done()
	if m.Request != "" {
		if _, err := io.WriteString(conn, m.Request); err != nil {
			return fmt.Errorf("sending the request: %w", err)
		}
	}
	if m.Response == "" {
		return nil
	}
	return expect(conn, m.Response)
}

// expect reads until text has come, the other side ends or maxAnswer bytes have passed.
func expect(from io.Reader, text string) error {
	answer := make([]byte, 0, maxAnswer)
	for len(answer) < maxAnswer {
		n, err := from.Read(answer[len(answer):maxAnswer])
		answer = answer[:len(answer)+n]
		if bytes.Contains(answer, []byte(text)) {
			return nil
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("reading the answer: %w", err)
		}
	}
	return errNoText
}

// probeUDP sends the request. A server that answers with an ICMP refusal is down; silence is up, unless a response is
// expected, because UDP servers need not answer.
func probeUDP(ctx context.Context, m Monitor, address netip.AddrPort) error {
	conn, done, err := dialProbe(ctx, "udp", address)
	if err != nil {
		return err
	}
	defer done()
	if _, err := io.WriteString(conn, m.Request); err != nil {
		return fmt.Errorf("sending the request: %w", err)
	}
	if m.Response != "" {
		return expect(conn, m.Response)
	}
	_, err = conn.Read(make([]byte, 1))
	if err != nil && !timedOut(err) {
		return fmt.Errorf("reading the answer: %w", err)
	}
	return nil
}

// probeHTTP sends the request as it is configured over a connection of its own and looks at the answer. Redirects are
// answers like any other.
func probeHTTP(ctx context.Context, m Monitor, address netip.AddrPort, hostname string) error {
	conn, done, err := dialProbe(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer done()
	if m.Kind == MonitorHTTPS {
		encrypted := tls.Client(conn, serverTLSConfig(hostname))
		if err := encrypted.HandshakeContext(ctx); err != nil {
			return fmt.Errorf("TLS handshake: %w", err)
		}
		conn = encrypted
	}
	host := address.String()
	if hostname != "" {
		host = hostname
	}
	request := httpCheckRequest(m.HTTPRequest, host)
	if _, err := io.WriteString(conn, request); err != nil {
		return fmt.Errorf("sending the request: %w", err)
	}
	method, _, _ := strings.Cut(request, " ")
	return readHTTPAnswer(conn, method, m.HTTPCodes, m.HTTPResponse)
}
