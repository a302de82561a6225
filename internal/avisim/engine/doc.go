// Package engine is the simulated Controller's service engine: it carries out a resolved configuration on loopback
// addresses with real listeners, real health checks and real counters. It stands in for Avi's own engines in tests and
// demonstrations and is not made for production traffic. It imports nothing of this project and never sends a packet to,
// or listens on, an address that is not loopback.
package engine
