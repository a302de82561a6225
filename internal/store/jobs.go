package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Job is something that one replica at a time does for all, every so often. A nil Job is that of a process without replicas: it
// is done whenever it is tried.
type Job struct {
	store       *Store
	name, owner string
	every       time.Duration
}

// Job names a job. Owner is this process, by a name that no other one has.
func (s *Store) Job(name, owner string, every time.Duration) *Job {
	return &Job{store: s, name: name, owner: owner, every: every}
}

// jobLease is how long a job stays with a replica that gives no sign of life.
const jobLease = 15 * time.Second

// Try runs f if its time has come and no other replica is at it, and says whether it did. f's context ends when the lease is lost.
// The error is f's, or the database's.
func (j *Job) Try(ctx context.Context, f func(context.Context) error) (ran bool, err error) {
	if j == nil {
		return true, f(ctx)
	}
	mine, err := j.take(ctx)
	if err != nil || !mine {
		return false, err
	}
	working, stop := context.WithCancel(ctx)
	var renewing sync.WaitGroup
	renewing.Go(func() { j.renew(working, stop) })
	err = f(working)
	stop()
	renewing.Wait()
	finishing, enough := context.WithTimeout(context.WithoutCancel(ctx), jobLease)
	defer enough()
	return true, errors.Join(err, j.finish(finishing))
}

// Hurry asks for the job to be done by whichever replica tries it next.
func (j *Job) Hurry(ctx context.Context) error {
	if j == nil {
		return nil
	}
	err := j.store.guarded(ctx, func(t *Tx) error {
		_, err := t.exec("UPDATE job_leases SET due_soon = 1 WHERE job = ? AND due_soon = 0", j.name)
		return err
	})
	if err != nil {
		return fmt.Errorf("ask for job %s: %w", j.name, err)
	}
	return nil
}

func (j *Job) take(ctx context.Context) (mine bool, err error) {
	err = j.store.guarded(ctx, func(t *Tx) error {
		n, err := t.exec(`UPDATE job_leases SET lease_owner = ?, lease_until = ?, due_soon = 0
			WHERE job = ? AND (lease_until <= ? OR lease_until > ?) AND (done_at <= ? OR done_at > ? OR due_soon = 1)`,
			j.owner, micros(t.now.Add(jobLease)), j.name, micros(t.now), micros(t.now.Add(jobLease+clockError)),
			micros(t.now.Add(-j.every)), micros(t.now.Add(clockError)))
		if mine = n == 1; err != nil || mine {
			return err
		}
		known, err := t.any("SELECT COUNT(*) FROM job_leases WHERE job = ?", j.name)
		if err != nil || known {
			return err
		}
		mine = true
		_, err = t.exec("INSERT INTO job_leases (job, lease_owner, lease_until, done_at, due_soon) VALUES (?, ?, ?, 0, 0)",
			j.name, j.owner, micros(t.now.Add(jobLease)))
		return err
	})
	if isDuplicate(err) {
		return false, nil // another replica was first
	}
	if err != nil {
		return false, fmt.Errorf("take job %s: %w", j.name, err)
	}
	return mine, nil
}

// renew keeps the lease until ctx ends; stop ends the work when it is lost, or may be.
func (j *Job) renew(ctx context.Context, stop context.CancelFunc) {
	expiry := time.AfterFunc(jobLease, stop)
	defer expiry.Stop()
	tick := time.NewTicker(jobLease / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		begun := time.Now()
		err := j.keep(ctx, "UPDATE job_leases SET lease_until = ? WHERE job = ? AND lease_owner = ?", func(t *Tx) any {
			return micros(t.now.Add(jobLease))
		})
		if errors.Is(err, ErrLeaseLost) {
			stop()
			return
		}
		if err == nil {
			expiry.Reset(jobLease - time.Since(begun))
		}
	}
}

func (j *Job) finish(ctx context.Context) error {
	err := j.keep(ctx, "UPDATE job_leases SET lease_until = 0, done_at = ? WHERE job = ? AND lease_owner = ?", func(t *Tx) any {
		return micros(t.now)
	})
	if errors.Is(err, ErrLeaseLost) {
		return nil // whoever has it now will finish it
	}
	return err
}

// keep writes to the row of a job that is this replica's.
func (j *Job) keep(ctx context.Context, statement string, value func(*Tx) any) error {
	err := j.store.guarded(ctx, func(t *Tx) error {
		n, err := t.exec(statement, value(t), j.name, j.owner)
		if err == nil && n == 0 {
			err = ErrLeaseLost
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("job %s: %w", j.name, err)
	}
	return nil
}
