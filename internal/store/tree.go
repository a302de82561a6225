package store

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// Lock reserves a load balancer's tree for a change: its status becomes PENDING_UPDATE and the worker's queue gets it.
// KindImmutable when the worker has it, KindNotFound when there is none.
//
// Changes of one tree come one after the other by it, wherever in a transaction it stands: it is a compare-and-set from the state
// that the transaction sees. When another change came in between, what was read before and would be read after is not the newest;
// then the whole transaction is run again.
func (t *Tx) Lock(id string) (lbaas.LoadBalancer, error) {
	return t.lock(id, lbaas.PendingUpdate, false)
}

// Doom is Lock for the deletion of the load balancer itself.
func (t *Tx) Doom(id string) (lbaas.LoadBalancer, error) {
	return t.lock(id, lbaas.PendingDelete, true)
}

func (t *Tx) lock(id string, status lbaas.ProvisioningStatus, doom bool) (lbaas.LoadBalancer, error) {
	row, err := lockRows.get(t, id)
	lb := row.LoadBalancer
	if err != nil {
		return lb, err
	}
	// What is doomed already can only be doomed again.
	if lb.ProvisioningStatus != lbaas.Active && lb.ProvisioningStatus != lbaas.ErrorStatus || lb.Doomed && !doom {
		return lb, lbaas.Immutable(loadBalancers.resource, id)
	}
	// Between an ACTIVE or ERROR and the next one there is a PENDING, which raises the revision.
	n, err := t.exec(`UPDATE load_balancers SET provisioning_status = ?, doomed = ?, revision = revision + 1, due_at = ?,
		updated_at = ?, attempts = 0, status_reason = '', `+originSet+` WHERE id = ? AND revision = ? AND provisioning_status = ?`,
		slices.Concat([]any{status, doom, micros(t.now), micros(t.now)}, t.origin().fields(), []any{id, row.revision, lb.ProvisioningStatus})...)
	if err != nil {
		return lb, fmt.Errorf("lock load balancer %s: %w", id, err)
	}
	if n == 0 {
		return lb, fmt.Errorf("lock load balancer %s: %w", id, errMoved)
	}
	lb.ProvisioningStatus, lb.Doomed, lb.UpdatedAt, lb.StatusReason = status, doom, t.now, ""
	return lb, nil
}

// lockRow is a load balancer with the revision of its tree.
type lockRow struct {
	lbaas.LoadBalancer
	revision int64
}

var lockRows = table[lockRow]{
	name: loadBalancers.name, resource: loadBalancers.resource,
	columns: append(slices.Clip(loadBalancers.columns), "revision"),
	fields:  func(r *lockRow) []any { return append(loadBalancers.fields(&r.LoadBalancer), &r.revision) },
}

// queuedRow is a new load balancer that the worker is to look at.
type queuedRow struct {
	lbaas.LoadBalancer
	due    time.Time
	origin Origin
}

var queuedRows = table[queuedRow]{
	name: loadBalancers.name, resource: loadBalancers.resource,
	columns: slices.Concat(loadBalancers.columns, []string{"due_at"}, originColumns()),
	fields: func(r *queuedRow) []any {
		return slices.Concat(loadBalancers.fields(&r.LoadBalancer), []any{timeColumn{&r.due}}, r.origin.fields())
	},
}

// LoadBalancer reads one load balancer.
func (t *Tx) LoadBalancer(id string) (lbaas.LoadBalancer, error) { return loadBalancers.get(t, id) }

// Listener reads one listener.
func (t *Tx) Listener(id string) (lbaas.Listener, error) { return listeners.get(t, id) }

// Pool reads one pool.
func (t *Tx) Pool(id string) (lbaas.Pool, error) { return pools.get(t, id) }

// Member reads one member and the id of its load balancer.
func (t *Tx) Member(id string) (lbaas.Member, string, error) {
	row, err := members.get(t, id)
	return row.Member, row.loadBalancerID, err
}

// HealthMonitor reads one health monitor and the id of its load balancer.
func (t *Tx) HealthMonitor(id string) (lbaas.HealthMonitor, string, error) {
	row, err := healthMonitors.get(t, id)
	return row.HealthMonitor, row.loadBalancerID, err
}

// InsertLoadBalancer adds a load balancer and puts it into the worker's queue.
func (t *Tx) InsertLoadBalancer(lb *lbaas.LoadBalancer) error {
	if err := t.TakeQuota(lb.ProjectID, lbaas.QuotaLoadBalancer, 1); err != nil {
		return err
	}
	return duplicateID(queuedRows.insert(t, &queuedRow{LoadBalancer: *lb, due: t.now, origin: *t.origin()}))
}

// InsertListener adds a listener; KindConflict when its port is taken.
func (t *Tx) InsertListener(l *lbaas.Listener) error {
	if err := t.TakeQuota(l.ProjectID, lbaas.QuotaListener, 1); err != nil {
		return err
	}
	taken, err := listeners.all(t, "WHERE load_balancer_id = ? AND protocol_port = ? AND l4_protocol = ?",
		l.LoadBalancerID, l.ProtocolPort, l.L4())
	if err != nil {
		return err
	}
	if len(taken) > 0 {
		return lbaas.DuplicateListener(taken[0].Protocol, l.ProtocolPort)
	}
	return duplicateID(listeners.insert(t, l))
}

// InsertPool adds a pool.
func (t *Tx) InsertPool(p *lbaas.Pool) error {
	if err := t.TakeQuota(p.ProjectID, lbaas.QuotaPool, 1); err != nil {
		return err
	}
	return duplicateID(pools.insert(t, p))
}

