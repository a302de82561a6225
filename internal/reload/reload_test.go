package reload

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// watched is a directory of files under watch.
type watched struct {
	t       *testing.T
	dir     string
	told    chan os.Signal
	reloads chan struct{}
	looks   chan struct{}
}

// watch counts the looks, so that a test can wait for them without looking at a clock.
func watch(t *testing.T, names ...string) *watched {
	t.Helper()
	w := &watched{t: t, dir: t.TempDir(), told: make(chan os.Signal), reloads: make(chan struct{}, 100), looks: make(chan struct{}, 100_000)}
	for _, name := range names {
		w.write(name, "first")
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	t.Cleanup(func() { stop(); <-ended })
	watcher := Watcher{
		Told: w.told, Interval: time.Millisecond, Reload: func(context.Context) { w.reloads <- struct{}{} },
		Files: func() (paths []string) {
			w.looks <- struct{}{}
			for _, name := range names {
				paths = append(paths, filepath.Join(w.dir, name))
			}
			return paths
		},
	}
	go func() { defer close(ended); watcher.Run(ctx) }()
	w.someLooks()
	return w
}

func (w *watched) write(name, text string) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, name), []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// someLooks waits until the files were looked at several times after now.
func (w *watched) someLooks() {
	w.t.Helper()
	for len(w.looks) > 0 {
		<-w.looks
	}
	for range 5 {
		select {
		case <-w.looks:
		case <-time.After(10 * time.Second):
			w.t.Fatal("nobody looks at the files")
		}
	}
}

func (w *watched) reloaded(why string, want int) {
	w.t.Helper()
	w.someLooks()
	got := len(w.reloads)
	for range got {
		<-w.reloads
	}
	if got != want {
		w.t.Errorf("%s: reloaded %d times, want %d", why, got, want)
	}
}

func TestChangesAreSeenOnce(t *testing.T) {
	w := watch(t, "a", "b")
	w.reloaded("nothing has changed", 0)
	w.write("a", "second text")
	w.reloaded("a file was written", 1)
	w.reloaded("nothing more has changed", 0)
	w.write("new", "renamed")
	if err := os.Rename(filepath.Join(w.dir, "new"), filepath.Join(w.dir, "b")); err != nil {
		t.Fatal(err)
	}
	w.reloaded("a file was replaced", 1)
	if err := os.Remove(filepath.Join(w.dir, "b")); err != nil {
		t.Fatal(err)
	}
	w.reloaded("a file has gone", 1)
}

func TestToldToReload(t *testing.T) {
	w := watch(t, "a")
	w.told <- syscall.SIGHUP
	w.reloaded("a signal came", 1)
}
