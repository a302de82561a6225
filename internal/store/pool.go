package store

import "database/sql"

// PoolStats are the states of the database's connection pools, by a name for each.
func (s *Store) PoolStats() map[string]sql.DBStats {
	return map[string]sql.DBStats{"write": s.write.Stats(), "read": s.read.Stats()}
}
