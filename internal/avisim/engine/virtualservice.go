package engine

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"regexp"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// maxFronts bounds the listeners of one virtual service: a wide port range would take every descriptor of the process.
const maxFronts = 1024

// reasonNoNetwork is the Controller's own text (controller facts 6.1).
const reasonNoNetwork = "No network/subnet matched Virtual Service IP"

// virtualService is one running virtual service: its listeners and what they need to know.
type virtualService struct {
	uuid     string
	logger   *slog.Logger
	udpIdle  time.Duration
	wg       *sync.WaitGroup // the engine's: every front runs under it
	counters counters
	// view is replaced as a whole, so that listeners keep running through a change.
	view atomic.Pointer[view]

	// The rest is guarded by the engine's lock.
	fronts map[frontKey]front
	// placement is the health as far as the virtual service's own addresses and ports decide it; StateUp leaves the
	// decision to the pool.
	placement Health
}

// view is what a connection needs of the configuration.
type view struct {
	config VirtualService
	serving
	certificates []tls.Certificate
	hosts        []hostView
	// certificateProblem is why certificates or hosts is empty, nil when all are fine.
	certificateProblem error
}

// serving is where the requests of a virtual service, or of one of its hosts, go.
type serving struct {
	counters *counters
	rules    []RequestRule
	pool     *target // nil when there is none
	// rulePools are those that the rules choose, by their UUIDs.
	rulePools map[string]*target
	patterns  map[patternKey]*regexp.Regexp
}

func newServing(c *counters, poolUUID string, rules []RequestRule, pools map[string]*target) serving {
	s := serving{counters: c, rules: rules, pool: pools[poolUUID], rulePools: map[string]*target{}, patterns: compilePatterns(rules)}
	for _, rule := range rules {
		if rule.PoolUUID != "" {
			s.rulePools[rule.PoolUUID] = pools[rule.PoolUUID]
		}
	}
	return s
}

// frontKey identifies a listener; one that differs in any part is another listener.
type frontKey struct {
	address netip.AddrPort
	kind    Kind
	tls     bool
	// timeouts are set for HTTP only: net/http takes them at the start.
	timeouts ClientTimeouts
}

// front is a running listener. Close ends it with its connections and frees its port before it returns; its
// goroutines end soon after, under the engine's wait group.
type front interface {
	Close()
}

// newView resolves a configuration, which counts into c. It takes over the counters of hosts from the last view, and parsed
// certificates when they are the same.
func newView(config VirtualService, c *counters, pools map[string]*target, last *view) *view {
	next := &view{config: config, serving: newServing(c, config.PoolUUID, config.RequestRules, pools)}
	hosts, err := resolveHosts(config.Hosts, pools, last)
	if err != nil {
		next.certificateProblem = err
		return next
	}
	next.hosts = hosts
	if last != nil && last.certificateProblem == nil && slices.Equal(last.config.Certificates, config.Certificates) {
		next.certificates = last.certificates
		return next
	}
	next.certificates, next.certificateProblem = parseCertificates(config.Certificates)
	return next
}

// wanted lists the listeners that the view asks for, in order, and the first reason why there are not more.
func (v *view) wanted() (keys []frontKey, problem string) {
	if !v.config.Enabled {
		return nil, ""
	}
	for _, vip := range v.config.VIPs {
		if !isLoopback(vip) {
			problem = firstOf(problem, reasonNoNetwork)
			continue
		}
		for _, s := range v.config.Services {
			if reason := v.unusable(s); reason != "" {
				problem = firstOf(problem, reason)
				continue
			}
			for port := int(s.Port); port <= int(s.PortEnd); port++ {
				if len(keys) == maxFronts {
					return keys, firstOf(problem, fmt.Sprintf("More than %d listening ports", maxFronts))
				}
				//nolint:gosec // between two ports is a port
				key := frontKey{address: netip.AddrPortFrom(vip.Unmap(), uint16(port)), kind: s.Kind, tls: s.TLS}
				if s.Kind == KindHTTP {
					key.timeouts = v.config.ClientTimeouts
				}
				keys = append(keys, key)
			}
		}
	}
	return keys, problem
}

