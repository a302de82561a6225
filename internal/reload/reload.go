package reload

import (
	"context"
	"os"
	"time"
)

// Watcher looks at files.
type Watcher struct {
	// Files are looked at by their names each time, so that a renamed-over file or a symlink that leads elsewhere is seen too.
	Files func() []string
	// Told is read for requests to reload; nil is never.
	Told <-chan os.Signal
	// Interval between two looks. A change is acted upon when it was there at two looks in a row, so that a certificate and its
	// key, or a long file, are not read while they are being written.
	Interval time.Duration
	// Reload reads everything again; it has to cope with files that are wrong.
	Reload func(ctx context.Context)
}

// Run watches until ctx ends.
func (w Watcher) Run(ctx context.Context) {
	tick := time.NewTicker(w.Interval)
	defer tick.Stop()
	acted := w.look()
	before := acted
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.Told:
			acted = w.look()
			before = acted
			w.Reload(ctx)
			continue
		case <-tick.C:
		}
		now := w.look()
		if !same(now, acted) && same(now, before) {
			acted = now
			w.Reload(ctx)
		}
		before = now
	}
}

// state is what can be seen of a file without reading it; the zero state is of one that is not there.
type state struct {
	size     int64
	modified time.Time
	file     os.FileInfo
}

func (w Watcher) look() map[string]state {
	seen := map[string]state{}
	for _, name := range w.Files() {
		info, err := os.Stat(name)
		if err != nil {
			seen[name] = state{}
			continue
		}
		seen[name] = state{size: info.Size(), modified: info.ModTime(), file: info}
	}
	return seen
}

func same(a, b map[string]state) bool {
	if len(a) != len(b) {
		return false
	}
	for name, one := range a {
		other, ok := b[name]
		if !ok || one.size != other.size || !one.modified.Equal(other.modified) || !sameFile(one.file, other.file) {
			return false
		}
	}
	return true
}

func sameFile(a, b os.FileInfo) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return os.SameFile(a, b)
}
