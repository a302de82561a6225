//go:build !linux

package engine

import (
	"errors"
	"net"
	"net/netip"
)

// listenUnprivilegedICMP is made for Linux only; elsewhere ping tries a raw socket.
func listenUnprivilegedICMP(netip.Addr) (net.PacketConn, net.Addr, error) {
	return nil, nil, errors.ErrUnsupported
}
