package engine

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"syscall"
)

// ICMP message types (RFC 792, RFC 4443).
const (
	icmpEchoRequest   = 8
	icmpEchoReply     = 0
	icmpv6EchoRequest = 128
	icmpv6EchoReply   = 129
)

// icmpHeader is the length of an echo message before its data.
const icmpHeader = 8

// ping sends an ICMP echo request and waits for the reply, over an unprivileged ICMP socket where the system has them,
// or else over a raw one. Where neither is permitted the server counts as reachable: it is on this machine's loopback
// interface, which answers every address that it has.
func ping(ctx context.Context, address netip.Addr) error {
	conn, peer, err := listenUnprivilegedICMP(address)
	if err != nil {
		conn, peer, err = listenRawICMP(ctx, address)
	}
	if errors.Is(err, os.ErrPermission) || errors.Is(err, syscall.EPROTONOSUPPORT) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("opening an ICMP socket: %w", err)
	}
	defer func() { _ = conn.Close() }() // the check has its result
	defer cutOff(ctx, conn)()
	token := make([]byte, 16)
	_, _ = rand.Read(token) // never fails
	if _, err := conn.WriteTo(echoRequest(address, token), peer); err != nil {
		return fmt.Errorf("sending an echo request: %w", err)
	}
	answer := make([]byte, 1500)
	for {
		n, _, err := conn.ReadFrom(answer)
		if err != nil {
			return fmt.Errorf("waiting for an echo reply: %w", err)
		}
		if isEchoReply(answer[:n], address, token) {
			return nil
		}
	}
}

func listenRawICMP(ctx context.Context, address netip.Addr) (net.PacketConn, net.Addr, error) {
	network, local := "ip4:icmp", "127.0.0.1"
	if address.Is6() {
		network, local = "ip6:ipv6-icmp", "::1"
	}
	conn, err := (&net.ListenConfig{}).ListenPacket(ctx, network, local)
	if err != nil {
		return nil, nil, err
	}
	return conn, &net.IPAddr{IP: address.AsSlice()}, nil
}

// echoRequest makes an echo request that is known again by its token: the kernel replaces the identifier of
// unprivileged sockets, and raw sockets see everybody's messages.
func echoRequest(address netip.Addr, token []byte) []byte {
	message := make([]byte, icmpHeader, icmpHeader+len(token))
	message[0] = icmpEchoRequest
	if address.Is6() {
		message[0] = icmpv6EchoRequest
	}
	message = append(message, token...)
	if address.Is4() { // the kernel computes ICMPv6 checksums, over a pseudo-header
		binary.BigEndian.PutUint16(message[2:], checksum(message))
	}
	return message
}

func isEchoReply(message []byte, address netip.Addr, token []byte) bool {
	kind := byte(icmpEchoReply)
	if address.Is6() {
		kind = icmpv6EchoReply
	}
	return len(message) >= icmpHeader && message[0] == kind && bytes.Equal(message[icmpHeader:], token)
}

// checksum is the Internet checksum (RFC 1071) of a message of even length.
func checksum(message []byte) uint16 {
	var sum uint32
	for i := 0; i+1 < len(message); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(message[i:]))
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
