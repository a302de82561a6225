package store

import "time"

// PretendSchema has a newer program have upgraded the schema.
func (t *Tx) PretendSchema(version int) error {
	_, err := t.exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (?, "+truth(t)+")", version)
	return err
}

func truth(t *Tx) string {
	if t.tx.dialect.numbered {
		return "TRUE"
	}
	return "1"
}

// JobLease is how long a job stays with a silent replica.
const JobLease time.Duration = jobLease

// Exec runs a statement that breaks the store's rules, as somebody with a client of the database could.
func (t *Tx) Exec(statement string) error {
	_, err := t.exec(statement)
	return err
}
