package engine

import (
	"encoding/binary"
	"fmt"
	"net/netip"
)

// proxyHeader is what a server is told of a client before anything else, in the PROXY protocol's version (haproxy.org,
// proxy-protocol.txt, 2.1 and 2.2); nil for version 0.
func proxyHeader(version int, client, local netip.AddrPort) []byte {
	from, to := client.Addr().Unmap(), local.Addr().Unmap()
	if from.Is4() != to.Is4() { // cannot be on one connection, and has no form in the protocol
		return nil
	}
	switch version {
	case 1:
		family := "TCP4"
		if from.Is6() {
			family = "TCP6"
		}
		return fmt.Appendf(nil, "PROXY %s %s %s %d %d\r\n", family, from, to, client.Port(), local.Port())
	case 2:
		const (
			signature  = "\r\n\r\n\x00\r\nQUIT\n"
			proxied    = 0x21 // version 2, command PROXY
			overTCP4   = 0x11
			overTCP6   = 0x21
			portsBytes = 4
		)
		family := byte(overTCP4)
		if from.Is6() {
			family = overTCP6
		}
		addresses := append(from.AsSlice(), to.AsSlice()...)
		header := append([]byte(signature), proxied, family)
		header = binary.BigEndian.AppendUint16(header, uint16(len(addresses)+portsBytes)) //nolint:gosec // 12 or 36
		header = append(header, addresses...)
		header = binary.BigEndian.AppendUint16(header, client.Port())
		return binary.BigEndian.AppendUint16(header, local.Port())
	}
	return nil
}
