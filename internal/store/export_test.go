package store

// Exec runs a statement that breaks the store's rules, as somebody with a client of the database could.
func (t *Tx) Exec(statement string) error {
	_, err := t.exec(statement)
	return err
}
