package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// ErrLeaseLost says that another worker has taken a load balancer (or a job) over, or that it is gone: whatever was done for it is
// not to be written.
var ErrLeaseLost = errors.New("the lease is lost")

// Claim is a worker's lease of a load balancer.
type Claim struct {
	LoadBalancerID, Provider string
	// Attempts that were made since the last accepted request, before this one.
	Attempts int
	Origin
	seq      int64
	revision int64
	lease    time.Duration
}

// Claim leases up to limit load balancers that are due.
func (s *Store) Claim(ctx context.Context, owner string, lease time.Duration, limit int) ([]Claim, error) {
	return s.ClaimOf(ctx, owner, lease, limit, Providers{But: true})
}

// Providers are those with the names, or all but those.
type Providers struct {
	Names []string
	But   bool
}

func (p Providers) condition() (condition string, args []any) {
	if len(p.Names) == 0 {
		return "", nil
	}
	marks, args := in(p.Names)
	if p.But {
		return " AND provider NOT IN (" + marks + ")", args
	}
	return " AND provider IN (" + marks + ")", args
}

// ClaimOf is Claim for the load balancers of some providers.
func (s *Store) ClaimOf(ctx context.Context, owner string, lease time.Duration, limit int, of Providers) (claims []Claim, err error) {
	var due []Claim
	err = s.Peek(ctx, func(t *Tx) (err error) {
		due, err = t.due(limit, of)
		return err
	})
	if err == nil && len(due) > 0 {
		claims, err = s.claim(ctx, owner, lease, due)
	}
	if err != nil {
		return nil, fmt.Errorf("claim load balancers: %w", err)
	}
	return claims, nil
}

// claim leases those that nobody has leased, or worked off, since they were found to be due.
func (s *Store) claim(ctx context.Context, owner string, lease time.Duration, due []Claim) (claims []Claim, err error) {
	err = s.guarded(ctx, func(t *Tx) error {
		claims = claims[:0]
		for _, c := range due {
			n, err := t.exec(`UPDATE load_balancers SET lease_seq = lease_seq + 1, lease_owner = ?, lease_until = ?
				WHERE id = ? AND lease_seq = ? AND due_at IS NOT NULL`, owner, micros(t.now.Add(lease)), c.LoadBalancerID, c.seq)
			if err != nil {
				return err
			}
			if n == 1 {
				c.seq++
				c.lease = lease
				claims = append(claims, c)
			}
		}
		return nil
	})
	return claims, err
}

// Times in the database may be of a clock that was wrong and has been put right, or of another replica's. So what was accepted and
// never tried is due whatever its time says, and times so far ahead that they cannot be meant do not count.
const (
	// clockError is how much the clocks of replicas may differ, at most, for leases to be kept.
	clockError = 10 * time.Minute
	// longestWait for another attempt and longestLease are the most that can be configured.
	longestWait, longestLease = 24 * time.Hour, time.Hour
)

// due are the first load balancers with something to do that nobody has a lease of.
func (t *Tx) due(limit int, of Providers) ([]Claim, error) {
	condition, args := of.condition()
	args = append([]any{
		micros(t.now), micros(t.now.Add(longestWait + clockError)), micros(t.now), micros(t.now.Add(longestLease + clockError)),
	}, args...)
	fields := func(c *Claim) []any {
		return append([]any{&c.LoadBalancerID, &c.Provider, &c.seq, &c.revision, &c.Attempts}, c.fields()...)
	}
	return collect(t, fields, `SELECT id, provider, lease_seq, revision, attempts, `+strings.Join(originColumns(), ", ")+`
		FROM load_balancers
		WHERE due_at IS NOT NULL AND (due_at <= ? OR attempts = 0 OR due_at > ?) AND (lease_until <= ? OR lease_until > ?)`+condition+`
		ORDER BY due_at, id LIMIT ?`, append(args, limit)...)
}

// Renew makes a lease longer; ErrLeaseLost when it is not held any more.
func (s *Store) Renew(ctx context.Context, c Claim, lease time.Duration) error {
	c.lease = lease
	return s.holding(ctx, c, func(*Tx) error { return nil })
}

