package healthcheck

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"sync"
	"time"
)

// The texts and classes of oslo.middleware's and Octavia's results, which monitors match on.
const (
	reasonOK          = "OK"
	reasonDisabled    = "DISABLED BY FILE"
	reasonFileMissing = "FILE PATH MISSING"
	reasonNoDatabase  = "The Octavia database is unavailable."

	classResult   = "HealthcheckResult"
	classDatabase = "OctaviaDBCheckResult"
)

// DisableByFile is oslo.middleware's disable_by_file: unavailable while a file is there. An operator makes it to take a process out
// of service. With no path it is always available.
type DisableByFile struct{ Path string }

// Class implements Check.
func (DisableByFile) Class() string { return classResult }

// Check implements Check.
func (d DisableByFile) Check(context.Context, int) Result {
	if d.Path == "" {
		return Result{Available: true, Reason: reasonOK, Details: "No 'disable_by_file_path' configuration value specified"}
	}
	return disabledBy(d.Path)
}

func disabledBy(path string) Result {
	if exists(path) {
		return Result{Reason: reasonDisabled, Details: "Path '" + path + "' was found"}
	}
	return Result{Available: true, Reason: reasonOK, Details: "Path '" + path + "' was not found"}
}

// exists is true also for a file that cannot be looked at: a process that was taken out of service must not come back by that.
func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// DisableByFilesPorts is oslo.middleware's disable_by_files_ports: DisableByFile with a path for each port.
type DisableByFilesPorts struct{ Paths map[int]string }

// Class implements Check.
func (DisableByFilesPorts) Class() string { return classResult }

// Check implements Check.
func (d DisableByFilesPorts) Check(_ context.Context, port int) Result {
	path, ok := d.Paths[port]
	if !ok {
		return Result{Available: true, Reason: reasonOK}
	}
	return disabledBy(path)
}

// EnableByFiles is oslo.middleware's enable_by_files: unavailable while one of the files is missing.
type EnableByFiles struct{ Paths []string }

// Class implements Check.
func (EnableByFiles) Class() string { return classResult }

// Check implements Check.
func (e EnableByFiles) Check(context.Context, int) Result {
	for _, path := range e.Paths {
		if _, err := os.Stat(path); err != nil {
			return Result{Reason: reasonFileMissing, Details: "Path '" + path + "' was not found"}
		}
	}
	return Result{Available: true, Reason: reasonOK}
}

// Pinger is what Database looks at. *store.Store is one.
type Pinger interface {
	// Ping says whether the database answers.
	Ping(ctx context.Context) error
}

// Database is Octavia's octavia_db_check. It remembers an answer for a while, so that many load balancers that ask every second
// cost one question.
type Database struct {
	pinger  Pinger
	refresh time.Duration
	timeout time.Duration
	now     func() time.Time

	mu      sync.Mutex // held while the database is asked, so that it is asked once
	checked time.Time
	last    Result
}

// pingTimeout is how long a database may take to answer: shorter than load balancers wait.
const pingTimeout = 2 * time.Second

// NewDatabase remembers answers for refresh; 0 asks each time.
func NewDatabase(p Pinger, refresh time.Duration) *Database {
	return &Database{pinger: p, refresh: refresh, timeout: pingTimeout, now: time.Now}
}

// Class implements Check.
func (*Database) Class() string { return classDatabase }

// Check implements Check.
func (d *Database) Check(ctx context.Context, _ int) Result {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.checked.IsZero() && d.now().Sub(d.checked) < d.refresh {
		return d.last
	}
	// The answer is for others too: it must not depend on the patience of whoever happened to ask.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), d.timeout)
	defer cancel()
	d.last = Result{Available: true, Reason: reasonOK}
	if err := d.pinger.Ping(ctx); err != nil {
		d.last = Result{Reason: reasonNoDatabase, Details: err.Error()}
	}
	d.checked = d.now()
	return d.last
}
