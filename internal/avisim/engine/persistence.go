package engine

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// maxRemembered bounds a pool's persistence table: cookie values are the clients' to invent.
const maxRemembered = 1 << 16

// defaultCookieName names the engine's own cookie where the profile leaves the name to the Controller.
const defaultCookieName = "avi-server"

// errCookie is a persistence cookie that this engine did not make, or not in this form.
var errCookie = errors.New("not a persistence cookie")

// clientID is what a persistence table knows a client by: its address or the value of its cookie.
type clientID struct {
	address netip.Addr
	cookie  string
}

// persistenceTable remembers the servers of clients. The pool's lock guards it.
type persistenceTable struct {
	timeout time.Duration
	entries map[clientID]persistenceEntry
}

type persistenceEntry struct {
	server netip.AddrPort
	used   time.Time
}

func newPersistenceTable(timeout time.Duration) *persistenceTable {
	return &persistenceTable{timeout: timeout, entries: make(map[clientID]persistenceEntry)}
}

// lookup returns the client's server unless its time is over.
func (t *persistenceTable) lookup(id clientID, now time.Time) (netip.AddrPort, bool) {
	entry, found := t.entries[id]
	if !found || t.expired(entry.used, now) {
		return netip.AddrPort{}, false
	}
	return entry.server, true
}

// remember makes server the client's own from now on. A full table forgets what has expired, and takes nobody new
// when that does not help.
func (t *persistenceTable) remember(id clientID, server netip.AddrPort, now time.Time) {
	if _, known := t.entries[id]; !known && len(t.entries) >= maxRemembered {
		t.sweep(now)
		if len(t.entries) >= maxRemembered {
			return
		}
	}
	t.entries[id] = persistenceEntry{server: server, used: now}
}

// touch starts the time-out anew at the end of a use, if the client is still at this server.
func (t *persistenceTable) touch(id clientID, server netip.AddrPort, now time.Time) {
	if entry, found := t.entries[id]; found && entry.server == server {
		t.entries[id] = persistenceEntry{server: server, used: now}
	}
}

// sweep forgets what has expired.
func (t *persistenceTable) sweep(now time.Time) {
	for id, entry := range t.entries {
		if t.expired(entry.used, now) {
			delete(t.entries, id)
		}
	}
}

func (t *persistenceTable) expired(used, now time.Time) bool {
	return t.timeout > 0 && now.Sub(used) > t.timeout
}

// persistenceCookie is the engine's own cookie for a client of this server; timeout 0 makes it end with the browser.
func persistenceCookie(name string, server netip.AddrPort, used time.Time, timeout time.Duration) *http.Cookie {
	return &http.Cookie{ //nolint:gosec // not Secure: it is served without TLS as well
		Name:     name,
		Value:    encodeCookie(server, used),
		Path:     "/",
		MaxAge:   int(math.Ceil(timeout.Seconds())),
		HttpOnly: true,
	}
}

// encodeCookie makes the value of the engine's own cookie: which server, and when it was last used. It is readable by
// whoever looks, which a real service engine prevents by encryption.
func encodeCookie(server netip.AddrPort, used time.Time) string {
	return base64.RawURLEncoding.EncodeToString([]byte(server.String())) + "." + strconv.FormatInt(used.UnixMilli(), 36)
}

// decodeCookie is the reverse of encodeCookie; everything else is an error that wraps errCookie.
func decodeCookie(value string) (netip.AddrPort, time.Time, error) {
	server, used, found := strings.Cut(value, ".")
	if !found {
		return netip.AddrPort{}, time.Time{}, fmt.Errorf("%w: no dot", errCookie)
	}
	text, err := base64.RawURLEncoding.DecodeString(server)
	if err != nil {
		return netip.AddrPort{}, time.Time{}, fmt.Errorf("%w: %w", errCookie, err)
	}
	address, err := netip.ParseAddrPort(string(text))
	if err != nil {
		return netip.AddrPort{}, time.Time{}, fmt.Errorf("%w: %w", errCookie, err)
	}
	millis, err := strconv.ParseInt(used, 36, 64)
	if err != nil {
		return netip.AddrPort{}, time.Time{}, fmt.Errorf("%w: %w", errCookie, err)
	}
	return address, time.UnixMilli(millis), nil
}

// client is the address that a client is known by: the beginning of its own.
func (p *Persistence) client(address netip.Addr) netip.Addr {
	address = address.Unmap()
	if p.MaskBits == 0 || p.MaskBits > address.BitLen() {
		return address
	}
	return netip.PrefixFrom(address, p.MaskBits).Masked().Addr()
}
