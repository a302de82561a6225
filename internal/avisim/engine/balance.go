package engine

import (
	"encoding/binary"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"net/netip"
)

// choose picks one of the candidates, which are not empty. It is called under the pool's lock: some algorithms move
// the candidates' currentWeight.
func choose(algorithm Algorithm, candidates []*server, client netip.AddrPort, random *rand.Rand) *server {
	switch algorithm {
	case AlgorithmRoundRobin:
		return smoothRoundRobin(candidates)
	case AlgorithmHashSourceIP:
		return rendezvous(candidates, clientKey(client.Addr(), 0))
	case AlgorithmHashSourceIPPort:
		return rendezvous(candidates, clientKey(client.Addr(), client.Port()))
	case AlgorithmRandom:
		return weightedRandom(candidates, random)
	case AlgorithmLeastConnections:
		return leastConnections(candidates)
	default:
		return leastConnections(candidates)
	}
}

// smoothRoundRobin spreads a server's turns evenly over a round instead of giving them in a row: with shares 5, 1, 1
// the order is a a b a c a a. Over one round (the sum of the shares) each server gets exactly its share.
func smoothRoundRobin(candidates []*server) *server {
	total := 0
	best := candidates[0]
	for _, s := range candidates {
		s.currentWeight += s.config.Ratio
		total += s.config.Ratio
		if s.currentWeight > best.currentWeight {
			best = s
		}
	}
	best.currentWeight -= total
	return best
}

// leastConnections picks the fewest open connections for its share. Ties, which are the rule for short requests, go
// round so that idle servers still get their shares.
func leastConnections(candidates []*server) *server {
	least := candidates[0]
	for _, s := range candidates[1:] {
		if s.open*least.config.Ratio < least.open*s.config.Ratio {
			least = s
		}
	}
	ties := make([]*server, 0, len(candidates))
	for _, s := range candidates {
		if s.open*least.config.Ratio == least.open*s.config.Ratio {
			ties = append(ties, s)
		}
	}
	return smoothRoundRobin(ties)
}

func weightedRandom(candidates []*server, random *rand.Rand) *server {
	total := 0
	for _, s := range candidates {
		total += s.config.Ratio
	}
	ticket := random.IntN(total)
	for _, s := range candidates {
		if ticket -= s.config.Ratio; ticket < 0 {
			return s
		}
	}
	return candidates[len(candidates)-1]
}

// rendezvous gives each server a score from the client and the server alone and takes the highest, so that a server
// that goes moves no clients but its own. Weighting by -ratio/ln(u) makes the shares exact in expectation.
func rendezvous(candidates []*server, client []byte) *server {
	best, highest := candidates[0], math.Inf(-1)
	for _, s := range candidates {
		if score := -float64(s.config.Ratio) / math.Log(uniform(client, s.config.Address)); score > highest {
			best, highest = s, score
		}
	}
	return best
}

// uniform maps a client and a server to a number strictly between 0 and 1, the same in every run.
func uniform(client []byte, address netip.AddrPort) float64 {
	hash := fnv.New64a()
	_, _ = hash.Write(client) // a hash's Write never fails
	_, _ = hash.Write(clientKey(address.Addr(), address.Port()))
	return (float64(scramble(hash.Sum64())>>11) + 0.5) / (1 << 53)
}

// scramble is the finaliser of splitmix64: FNV alone leaves the high bits of addresses that differ in their last byte
// too much alike.
func scramble(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

func clientKey(address netip.Addr, port uint16) []byte {
	raw := address.As16()
	return binary.BigEndian.AppendUint16(raw[:], port)
}