// ReleaseAll gives up the leases that an owner held in a former life.
func (s *Store) ReleaseAll(ctx context.Context, owner string) error {
	return s.guarded(ctx, func(t *Tx) error {
		_, err := t.exec("UPDATE load_balancers SET lease_until = 0 WHERE lease_owner = ? AND lease_until <> 0", owner)
		return err
	})
}

// holding runs f in a transaction in which the lease is held, and renews it. The renewal changes the row: in a Galera cluster that
// is what a claim at another node collides with.
func (s *Store) holding(ctx context.Context, c Claim, f func(*Tx) error) error {
	err := s.guarded(ctx, func(t *Tx) error {
		n, err := t.exec("UPDATE load_balancers SET lease_until = ? WHERE id = ? AND lease_seq = ?",
			micros(t.now.Add(c.lease)), c.LoadBalancerID, c.seq)
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrLeaseLost
		}
		return f(t)
	})
	if err != nil {
		return fmt.Errorf("load balancer %s: %w", c.LoadBalancerID, err)
	}
	return nil
}

// Work is what a worker needs to know of a load balancer.
type Work struct {
	Tree      lbaas.Tree
	Inventory []Item
	// Containers are those that were read for the load balancer before.
	Containers []Container
}

// Load reads what is wanted and what was made; KindNotFound when the load balancer is gone.
func (s *Store) Load(ctx context.Context, c Claim) (Work, error) {
	var w Work
	err := s.Read(ctx, func(t *Tx) (err error) {
		if w.Tree, err = t.Tree(c.LoadBalancerID); err != nil {
			return err
		}
		if w.Inventory, err = t.Inventory(c.LoadBalancerID); err != nil {
			return err
		}
		w.Containers, err = t.containers(c.LoadBalancerID)
		return err
	})
	return w, err
}

// Succeed ends a claim: everything that was wanted is at the Controller. What was doomed is removed, the rest is ACTIVE.
func (s *Store) Succeed(ctx context.Context, c Claim, changes []Change) error {
	return s.holding(ctx, c, func(t *Tx) error {
		if err := t.saveInventory(c.LoadBalancerID, changes); err != nil {
			return err
		}
		lb, err := t.LoadBalancer(c.LoadBalancerID)
		if err != nil {
			return err
		}
		if lb.Doomed {
			return t.removeTree(&lb)
		}
		if err := t.settleChildren(c.LoadBalancerID); err != nil {
			return err
		}
		return t.settle(c, lbaas.Active, "")
	})
}

// settleChildren removes what is doomed of a load balancer's tree, and makes the rest of it ACTIVE. Most of a tree is so already.
func (t *Tx) settleChildren(loadBalancerID string) error {
	found, err := t.countChildren(loadBalancerID, " AND (doomed = 1 OR provisioning_status <> ?)", lbaas.Active)
	if err != nil {
		return err
	}
	if err := t.removeCounted(loadBalancerID, doomedOf(found), " AND doomed = 1"); err != nil {
		return err
	}
	for _, name := range tablesOf(found) {
		_, err := t.exec("UPDATE "+name+" SET provisioning_status = ?, updated_at = ?"+settledStatus(name)+
			" WHERE load_balancer_id = ? AND provisioning_status <> ?", lbaas.Active, micros(t.now), loadBalancerID, lbaas.Active)
		if err != nil {
			return err
		}
	}
	return nil
}

// settledStatus gives a table's objects their operating status along with ACTIVE, where the Controller observes nothing of them: as
// in Octavia they are ONLINE as soon as they are there and not turned off.
func settledStatus(table string) string {
	switch table {
	case "health_monitors", "l7_policies", "l7_rules":
		return ", operating_status = CASE WHEN admin_state_up = 1 THEN 'ONLINE' ELSE 'OFFLINE' END"
	}
	return ""
}

// Fail ends a claim: trying again cannot help. What was being changed is in ERROR until the user or an operator acts.
func (s *Store) Fail(ctx context.Context, c Claim, changes []Change, reason string) error {
	return s.holding(ctx, c, func(t *Tx) error {
		if err := t.saveInventory(c.LoadBalancerID, changes); err != nil {
			return err
		}
		for _, name := range childTables {
			_, err := t.exec(`UPDATE `+name+` SET provisioning_status = ?, updated_at = ?
				WHERE load_balancer_id = ? AND provisioning_status NOT IN (?, ?)`,
				lbaas.ErrorStatus, micros(t.now), c.LoadBalancerID, lbaas.Active, lbaas.ErrorStatus)
			if err != nil {
				return err
			}
		}
		return t.settle(c, lbaas.ErrorStatus, reason)
	})
}

