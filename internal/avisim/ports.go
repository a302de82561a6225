package avisim

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim/schema"
)

// Neutron is a network service in which the simulated service engine has ports: one on each subnet on which a virtual service
// has its address, made when the first is placed and removed some time after the last has gone (Knobs.PortGCDelay; controller
// facts 7.2, "Garbage collection").
type Neutron struct {
	// Endpoint is its URL without a version, at a loopback address.
	Endpoint string
	Token    TokenSource
}

// TokenSource gives a Keystone token that may make ports on every network.
type TokenSource interface {
	Token(ctx context.Context) (string, error)
}

func (n *Neutron) validate() error {
	u, err := url.Parse(n.Endpoint)
	if err != nil || u.Host == "" {
		return errors.New("the Neutron endpoint is not a URL")
	}
	if addr, err := netip.ParseAddr(u.Hostname()); (err != nil || !addr.IsLoopback()) && u.Hostname() != "localhost" {
		return fmt.Errorf("the Neutron endpoint %s is not at a loopback address", u.Host)
	}
	return nil
}

// Marks of the ports, as far as an outsider can tell a service engine's: it is a virtual machine of Nova's.
const (
	enginePortName   = "Avi-se-simulated-data"
	enginePortOwner  = "compute:nova"
	enginePortDevice = "5e000000-0000-4000-8000-0000000a7150" // the simulated service engine
)

// retryPorts is the pause after the network service has failed.
const retryPorts = time.Second

// portKeeper keeps the service engine's ports as the virtual services need them.
type portKeeper struct {
	server  *Server
	neutron *Neutron
	client  *http.Client
	kicked  chan struct{}
	stop    context.CancelFunc
	running sync.WaitGroup

	ports map[string]*enginePort // by subnet; the goroutine's own
}

type enginePort struct {
	id       string
	unneeded time.Time // zero while a virtual service needs it
}

// startPorts begins to keep ports; it does nothing without a Neutron.
func (s *Server) startPorts(ctx context.Context) {
	if s.options.Neutron == nil {
		return
	}
	transport := &http.Transport{}
	ctx, stop := context.WithCancel(ctx)
	k := &portKeeper{
		server: s, neutron: s.options.Neutron, client: &http.Client{Transport: transport, Timeout: 10 * time.Second},
		kicked: make(chan struct{}, 1), stop: stop, ports: map[string]*enginePort{},
	}
	s.ports.Store(k)
	k.running.Go(func() {
		defer transport.CloseIdleConnections()
		k.run(ctx)
	})
}

// stopPorts ends the keeping; ports stay where they are, as when a real Controller is switched off.
func (s *Server) stopPorts() {
	if k := s.ports.Swap(nil); k != nil {
		k.stop()
		k.running.Wait()
	}
}

// virtualServicesChanged has the ports looked at. It never blocks.
func (s *Server) virtualServicesChanged() {
	if k := s.ports.Load(); k != nil {
		select {
		case k.kicked <- struct{}{}:
		default:
		}
	}
}

func (k *portKeeper) run(ctx context.Context) {
	for {
		pause, err := k.round(ctx, time.Now())
		if err != nil && ctx.Err() == nil {
			k.server.log.WarnContext(ctx, "cannot keep the service engine's ports", "error", err)
			pause = retryPorts
		}
		var due <-chan time.Time
		if pause > 0 {
			due = time.After(pause)
		}
		select {
		case <-ctx.Done():
			return
		case <-k.kicked:
		case <-due:
		}
	}
}

// round makes and removes what is due, and says when something will be; 0 is not by itself.
func (k *portKeeper) round(ctx context.Context, now time.Time) (pause time.Duration, err error) {
	needed := k.server.vipSubnets()
	delay := k.server.currentKnobs().PortGCDelay
	var errs []error
	for subnet := range needed {
		if p := k.ports[subnet]; p != nil {
			p.unneeded = time.Time{}
			continue
		}
		id, err := k.create(ctx, subnet)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		k.ports[subnet] = &enginePort{id: id}
	}
	for subnet, p := range k.ports {
		if needed[subnet] {
			continue
		}
		if p.unneeded.IsZero() {
			p.unneeded = now
		}
		if left := delay - now.Sub(p.unneeded); left > 0 {
			if pause == 0 || left < pause {
				pause = left
			}
			continue
		}
		if err := k.call(ctx, http.MethodDelete, "ports/"+p.id, nil, nil); err != nil {
			errs = append(errs, err)
			continue
		}
		delete(k.ports, subnet)
	}
	return pause, errors.Join(errs...)
}

// vipSubnets are the subnets on which virtual services have their addresses.
func (s *Server) vipSubnets() map[string]bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	subnets := map[string]bool{}
	for _, r := range s.store.byModel["VirtualService"] {
		vip := s.store.get("VsVip", refUUID(r.body, "vsvip_ref"))
		if vip == nil {
			continue
		}
		for _, entry := range objects(vip.body, "vip") {
			for _, field := range []string{"subnet_uuid", "subnet6_uuid"} {
				if id := text(entry, field); id != "" {
					subnets[id] = true
				}
			}
		}
	}
	return subnets
}

func (k *portKeeper) create(ctx context.Context, subnet string) (id string, err error) {
	var found struct {
		Subnet struct {
			NetworkID string `json:"network_id"`
		} `json:"subnet"`
	}
	if err := k.call(ctx, http.MethodGet, "subnets/"+url.PathEscape(subnet), nil, &found); err != nil {
		return "", err
	}
	var made struct {
		Port struct {
			ID string `json:"id"`
		} `json:"port"`
	}
	err = k.call(ctx, http.MethodPost, "ports", schema.Object{"port": schema.Object{
		"name": enginePortName, "network_id": found.Subnet.NetworkID, "device_owner": enginePortOwner, "device_id": enginePortDevice,
		"fixed_ips": []any{schema.Object{"subnet_id": subnet}},
	}}, &made)
	return made.Port.ID, err
}

// call makes one request to the network service. A port to be deleted that is not there is gone.
func (k *portKeeper) call(ctx context.Context, method, path string, in, out any) error {
	token, err := k.neutron.Token.Token(ctx)
	if err != nil {
		return fmt.Errorf("log in to make the service engine's ports: %w", err)
	}
	body := &bytes.Buffer{}
	if in != nil {
		if err := json.NewEncoder(body).Encode(in); err != nil {
			return fmt.Errorf("%s %s at Neutron: %w", method, path, err)
		}
	}
	request, err := http.NewRequestWithContext(ctx, method, strings.TrimRight(k.neutron.Endpoint, "/")+"/v2.0/"+path, body)
	if err != nil {
		return fmt.Errorf("%s %s at Neutron: %w", method, path, err)
	}
	request.Header.Set("X-Auth-Token", token)
	request.Header.Set("Content-Type", "application/json")
	answer, err := k.client.Do(request)
	if err != nil {
		return fmt.Errorf("%s %s at Neutron: %w", method, path, err)
	}
	defer func() { _ = answer.Body.Close() }()
	if method == http.MethodDelete && answer.StatusCode == http.StatusNotFound {
		return nil
	}
	if answer.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("%s %s at Neutron: answered %s", method, path, answer.Status)
	}
	if out == nil {
		return nil
	}
	if err := json.NewDecoder(io.LimitReader(answer.Body, 1<<20)).Decode(out); err != nil {
		return fmt.Errorf("%s %s at Neutron: %w", method, path, err)
	}
	return nil
}