// InsertMember adds a member; KindConflict when its address and port are in the pool already.
func (t *Tx) InsertMember(loadBalancerID string, m *lbaas.Member) error {
	if err := t.TakeQuota(m.ProjectID, lbaas.QuotaMember, 1); err != nil {
		return err
	}
	taken, err := members.all(t, "WHERE pool_id = ? AND address = ? AND protocol_port = ?", m.PoolID, m.Address, m.ProtocolPort)
	if err != nil {
		return err
	}
	if len(taken) > 0 {
		return lbaas.DuplicateMember(m.Address, m.ProtocolPort)
	}
	return duplicateID(members.insert(t, &memberRow{Member: *m, loadBalancerID: loadBalancerID}))
}

// InsertHealthMonitor adds a health monitor; KindConflict when the pool has one.
func (t *Tx) InsertHealthMonitor(loadBalancerID string, h *lbaas.HealthMonitor) error {
	if err := t.TakeQuota(h.ProjectID, lbaas.QuotaHealthMonitor, 1); err != nil {
		return err
	}
	taken, err := healthMonitors.all(t, "WHERE pool_id = ?", h.PoolID)
	if err != nil {
		return err
	}
	if len(taken) > 0 {
		return lbaas.Conflictf("This pool already has a health monitor")
	}
	return duplicateID(healthMonitors.insert(t, &monitorRow{HealthMonitor: *h, loadBalancerID: loadBalancerID}))
}

func duplicateID(err error) error {
	if isDuplicate(err) {
		return &lbaas.Error{Kind: lbaas.KindConflict, Message: "Already an entity with that specified id.", Err: err}
	}
	return err
}

// UpdateLoadBalancer writes a load balancer back.
func (t *Tx) UpdateLoadBalancer(lb *lbaas.LoadBalancer) error { return loadBalancers.update(t, lb) }

// UpdateListener writes a listener back.
func (t *Tx) UpdateListener(l *lbaas.Listener) error { return listeners.update(t, l) }

// UpdatePool writes a pool back.
func (t *Tx) UpdatePool(p *lbaas.Pool) error { return pools.update(t, p) }

// UpdateMember writes a member back.
func (t *Tx) UpdateMember(loadBalancerID string, m *lbaas.Member) error {
	return members.update(t, &memberRow{Member: *m, loadBalancerID: loadBalancerID})
}

// UpdateHealthMonitor writes a health monitor back.
func (t *Tx) UpdateHealthMonitor(loadBalancerID string, h *lbaas.HealthMonitor) error {
	return healthMonitors.update(t, &monitorRow{HealthMonitor: *h, loadBalancerID: loadBalancerID})
}

// TouchPool marks a pool and the listeners that it serves as being updated: something below them changes.
func (t *Tx) TouchPool(id string) error {
	for _, statement := range []string{
		"UPDATE pools SET provisioning_status = ? WHERE id = ? AND provisioning_status IN (?, ?) AND doomed = 0",
		"UPDATE listeners SET provisioning_status = ? WHERE default_pool_id = ? AND provisioning_status IN (?, ?) AND doomed = 0",
	} {
		if _, err := t.exec(statement, lbaas.PendingUpdate, id, lbaas.Active, lbaas.ErrorStatus); err != nil {
			return fmt.Errorf("mark pool %s as being updated: %w", id, err)
		}
	}
	return t.touchRedirecting(id)
}

// DoomTree dooms everything that hangs from a load balancer.
func (t *Tx) DoomTree(loadBalancerID string) error {
	for _, name := range childTables {
		_, err := t.exec("UPDATE "+name+" SET doomed = 1, provisioning_status = ? WHERE load_balancer_id = ?",
			lbaas.PendingDelete, loadBalancerID)
		if err != nil {
			return fmt.Errorf("doom the %s of load balancer %s: %w", name, loadBalancerID, err)
		}
	}
	return nil
}

// DoomPool dooms a pool with its members and monitor, and unsets it at the listeners that it serves.
func (t *Tx) DoomPool(id string) error {
	for _, column := range [][2]string{{"members", "pool_id"}, {"health_monitors", "pool_id"}, {"pools", "id"}} {
		_, err := t.exec("UPDATE "+column[0]+" SET doomed = 1, provisioning_status = ? WHERE "+column[1]+" = ?",
			lbaas.PendingDelete, id)
		if err != nil {
			return fmt.Errorf("doom pool %s: %w", id, err)
		}
	}
	_, err := t.exec("UPDATE listeners SET default_pool_id = '' WHERE default_pool_id = ?", id)
	return err
}

// childTables hang from a load balancer; each may refer to those after it.
var childTables = []string{"members", "health_monitors", "l7_rules", "l7_policies", "listeners", "pools"}

// in gives the marks and arguments of an IN list.
func in(ids []string) (marks string, args []any) {
	for _, id := range ids {
		args = append(args, id)
	}
	return strings.TrimSuffix(strings.Repeat("?, ", len(ids)), ", "), args
}

// ListenersOfPool are the listeners whose default a pool is, the doomed ones too.
func (t *Tx) ListenersOfPool(poolID string) ([]lbaas.Listener, error) {
	return listeners.all(t, "WHERE default_pool_id = ? ORDER BY created_at, id", poolID)
}

// MembersOfPool are the members of a pool, the doomed ones too.
func (t *Tx) MembersOfPool(poolID string) ([]lbaas.Member, error) {
	rows, err := members.all(t, "WHERE pool_id = ? ORDER BY created_at, id", poolID)
	found := make([]lbaas.Member, len(rows))
	for i := range rows {
		found[i] = rows[i].Member
	}
	return found, err
}