// settle takes the load balancer out of the queue, unless a request was accepted while it was worked on. As in Octavia, the end of
// the work is an update: who has made something sees by updated_at that it is there.
func (t *Tx) settle(c Claim, status lbaas.ProvisioningStatus, reason string) error {
	n, err := t.exec(`UPDATE load_balancers SET provisioning_status = ?, status_reason = ?, due_at = NULL, accepted_at = 0,
		updated_at = ?, lease_until = 0 WHERE id = ? AND revision = ?`, status, reason, micros(t.now), c.LoadBalancerID, c.revision)
	if err == nil && n == 0 {
		_, err = t.exec("UPDATE load_balancers SET lease_until = 0 WHERE id = ?", c.LoadBalancerID)
	}
	return err
}

// Retry ends a claim for now: the load balancer stays PENDING and is due again at a later time.
func (s *Store) Retry(ctx context.Context, c Claim, changes []Change, after time.Duration, reason string) error {
	return s.holding(ctx, c, func(t *Tx) error {
		if err := t.saveInventory(c.LoadBalancerID, changes); err != nil {
			return err
		}
		_, err := t.exec(`UPDATE load_balancers SET attempts = attempts + 1, status_reason = ?, due_at = ?, lease_until = 0
			WHERE id = ?`, reason, micros(t.now.Add(after)), c.LoadBalancerID)
		return err
	})
}

// Resync has the worker look at every object of a load balancer again, as if nothing were known of them.
func (s *Store) Resync(ctx context.Context, loadBalancerID string) error {
	return s.Write(ctx, func(t *Tx) error {
		lb, err := t.LoadBalancer(loadBalancerID)
		if err != nil {
			return err
		}
		if lb.Doomed {
			_, err = t.Doom(loadBalancerID)
		} else {
			_, err = t.Lock(loadBalancerID)
		}
		if err != nil {
			return err
		}
		_, err = t.exec("UPDATE avi_objects SET applied = '' WHERE load_balancer_id = ?", loadBalancerID)
		return err
	})
}

func (t *Tx) removeTree(lb *lbaas.LoadBalancer) error {
	found, err := t.countChildren(lb.ID, "")
	if err != nil {
		return err
	}
	if err := t.removeCounted(lb.ID, found, ""); err != nil {
		return err
	}
	for _, name := range []string{"avi_objects", "tags"} {
		if _, err := t.exec("DELETE FROM "+name+" WHERE load_balancer_id = ?", lb.ID); err != nil {
			return err
		}
	}
	if _, err := t.exec("DELETE FROM load_balancers WHERE id = ?", lb.ID); err != nil {
		return err
	}
	return t.giveBack(lb.ProjectID, lbaas.QuotaLoadBalancer, 1)
}

// QueueState is what the worker's queue looks like.
type QueueState struct {
	// Depth is the number of load balancers with something to do, Retrying of those that were tried before.
	Depth, Retrying int
	// Oldest is the time at which the longest-waiting one was due; zero when none is.
	Oldest time.Time
	// Next is when the next one of those that are not due yet will be; zero when there is none.
	Next time.Time
}

// Queue describes the worker's queue.
func (s *Store) Queue(ctx context.Context) (QueueState, error) {
	var q QueueState
	err := s.Peek(ctx, func(t *Tx) error {
		var oldest, next int64
		err := t.tx.QueryRowContext(ctx, `SELECT COUNT(*), COALESCE(SUM(CASE WHEN attempts > 0 THEN 1 ELSE 0 END), 0),
			COALESCE(MIN(due_at), 0), COALESCE(MIN(CASE WHEN due_at > ? THEN due_at END), 0)
			FROM load_balancers WHERE due_at IS NOT NULL`, micros(t.now)).Scan(&q.Depth, &q.Retrying, &oldest, &next)
		if err != nil {
			return fmt.Errorf("read the queue's state: %w", err)
		}
		if oldest != 0 {
			q.Oldest = time.UnixMicro(oldest).UTC()
		}
		if next != 0 {
			q.Next = time.UnixMicro(next).UTC()
		}
		return nil
	})
	return q, err
}
