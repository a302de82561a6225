package store

import (
	"errors"
	"time"
)

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

// ErrCollided has a transaction, or a statement by itself, run again.
var ErrCollided = errMoved

// TagsOf are the tags that are kept for an object, whether it is there or not.
func (t *Tx) TagsOf(id string) (tags []string, err error) {
	rows, err := t.tx.QueryContext(t.ctx, "SELECT tag FROM tags WHERE resource_id = ? ORDER BY tag", id)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var tag string
		if err := rows.Scan(&tag); err != nil {
			return nil, err
		}
		tags = append(tags, tag)
	}
	return tags, rows.Err()
}
