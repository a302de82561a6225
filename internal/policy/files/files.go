package files

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/policy"
)

// Options of a Source.
type Options struct {
	// File is the path of the policy file; empty is none.
	File string
	// Required says that the file has to be there. One that is not required may come later.
	Required bool
	// Dirs are directories whose files are read after File, in order of their names; hidden ones are left out. None need be there.
	Dirs []string
	// Rules shape what the files say.
	Rules  policy.Options
	Logger *slog.Logger
}

// Source has the policy that is in force. It is safe for concurrent use.
type Source struct {
	options Options
	current atomic.Pointer[policy.Policy]

	mu   sync.Mutex // guards what follows, and makes one reading at a time
	seen string     // what the files looked like when they were read last
}

// Open reads the files.
func Open(ctx context.Context, o Options) (*Source, error) {
	s := &Source{options: o}
	if err := s.Reload(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// Policy is what is in force now. A request asks once and keeps to it.
func (s *Source) Policy() *policy.Policy { return s.current.Load() }

// Reload reads the files again. When anything is wrong with them, what is in force stays.
func (s *Source) Reload(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	// Looked at before they are read: what changes in between is read again the next time.
	s.seen = s.look()
	rules, err := s.read()
	if err != nil {
		return err
	}
	p, err := policy.New(s.options.Rules, rules...)
	if err != nil {
		return fmt.Errorf("policy files: %w", err)
	}
	for _, warning := range p.Warnings() {
		s.options.Logger.WarnContext(ctx, "odd rule in a policy file", "rule", warning)
	}
	s.current.Store(p)
	return nil
}

// Watch reads the files again whenever they have changed, looking at every interval, until ctx ends.
func (s *Source) Watch(ctx context.Context, interval time.Duration) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if !s.changed() {
			continue
		}
		if err := s.Reload(ctx); err != nil {
			s.options.Logger.ErrorContext(ctx, "the new policy is broken; the old one stays in force", "error", err)
		} else {
			s.options.Logger.InfoContext(ctx, "the policy was read again")
		}
	}
}

func (s *Source) changed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.look() != s.seen
}

// look describes the files by their names, sizes and times of change.
func (s *Source) look() string {
	var out strings.Builder
	for _, path := range s.paths() {
		fmt.Fprintf(&out, "%q", path)
		if info, err := os.Stat(path); err == nil {
			fmt.Fprintf(&out, " %d %d", info.Size(), info.ModTime().UnixNano())
		}
	}
	return out.String()
}

// paths are the files to read, in order.
func (s *Source) paths() []string {
	var paths []string
	if s.options.File != "" {
		paths = append(paths, s.options.File)
	}
	for _, dir := range s.options.Dirs {
		entries, err := os.ReadDir(dir) // sorted by name
		if err != nil {
			continue // read says what is wrong, if it is more than that there is none
		}
		for _, e := range entries {
			if !e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
				paths = append(paths, filepath.Join(dir, e.Name()))
			}
		}
	}
	return paths
}

func (s *Source) read() ([]policy.Rule, error) {
	var rules []policy.Rule
	var errs []error
	for _, dir := range s.options.Dirs {
		if _, err := os.ReadDir(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, fmt.Errorf("read the directory of policy files: %w", err))
		}
	}
	for _, path := range s.paths() {
		content, err := os.ReadFile(path) //nolint:gosec // the operator's own setting
		if errors.Is(err, fs.ErrNotExist) && (path != s.options.File || !s.options.Required) {
			continue
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("read the policy file: %w", err))
			continue
		}
		more, err := policy.ParseFile(path, content)
		rules, errs = append(rules, more...), append(errs, err)
	}
	return rules, errors.Join(errs...)
}
