//go:build verify

package realcloud

import (
	"context"
	"net"
	"os"
	"os/user"
	"strconv"
)

// mariaDB is a MariaDB that is to be started.
type mariaDB struct {
	name    string   // of its directory and its logs
	address string   // host:port
	script  string   // run at the start, one statement a line
	options []string // what the server is told beside what all are told
	joins   bool     // it gets its data, users and all, from another node
}

// startMariaDB makes a MariaDB and waits until it takes connections. Nothing of it has to survive the machine, so it need not wait
// for disks; that halves what migrations take.
func (h *host) startMariaDB(ctx context.Context, m mariaDB) (*process, error) {
	data := h.path(m.name)
	if err := os.Mkdir(data, 0o700); err != nil {
		return nil, err
	}
	common := []string{"--no-defaults", "--datadir=" + data, "--tmpdir=" + data}
	if os.Geteuid() == 0 {
		common = append(common, "--user=mysql")
	}
	if err := give(data, "mysql"); err != nil {
		return nil, err
	}
	options := m.options
	if !m.joins {
		if err := h.run(ctx, m.name+"-install", nil, "mariadb-install-db", append(common, "--skip-test-db")...); err != nil {
			return nil, err
		}
		script, err := h.write(m.script, m.name+".sql")
		if err != nil {
			return nil, err
		}
		if err := give(script, "mysql"); err != nil {
			return nil, err
		}
		options = append(options, "--init-file="+script)
	}
	address, port, err := net.SplitHostPort(m.address)
	if err != nil {
		return nil, err
	}
	p, err := h.start(ctx, m.name, nil, "mariadbd", append(append(common,
		"--bind-address="+address, "--port="+port, "--socket="+data+"/socket", "--pid-file="+data+"/pid",
		"--skip-name-resolve", "--max-connections=300", "--character-set-server=utf8mb3", "--collation-server=utf8mb3_general_ci",
		"--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0", "--innodb-flush-method=nosync", "--sync-frm=0",
		"--performance-schema=0", "--innodb-buffer-pool-size=256M"), options...)...)
	if err != nil {
		return nil, err
	}
	return p, h.awaitPort(ctx, p, m.address)
}

// give lets a service have a file: databases do not want to be root, and are other users then.
func give(file, owner string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	account, err := user.Lookup(owner)
	if err != nil {
		return err
	}
	uid, err := strconv.Atoi(account.Uid)
	if err != nil {
		return err
	}
	return os.Chown(file, uid, -1)
}
