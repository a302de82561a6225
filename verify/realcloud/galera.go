//go:build verify

package realcloud

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
)

// Galera is a cluster of three MariaDBs, the least that goes on when one is lost.
type Galera struct {
	host  *host
	first *process
	// URL names all nodes: mysql://user:password@host:port,host:port,host:port.
	URL string
	// SpreadURL is the same with another host before them, whose connections go to one node after the other, as a proxy in front of a
	// cluster may have it.
	SpreadURL string

	spread net.Listener
}

// FirstNode is the process id of the node that URL names first.
func (g *Galera) FirstNode() int { return g.first.pid }

// StartGalera starts a cluster. Each node waits for reads until it has what the others had accepted before
// (wsrep_sync_wait = 1); all else is as Galera has it by itself.
func StartGalera(ctx context.Context) (_ *Galera, err error) {
	const provider = "/usr/lib/galera/libgalera_smm.so"
	if found, err := filepath.Glob(provider); err != nil || len(found) == 0 {
		return nil, errors.Join(fmt.Errorf("there is no %s", provider), err)
	}
	h, err := newHost()
	if err != nil {
		return nil, err
	}
	g := &Galera{host: h}
	defer func() {
		if err != nil {
			err = errors.Join(err, g.Close())
		}
	}()
	password := rand.Text()
	var addresses []string
	members := "gcomm://"
	for n := range 3 {
		var ports [4]string // for clients, for the cluster, for a whole copy and for what a node has missed
		for i := range ports {
			if ports[i], err = freeAddress(ctx); err != nil {
				return nil, err
			}
		}
		m := mariaDB{name: fmt.Sprintf("galera-%d", n), address: ports[0], joins: n > 0, script: userScript(password, ""), options: []string{
			"--binlog-format=ROW", "--innodb-autoinc-lock-mode=2", "--wsrep-on=ON", "--wsrep-provider=" + provider,
			"--wsrep-cluster-name=verify", "--wsrep-cluster-address=" + members, "--wsrep-node-address=" + ports[1],
			"--wsrep-sst-method=rsync", "--wsrep-sst-receive-address=" + ports[2], "--wsrep-sync-wait=1",
			"--wsrep-provider-options=gmcast.listen_addr=tcp://" + ports[1] + ";ist.recv_addr=" + ports[3] + ";gcache.size=32M",
		}}
		if n == 0 {
			m.options = append(m.options, "--wsrep-new-cluster")
			members += ports[1]
		}
		p, err := h.startMariaDB(ctx, m)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			g.first = p
		}
		addresses = append(addresses, m.address)
	}
	g.URL = fmt.Sprintf("mysql://%s:%s@%s", databaseUser, password, strings.Join(addresses, ","))
	if g.spread, err = spread(ctx, addresses); err != nil {
		return nil, err
	}
	g.SpreadURL = strings.Replace(g.URL, "@", "@"+g.spread.Addr().String()+",", 1)
	return g, nil
}

// Close ends the cluster and removes everything that it wrote.
func (g *Galera) Close() error {
	var err error
	if g.spread != nil {
		err = g.spread.Close()
	}
	return errors.Join(err, g.host.close())
}

// spread listens until it is closed, and takes each connection on to the next of the addresses.
func spread(ctx context.Context, addresses []string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	var next atomic.Int64
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return // it is closed
			}
			go relay(ctx, client, addresses[int(next.Add(1))%len(addresses)])
		}
	}()
	return l, nil
}

// relay carries a connection's bytes both ways, until either side has ended it.
func relay(ctx context.Context, client net.Conn, address string) {
	server, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		_ = client.Close()
		return
	}
	var ways sync.WaitGroup
	for from, to := range map[net.Conn]net.Conn{client: server, server: client} {
		ways.Go(func() {
			_, _ = io.Copy(to, from) // however it ends, it has ended
			_ = to.Close()
		})
	}
	ways.Wait()
}
