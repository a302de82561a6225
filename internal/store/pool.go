package store

import "database/sql"

// PoolStats are the states of the database's connection pools, by a name for each: one for everything, or with SQLite one that writes
// and one that reads.
func (s *Store) PoolStats() map[string]sql.DBStats {
	if s.read == s.write {
		return map[string]sql.DBStats{"all": s.write.Stats()}
	}
	return map[string]sql.DBStats{"write": s.write.Stats(), "read": s.read.Stats()}
}
