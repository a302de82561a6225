package store

import (
	"database/sql"
	"errors"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// watchedPipe is a watched connection and the server's end of it.
func watchedPipe(t *testing.T, a *answers) (ours *watchedConn, server net.Conn) {
	t.Helper()
	end, server := net.Pipe()
	t.Cleanup(func() { _, _ = end.Close(), server.Close() })
	return &watchedConn{Conn: end, answers: a}, server
}

func TestAServerThatHangsIsNotWaitedForWithoutEnd(t *testing.T) {
	for _, call := range []struct {
		name string
		do   func(*watchedConn) error
	}{
		{"an answer that does not come", func(c *watchedConn) error { _, err := c.Read(make([]byte, 1)); return err }},
		{"a statement that is not taken", func(c *watchedConn) error { _, err := c.Write(make([]byte, 1)); return err }},
	} {
		t.Run(call.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				watch := newAnswers(15 * time.Second)
				conn, _ := watchedPipe(t, watch)
				begun := time.Now()
				err := call.do(conn)
				if took := time.Since(begun); took != 15*time.Second || !errors.Is(err, errNoAnswer) || watch.misses.Load() != 1 {
					t.Errorf("after %s: %v, %d misses; want no answer within 15s, and it counted", took, err, watch.misses.Load())
				}
				if mysqlDialect().judge(err) != disconnected || postgresDialect().judge(err) != disconnected {
					t.Errorf("%v is not taken for the loss of a connection", err)
				}
			})
		})
	}
}

func TestSlowAnswersAreWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		watch := newAnswers(15 * time.Second)
		conn, server := watchedPipe(t, watch)
		say := func(after time.Duration) {
			go func() {
				<-time.After(after)
				_, _ = server.Write([]byte("x"))
			}()
		}
		read := func(what string) {
			t.Helper()
			if _, err := conn.Read(make([]byte, 1)); err != nil {
				t.Errorf("%s: %v", what, err)
			}
		}
		say(14 * time.Second)
		read("an answer in time")
		<-time.After(time.Hour)
		say(14 * time.Second)
		read("an answer in time, on a connection that was idle for an hour")
		usual := watch.awaitAll()
		say(time.Hour)
		read("a change of the schema")
		usual()
		if err := conn.SetReadDeadline(time.Now().Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) || watch.misses.Load() != 0 {
			t.Errorf("at the driver's own deadline: %v and %d misses, want that it was exceeded and none", err, watch.misses.Load())
		}
	})
}

// The connections that a pool keeps to a host that hangs would keep one request after the other waiting.
func TestConnectionsFromBeforeAMissedAnswerAreNotUsedAgain(t *testing.T) {
	watch := newAnswers(0)
	a, b := &node{}, &node{}
	db := sql.OpenDB(hosts(watch, a, b))
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := db.PingContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	watch.misses.Add(1)
	if err := db.PingContext(t.Context()); err != nil || a.closed != 1 {
		t.Errorf("the old connection was closed %d times (%v), want 1", a.closed, err)
	}
	if err := db.PingContext(t.Context()); err != nil || a.closed != 1 {
		t.Errorf("the new connection was closed too: %d (%v)", a.closed, err)
	}
}
