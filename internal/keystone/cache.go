package keystone

import (
	"container/list"
	"crypto/sha256"
	"sync"
	"time"
)

// DefaultCacheSize is how many valid tokens, and as many invalid ones, are remembered at most.
const DefaultCacheSize = 10_000

// fingerprint stands for a token, so that no token is kept in memory longer than its request.
type fingerprint [sha256.Size]byte

// cache remembers values until a time, at most size of them; the least recently used go first.
type cache[V any] struct {
	size int

	mu      sync.Mutex // guards what follows
	entries map[fingerprint]*list.Element
	recent  *list.List // of *entry[V], most recently used first
}

type entry[V any] struct {
	key   fingerprint
	value V
	until time.Time
}

func newCache[V any](size int) *cache[V] {
	return &cache[V]{size: size, entries: make(map[fingerprint]*list.Element), recent: list.New()}
}

func (c *cache[V]) get(key fingerprint, now time.Time) (value V, found bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	element := c.entries[key]
	if element == nil {
		return value, false
	}
	e := entryOf[V](element)
	if !now.Before(e.until) {
		c.remove(element)
		return value, false
	}
	c.recent.MoveToFront(element)
	return e.value, true
}

func (c *cache[V]) put(key fingerprint, value V, until time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if old := c.entries[key]; old != nil {
		c.remove(old)
	}
	c.entries[key] = c.recent.PushFront(&entry[V]{key: key, value: value, until: until})
	if c.recent.Len() > c.size {
		c.remove(c.recent.Back())
	}
}

func (c *cache[V]) remove(element *list.Element) {
	delete(c.entries, entryOf[V](element).key)
	c.recent.Remove(element)
}

func entryOf[V any](element *list.Element) *entry[V] {
	e, _ := element.Value.(*entry[V])
	return e
}