func firstOf(reason, other string) string {
	if reason != "" {
		return reason
	}
	return other
}

// unusable says why a service cannot be carried out, empty when it can.
func (v *view) unusable(s Service) string {
	switch {
	case s.Port == 0 || s.PortEnd < s.Port:
		return fmt.Sprintf("Ports %d to %d are not a range", s.Port, s.PortEnd)
	case !s.TLS:
		return ""
	case s.Kind == KindUDP:
		return fmt.Sprintf("Port %d: there is no TLS over UDP", s.Port)
	case v.certificateProblem != nil:
		return fmt.Sprintf("Port %d: %v", s.Port, v.certificateProblem)
	case len(v.certificates) == 0:
		return fmt.Sprintf("Port %d: TLS without a certificate", s.Port)
	}
	return ""
}

// closeUnwanted closes the listeners that the current view no longer asks for.
func (vs *virtualService) closeUnwanted() {
	keys, _ := vs.view.Load().wanted()
	for key, f := range vs.fronts {
		if !slices.Contains(keys, key) {
			f.Close()
			delete(vs.fronts, key)
		}
	}
}

// place opens the listeners that are missing and judges the placement. What cannot be opened does not keep the others
// from running.
func (vs *virtualService) place(now time.Time) {
	v := vs.view.Load()
	keys, problem := v.wanted()
	for _, key := range keys {
		if vs.fronts[key] != nil {
			continue
		}
		f, err := vs.open(key)
		if err != nil {
			problem = firstOf(problem, placementReason(key, err))
			continue
		}
		vs.fronts[key] = f
	}
	state, reason := StateUp, ""
	switch {
	case !v.config.Enabled:
		state, reason = StateDisabled, "The virtual service is disabled"
	case problem != "":
		state, reason = StateResources, problem
	case len(v.config.VIPs) == 0:
		state, reason = StateDisabled, "The virtual service has no enabled VIP"
	}
	if state == vs.placement.State && reason == vs.placement.Reason {
		return
	}
	if state == StateResources {
		vs.logger.Warn("virtual service cannot be placed", slog.String("reason", reason))
	}
	if state != vs.placement.State {
		vs.placement.Changed = now
	}
	vs.placement.State, vs.placement.Reason = state, reason
}

func (vs *virtualService) open(key frontKey) (front, error) {
	switch key.kind {
	case KindHTTP:
		return openHTTP(vs, key)
	case KindTCP:
		return openTCP(vs, key)
	case KindUDP:
		return openUDP(vs, key)
	}
	return nil, fmt.Errorf("kind of traffic %q: unknown", key.kind)
}

func placementReason(key frontKey, err error) string {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Sprintf("%s of %s is already in use", key.kind, key.address)
	}
	return fmt.Sprintf("Cannot listen on %s: %v", key.address, err)
}

// close ends all listeners.
func (vs *virtualService) close() {
	for key, f := range vs.fronts {
		f.Close()
		delete(vs.fronts, key)
	}
}

// statuses are those of the virtual service and of its hosts, by their UUIDs.
func (vs *virtualService) statuses() map[string]VirtualServiceStatus {
	v := vs.view.Load()
	all := map[string]VirtualServiceStatus{vs.uuid: vs.status(&v.serving)}
	for i := range v.hosts {
		if uuid := v.hosts[i].config.UUID; uuid != "" {
			all[uuid] = vs.status(&v.hosts[i].serving)
		}
	}
	return all
}

// status combines the placement with the health of the pool.
func (vs *virtualService) status(s *serving) VirtualServiceStatus {
	status := VirtualServiceStatus{Health: vs.placement, Counters: s.counters.snapshot()}
	p := s.pool
	if p == nil || vs.placement.State != StateUp {
		return status
	}
	health, turned := p.condition()
	if health.State != StateUp {
		status.State, status.Reason = StateDown, "Pool is not up: "+health.Reason
	}
	if turned.After(status.Changed) {
		status.Changed = turned
	}
	return status
}
