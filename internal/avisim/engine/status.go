package engine

import (
	"net/netip"
	"time"
)

// State is the health of a virtual service, pool or server, in the Controller's words without the OPER_ prefix.
type State string

// The states that the engine reports.
const (
	StateUp       State = "UP"
	StateDown     State = "DOWN"
	StateDisabled State = "DISABLED"
	// StateUnknown is a server that has monitors of which none has finished its first checks.
	StateUnknown State = "UNKNOWN"
	// StateResources is a virtual service that cannot be placed: an address that is not loopback, a port already taken.
	StateResources State = "RESOURCES"
)

// Health is a state with the reason for it and since when.
type Health struct {
	State   State
	Reason  string
	Changed time.Time
}

// Counters are cumulative since the virtual service was placed; OpenConnections is a gauge.
type Counters struct {
	BytesIn, BytesOut  uint64 // from and to clients
	OpenConnections    uint64
	NewConnections     uint64 // accepted
	FinishedConns      uint64
	ConnectionErrors   uint64 // dropped or refused for want of a server or by a limit
	Responses          uint64 // HTTP only
	ErrorResponses     uint64 // HTTP 4xx and 5xx
	MaxOpenConnections uint64 // highest OpenConnections seen
}

// Status is a snapshot of everything the engine does.
type Status struct {
	VirtualServices map[string]VirtualServiceStatus
	Pools           map[string]PoolStatus
}

// VirtualServiceStatus is one virtual service's health and counters.
type VirtualServiceStatus struct {
	Health
	Counters Counters
}

// PoolStatus is one pool's health and that of its servers.
type PoolStatus struct {
	Health
	Servers map[netip.AddrPort]Health
}
