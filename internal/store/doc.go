// Package store keeps the desired state, the statuses and the inventory of what was made at the Controller, in SQL. It is the
// only package with SQL in it. It may import lbaas, requestid and tracing.
//
// The rules of the statements, so that the same text can serve MariaDB and PostgreSQL: a change of a load balancer's tree begins
// with the compare-and-set of its status (Tx.Lock), which also serialises the changes of one tree; a worker's write names the
// lease that it holds, and no row changed means that somebody else moved on; times are integers (microseconds, UTC), truth is 1 or
// 0; there is no SELECT *, no RETURNING, no ON CONFLICT, no SELECT FOR UPDATE and no lock by name.
//
// Migrations are one set for all databases, in types that they share; dialect.schema adds what each needs. They only add within a
// generation (see migrate.go), and give a default to every column that they add to a table: an older program writes without it.
//
// Isolation. Write sees a snapshot (REPEATABLE READ; SQLite has one writer). What has to be unique is held by a unique index,
// what has to be the newest by a compare-and-set of the row that stands for it: the load balancer's for its tree, a counter's for
// a quota. Who meets another one is rolled back and run again (run.go). What a worker or a job writes begins with its own lease's
// row and sees the newest state (READ COMMITTED). What one statement reads is of one state without a transaction (Peek).
package store
