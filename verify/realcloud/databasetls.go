//go:build verify

package realcloud

import (
	"context"
	"errors"
)

// ServerTLS is what a database server shows of itself and wants to see of clients, all PEM.
type ServerTLS struct {
	Certificate, Key string
	// ClientCA are the authorities that clients have to be from; empty: clients need no certificate.
	ClientCA string
}

// StartMariaDBWithTLS starts a MariaDB that nobody reaches without TLS, with an empty database of the name avi.
func StartMariaDBWithTLS(ctx context.Context, t ServerTLS) (*Database, error) {
	return startServer(ctx, func(ctx context.Context, h *host, address, password string) (string, error) {
		files, err := t.write(h, "mysql")
		if err != nil {
			return "", err
		}
		options := []string{"--require-secure-transport=ON", "--ssl-cert=" + files[0], "--ssl-key=" + files[1]}
		requiring := ""
		if t.ClientCA != "" {
			options, requiring = append(options, "--ssl-ca="+files[2]), "REQUIRE X509"
		}
		_, err = h.startMariaDB(ctx, mariaDB{
			name: "mariadb", address: address, options: options,
			script: "CREATE DATABASE avi;\n" + userScript(password, requiring),
		})
		return "mysql", err
	})
}

// StartPostgreSQLWithTLS starts a PostgreSQL that nobody reaches without TLS. Its own database, postgres, is empty.
func StartPostgreSQLWithTLS(ctx context.Context, t ServerTLS) (*Database, error) {
	return startServer(ctx, func(ctx context.Context, h *host, address, password string) (string, error) {
		files, err := t.write(h, "postgres")
		if err != nil {
			return "", err
		}
		access := "hostssl all all 127.0.0.1/32 scram-sha-256"
		settings := []string{"ssl=on", "ssl_cert_file=" + files[0], "ssl_key_file=" + files[1]}
		if t.ClientCA != "" {
			access += " clientcert=verify-ca"
			settings = append(settings, "ssl_ca_file="+files[2])
		}
		rules, err := h.write(access+"\n", "pg_hba.conf")
		if err != nil {
			return "", err
		}
		settings = append(settings, "hba_file="+rules)
		return "postgresql", errors.Join(give(rules, "postgres"), h.startPostgreSQL(ctx, address, password, settings...))
	})
}

// write makes files of certificate, key and authorities, for the server's user.
func (t ServerTLS) write(h *host, owner string) (files [3]string, err error) {
	for i, content := range []string{t.Certificate, t.Key, t.ClientCA} {
		name := []string{"server.pem", "server.key", "clients.pem"}[i]
		if files[i], err = h.write(content, name); err != nil {
			return files, err
		}
		if err := give(files[i], owner); err != nil {
			return files, err
		}
	}
	return files, nil
}
