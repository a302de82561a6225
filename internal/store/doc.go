// Package store keeps the desired state, the statuses and the inventory of what was made at the Controller, in SQL. It is the
// only package with SQL in it. It may import lbaas, requestid and tracing.
//
// The rules of the statements, so that the same text can serve MariaDB and PostgreSQL: a change of a load balancer's tree begins
// with the compare-and-set of its status (Tx.Lock), which also serialises the changes of one tree; a worker's write names the
// lease that it holds, and no row changed means that somebody else moved on; times are integers (microseconds, UTC); there is no
// SELECT *, no RETURNING and no ON CONFLICT.
package store
