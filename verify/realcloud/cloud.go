//go:build verify

package realcloud

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// Region is the only region of a Cloud.
const Region = "RegionOne"

// startTime is how long the services may take to come up altogether; it is many times what they take on two cores.
const startTime = 15 * time.Minute

// Cloud is a running Keystone, Neutron and Barbican. Its methods are safe for use by several goroutines.
type Cloud struct {
	// IdentityURL is Keystone's, with /v3; NetworkURL and KeyManagerURL are Neutron's and Barbican's as the catalog has them.
	IdentityURL, NetworkURL, KeyManagerURL string
	// LoadBalancerAddress is the host:port that the catalog names for the load-balancer service. Nothing listens there before a
	// test starts a service.
	LoadBalancerAddress string

	host     *host
	log      io.Writer
	password string // of every user, and of the database
	database string // host:port
	identity *Identity
}

// Start brings the services up, with the users that Users lists, in one or two minutes. It writes to log how long each step took.
func Start(ctx context.Context, log io.Writer) (_ *Cloud, err error) {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	h, err := newHost()
	if err != nil {
		return nil, err
	}
	c := &Cloud{host: h, log: log, password: rand.Text()}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.Close())
		}
	}()
	if err := c.chooseAddresses(ctx); err != nil {
		return nil, err
	}
	if err := c.step("MariaDB", func() error { return c.startDatabase(ctx) }); err != nil {
		return nil, err
	}
	services, ctx := errgroup.WithContext(ctx)
	services.Go(func() error {
		if err := c.step("Keystone", func() error { return c.startKeystone(ctx) }); err != nil {
			return err
		}
		return c.step("users and catalog", func() error { return c.populate(ctx) })
	})
	services.Go(func() error { return c.step("Neutron", func() error { return c.startNeutron(ctx) }) })
	services.Go(func() error { return c.step("Barbican", func() error { return c.startBarbican(ctx) }) })
	return c, services.Wait()
}

// Close ends the services and removes everything that they wrote.
func (c *Cloud) Close() error {
	if c.identity != nil {
		c.identity.close()
	}
	if err := c.host.close(); err != nil {
		return fmt.Errorf("end the cloud in %s: %w", c.host.dir, err)
	}
	return nil
}

// Logged says whether a service has written a text to its log.
func (c *Cloud) Logged(service, text string) (bool, error) {
	log, err := os.ReadFile(c.host.path("log", service))
	return strings.Contains(string(log), text), err
}

// step does something and tells how long it took.
func (c *Cloud) step(name string, f func() error) error {
	begun := time.Now()
	if err := f(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	_, err := fmt.Fprintf(c.log, "%s: %.1f s\n", name, time.Since(begun).Seconds())
	return err
}

func (c *Cloud) chooseAddresses(ctx context.Context) error {
	var keystone, neutron, barbican string
	for _, address := range []*string{&c.database, &keystone, &neutron, &barbican, &c.LoadBalancerAddress} {
		var err error
		if *address, err = freeAddress(ctx); err != nil {
			return err
		}
	}
	c.IdentityURL, c.NetworkURL, c.KeyManagerURL = "http://"+keystone+"/v3", "http://"+neutron, "http://"+barbican
	return nil
}
