package engine

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// shares makes servers with these ratios, on ports from 1 on.
func shares(ratios ...int) []*server {
	servers := make([]*server, 0, len(ratios))
	for i, ratio := range ratios {
		address := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(i+1))
		servers = append(servers, &server{config: Server{Address: address, Ratio: ratio, Enabled: true}})
	}
	return servers
}

func ratios() *rapid.Generator[[]int] {
	return rapid.SliceOfN(rapid.IntRange(1, 20), 1, 8)
}

func clientAddr(n uint32) netip.AddrPort {
	var raw [4]byte
	binary.BigEndian.PutUint32(raw[:], n)
	return netip.AddrPortFrom(netip.AddrFrom4(raw), uint16(n))
}

func TestSmoothRoundRobinGivesEachServerItsShareOfEveryRound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		servers := shares(ratios().Draw(t, "ratios")...)
		round := 0
		for _, s := range servers {
			round += s.config.Ratio
		}
		for range 3 {
			turns := make(map[*server]int)
			for range round {
				turns[smoothRoundRobin(servers)]++
			}
			for _, s := range servers {
				if turns[s] != s.config.Ratio {
					t.Fatalf("server with ratio %d had %d turns of %d", s.config.Ratio, turns[s], round)
				}
			}
		}
	})
}

func TestSmoothRoundRobinSpreadsTheTurns(t *testing.T) {
	servers := shares(5, 1, 1)
	var order []uint16
	for range 7 {
		order = append(order, smoothRoundRobin(servers).config.Address.Port())
	}
	if want := []uint16{1, 1, 2, 1, 3, 1, 1}; !slices.Equal(order, want) {
		t.Errorf("turns went to %v, want %v", order, want)
	}
}

func TestLeastConnectionsNeverPicksAServerThatIsBusierForItsShare(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		servers := shares(ratios().Draw(t, "ratios")...)
		for _, s := range servers {
			s.open = rapid.IntRange(0, 50).Draw(t, "open")
		}
		picked := leastConnections(servers)
		for _, s := range servers {
			if s.open*picked.config.Ratio < picked.open*s.config.Ratio {
				t.Fatalf("picked %d open for ratio %d, though another has %d for %d",
					picked.open, picked.config.Ratio, s.open, s.config.Ratio)
			}
		}
	})
}

func TestLeastConnectionsSpreadsIdleServersByRatio(t *testing.T) {
	servers := shares(3, 1)
	turns := make(map[*server]int)
	for range 40 {
		turns[leastConnections(servers)]++
	}
	if turns[servers[0]] != 30 || turns[servers[1]] != 10 {
		t.Errorf("turns %d and %d, want 30 and 10", turns[servers[0]], turns[servers[1]])
	}
}

func TestHashMovesOnlyTheClientsOfAServerThatGoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		servers := shares(rapid.SliceOfN(rapid.IntRange(1, 20), 2, 8).Draw(t, "ratios")...)
		gone := rapid.IntRange(0, len(servers)-1).Draw(t, "gone")
		rest := slices.Delete(slices.Clone(servers), gone, gone+1)
		for n := range uint32(50) {
			client := clientAddr(n * 7919)
			before := choose(AlgorithmHashSourceIP, servers, client, nil)
			after := choose(AlgorithmHashSourceIP, rest, client, nil)
			if before != servers[gone] && before != after {
				t.Fatalf("client %v moved from a server that stayed", client)
			}
		}
	})
}

func TestHashSourceIPIgnoresThePort(t *testing.T) {
	servers := shares(1, 1, 1, 1, 1)
	client := clientAddr(4711)
	other := netip.AddrPortFrom(client.Addr(), client.Port()+1)
	if choose(AlgorithmHashSourceIP, servers, client, nil) != choose(AlgorithmHashSourceIP, servers, other, nil) {
		t.Error("two ports of one address went to two servers")
	}
	seen := make(map[*server]bool)
	for port := range uint16(100) {
		seen[choose(AlgorithmHashSourceIPPort, servers, netip.AddrPortFrom(client.Addr(), port), nil)] = true
	}
	if len(seen) != len(servers) {
		t.Errorf("100 ports of one address reached %d of %d servers by HASH_SOURCE_IP_PORT", len(seen), len(servers))
	}
}

func TestSharesAreRespectedOnAverage(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, algorithm := range []Algorithm{AlgorithmHashSourceIP, AlgorithmHashSourceIPPort, AlgorithmRandom} {
		t.Run(string(algorithm), func(t *testing.T) {
			servers := shares(1, 2, 5)
			const clients = 8000
			turns := make(map[*server]int)
			for n := range uint32(clients) {
				turns[choose(algorithm, servers, clientAddr(0x7f000000+n), random)]++
			}
			for _, s := range servers {
				want := clients * s.config.Ratio / 8
				if off := math.Abs(float64(turns[s] - want)); off > 0.1*float64(want) {
					t.Errorf("server with ratio %d of 8 got %d of %d clients", s.config.Ratio, turns[s], clients)
				}
			}
		})
	}
}
