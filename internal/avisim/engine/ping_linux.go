package engine

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"syscall"
)

// listenUnprivilegedICMP opens an ICMP socket of datagram type, which Linux permits to the groups of
// net.ipv4.ping_group_range without any privilege.
func listenUnprivilegedICMP(address netip.Addr) (net.PacketConn, net.Addr, error) {
	family, protocol := syscall.AF_INET, syscall.IPPROTO_ICMP
	if address.Is6() {
		family, protocol = syscall.AF_INET6, syscall.IPPROTO_ICMPV6
	}
	descriptor, err := syscall.Socket(family, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC|syscall.SOCK_NONBLOCK, protocol)
	if err != nil {
		return nil, nil, os.NewSyscallError("socket", err)
	}
	file := os.NewFile(uintptr(descriptor), "icmp")
	conn, err := net.FilePacketConn(file) // duplicates the descriptor
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, nil, err
	}
	return conn, &net.UDPAddr{IP: address.AsSlice()}, nil
}
