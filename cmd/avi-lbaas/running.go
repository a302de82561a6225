package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/app"
	"github.com/avi-lbaas/avi-lbaas/internal/reload"
	"github.com/avi-lbaas/avi-lbaas/internal/systemd"
)

// server is the running service with what is around it: its files, and the service manager.
type server struct {
	app     *app.App
	source  configSource
	logger  *slog.Logger
	manager *systemd.Notifier
}

// fileInterval is the time between two looks at the files; a change is acted upon at the second look.
const fileInterval = 5 * time.Second

// run serves until ctx ends.
func (s *server) run(ctx context.Context) error {
	hangUp := make(chan os.Signal, 1)
	signal.Notify(hangUp, syscall.SIGHUP)
	defer signal.Stop(hangUp)

	around, stop := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer stop()
	watcher := reload.Watcher{Files: s.files, Told: hangUp, Interval: fileInterval, Reload: s.reload}
	running.Go(func() { watcher.Run(around) })
	running.Go(func() { s.tell(around, s.manager.Watch(around)) })
	running.Go(func() {
		s.tell(around, s.manager.Ready(around)) // the socket listens since the start
		<-around.Done()
		s.tell(ctx, s.manager.Stopping(context.WithoutCancel(ctx)))
	})
	return s.app.Run(ctx)
}

// files are all that a new configuration can come from.
func (s *server) files() []string {
	files := slices.Concat(s.source.named(), s.app.Files())
	for _, dir := range s.source.dirs {
		// The one error that there is, of a malformed pattern, would be of a directory whose name is one: then only the names in it
		// are not looked at.
		found, _ := filepath.Glob(filepath.Join(dir, "*.conf"))
		files = append(files, found...)
	}
	return files
}

// reload takes a new configuration; one that is wrong changes nothing.
func (s *server) reload(ctx context.Context) {
	s.tell(ctx, s.manager.Reloading(ctx))
	defer func() { s.tell(ctx, s.manager.Ready(ctx)) }()
	next, err := s.source.load()
	if err != nil {
		s.logger.ErrorContext(ctx, "the configuration stays as it was: the new one is wrong", "error", err)
		return
	}
	if err := s.app.Reload(ctx, next); err != nil {
		s.logger.ErrorContext(ctx, "not everything of the new configuration was taken", "error", err)
	}
}

// tell logs that the service manager could not be told something: nothing depends on it.
func (s *server) tell(ctx context.Context, err error) {
	if err != nil {
		s.logger.WarnContext(ctx, "the service manager was not told", "error", err)
	}
}
