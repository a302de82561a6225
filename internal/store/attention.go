package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// Attention is a load balancer that is not ACTIVE, with what the queue knows of it.
type Attention struct {
	lbaas.LoadBalancer
	// Attempts that have failed since the last accepted request.
	Attempts int
	// Due is when it is, or was, to be worked next; zero when it waits for the user or an operator.
	Due time.Time
}

// NeedAttention lists the load balancers that are not ACTIVE, those that wait longest first.
func (s *Store) NeedAttention(ctx context.Context) ([]Attention, error) {
	var all []Attention
	err := s.Read(ctx, func(t *Tx) error {
		lbs, err := loadBalancers.all(t, `WHERE provisioning_status <> ?
			ORDER BY CASE WHEN updated_at > created_at THEN updated_at ELSE created_at END, id`, lbaas.Active)
		if err != nil {
			return err
		}
		queue, err := t.queueEntries()
		if err != nil {
			return err
		}
		all = make([]Attention, len(lbs))
		for i, lb := range lbs {
			all[i] = Attention{LoadBalancer: lb, Attempts: queue[lb.ID].attempts, Due: queue[lb.ID].due}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list the load balancers that need attention: %w", err)
	}
	return all, nil
}

type queueEntry struct {
	attempts int
	due      time.Time
}

func (t *Tx) queueEntries() (map[string]queueEntry, error) {
	entries := map[string]queueEntry{}
	err := t.each("SELECT id, attempts, due_at FROM load_balancers WHERE due_at IS NOT NULL", nil, func(rows *sql.Rows) error {
		var id string
		var e queueEntry
		err := rows.Scan(&id, &e.attempts, timeColumn{&e.due})
		entries[id] = e
		return err
	})
	return entries, err
}
