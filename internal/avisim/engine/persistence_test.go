package engine

import (
	"errors"
	"net/netip"
	"strconv"
	"testing"
	"time"
)

func TestPersistenceTableForgetsAfterTheTimeout(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	server := netip.MustParseAddrPort("127.0.0.1:80")
	tests := []struct {
		name    string
		timeout time.Duration
		after   time.Duration
		found   bool
	}{
		{"within the time", time.Minute, time.Minute, true},
		{"after the time", time.Minute, time.Minute + 1, false},
		{"no time-out", 0, 1000 * time.Hour, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			table := newPersistenceTable(test.timeout)
			id := clientID{cookie: "a"}
			table.remember(id, server, start)
			if _, found := table.lookup(id, start.Add(test.after)); found != test.found {
				t.Errorf("found %v after %v, want %v", found, test.after, test.found)
			}
			table.sweep(start.Add(test.after))
			if kept := len(table.entries) == 1; kept != test.found {
				t.Errorf("kept %v by sweep after %v, want %v", kept, test.after, test.found)
			}
		})
	}
}

func TestPersistenceTableTouchRenewsOnlyTheClientsOwnServer(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	server, other := netip.MustParseAddrPort("127.0.0.1:80"), netip.MustParseAddrPort("127.0.0.1:81")
	table := newPersistenceTable(time.Minute)
	id := clientID{address: netip.MustParseAddr("127.0.0.9")}
	table.remember(id, server, start)
	table.touch(id, other, start.Add(time.Minute))
	if _, found := table.lookup(id, start.Add(2*time.Minute)); found {
		t.Error("the end of a connection to another server renewed the entry")
	}
	table.touch(id, server, start.Add(time.Minute))
	if _, found := table.lookup(id, start.Add(2*time.Minute)); !found {
		t.Error("the end of a connection to the server did not renew the entry")
	}
}

func TestPersistenceTableIsBounded(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	server := netip.MustParseAddrPort("127.0.0.1:80")
	table := newPersistenceTable(time.Minute)
	for n := range maxRemembered + 10 {
		table.remember(clientID{cookie: strconv.Itoa(n)}, server, start)
	}
	if len(table.entries) != maxRemembered {
		t.Errorf("%d entries, want %d", len(table.entries), maxRemembered)
	}
	late := start.Add(time.Hour)
	table.remember(clientID{cookie: "late"}, server, late)
	if _, found := table.lookup(clientID{cookie: "late"}, late); !found || len(table.entries) != 1 {
		t.Errorf("%d entries after all but one expired", len(table.entries))
	}
}

func TestPersistenceCookieTellsItsServer(t *testing.T) {
	used := time.UnixMilli(1767225600123)
	for _, text := range []string{"127.0.0.1:8080", "[::1]:80"} {
		server := netip.MustParseAddrPort(text)
		found, when, err := decodeCookie(persistenceCookie("c", server, used, 0).Value)
		if err != nil || found != server || !when.Equal(used) {
			t.Errorf("cookie of %v at %v decoded to %v, %v, %v", server, used, found, when, err)
		}
	}
}

func FuzzDecodeCookie(f *testing.F) {
	f.Add(encodeCookie(netip.MustParseAddrPort("127.0.0.1:80"), time.UnixMilli(1767225600123)))
	f.Add(encodeCookie(netip.MustParseAddrPort("[::1]:65535"), time.UnixMilli(0)))
	f.Add("")
	f.Add(".")
	f.Add("MTI3LjAuMC4xOjgw.zzzzzzzzzzzzzzzz")
	f.Fuzz(func(t *testing.T, value string) {
		server, used, err := decodeCookie(value)
		if err != nil {
			if !errors.Is(err, errCookie) {
				t.Fatalf("error %v is not errCookie", err)
			}
			return
		}
		again, when, err := decodeCookie(encodeCookie(server, used))
		if err != nil || again != server || !when.Equal(used) {
			t.Fatalf("%v at %v came back as %v at %v, %v", server, used, again, when, err)
		}
	})
}

// Clients of one network are one client to a profile with a mask, and so are an IPv4 address and its form in IPv6.
func TestClientsAreToldApartByTheMask(t *testing.T) {
	for _, c := range []struct {
		bits            int
		client, knownBy string
	}{
		{0, "10.0.0.7", "10.0.0.7"},
		{24, "10.0.0.7", "10.0.0.0"},
		{24, "::ffff:10.0.0.7", "10.0.0.0"},
		{32, "10.0.0.7", "10.0.0.7"},
		{64, "10.0.0.7", "10.0.0.7"},
		{64, "2001:db8::1:2", "2001:db8::"},
	} {
		p := Persistence{MaskBits: c.bits}
		if got := p.client(netip.MustParseAddr(c.client)); got != netip.MustParseAddr(c.knownBy) {
			t.Errorf("with %d bits %s is known by %s, want %s", c.bits, c.client, got, c.knownBy)
		}
	}
}
