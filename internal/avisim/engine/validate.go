package engine

import (
	"errors"
	"fmt"
	"strings"
)

// validate finds what contradicts the contract of Config and cannot come from what a user wrote, because the schema
// keeps it out: a mistake of the program. What users can get wrong must not be an error here, for one object's mistake
// would keep all others from being carried out.
func (c Config) validate() error {
	var problems []error
	pools := make(map[string]bool, len(c.Pools))
	for _, p := range c.Pools {
		if pools[p.UUID] {
			problems = append(problems, fmt.Errorf("pool %s: listed twice", p.UUID))
		}
		pools[p.UUID] = true
		if err := p.validate(); err != nil {
			problems = append(problems, fmt.Errorf("pool %s: %w", p.UUID, err))
		}
	}
	for _, g := range c.Groups {
		for _, m := range g.Members {
			if !pools[m.PoolUUID] {
				problems = append(problems, fmt.Errorf("pool group %s: pool %s is not listed", g.UUID, m.PoolUUID))
			}
		}
	}
	for _, g := range c.Groups {
		if pools[g.UUID] {
			problems = append(problems, fmt.Errorf("pool group %s: listed twice", g.UUID))
		}
		pools[g.UUID] = true
	}
	virtualServices := make(map[string]bool, len(c.VirtualServices))
	for _, vs := range c.VirtualServices {
		if virtualServices[vs.UUID] {
			problems = append(problems, fmt.Errorf("virtual service %s: listed twice", vs.UUID))
		}
		virtualServices[vs.UUID] = true
		if vs.PoolUUID != "" && !pools[vs.PoolUUID] {
			problems = append(problems, fmt.Errorf("virtual service %s: pool %s is not listed", vs.UUID, vs.PoolUUID))
		}
		if err := validateRules(vs.RequestRules, pools); err != nil {
			problems = append(problems, fmt.Errorf("virtual service %s: %w", vs.UUID, err))
		}
		for _, h := range vs.Hosts {
			if h.PoolUUID != "" && !pools[h.PoolUUID] {
				problems = append(problems, fmt.Errorf("virtual service %s: pool %s is not listed", vs.UUID, h.PoolUUID))
			}
			if err := validateRules(h.RequestRules, pools); err != nil {
				problems = append(problems, fmt.Errorf("virtual service %s: host %s: %w", vs.UUID, strings.Join(h.Domains, ", "), err))
			}
		}
		for _, s := range vs.Services {
			if err := s.validate(); err != nil {
				problems = append(problems, fmt.Errorf("virtual service %s: %w", vs.UUID, err))
			}
		}
	}
	return errors.Join(problems...)
}

func (s Service) validate() error {
	switch s.Kind {
	case KindHTTP, KindTCP, KindUDP:
		return nil
	}
	return fmt.Errorf("port %d: unknown kind %q", s.Port, s.Kind)
}

func (p Pool) validate() error {
	for _, s := range p.Servers {
		if !s.Address.IsValid() {
			return errors.New("server without an address")
		}
		if s.Ratio < 1 {
			return fmt.Errorf("server %s: ratio %d is less than 1", s.Address, s.Ratio)
		}
	}
	for _, m := range p.Monitors {
		if err := m.validate(); err != nil {
			return fmt.Errorf("monitor %s: %w", m.UUID, err)
		}
	}
	if p.Persistence != nil {
		return p.Persistence.validate()
	}
	return nil
}

func (m Monitor) validate() error {
	switch m.Kind {
	case MonitorPing, MonitorTCP, MonitorUDP, MonitorHTTP, MonitorHTTPS:
	default:
		return fmt.Errorf("unknown kind %q", m.Kind)
	}
	if m.SendInterval <= 0 || m.ReceiveTimeout <= 0 {
		return fmt.Errorf("send interval %v, receive timeout %v: must be positive", m.SendInterval, m.ReceiveTimeout)
	}
	if m.SuccessfulChecks < 1 || m.FailedChecks < 1 {
		return fmt.Errorf("successful checks %d, failed checks %d: must be positive", m.SuccessfulChecks, m.FailedChecks)
	}
	return nil
}

func (p Persistence) validate() error {
	switch p.Kind {
	case PersistenceClientIP, PersistenceHTTPCookie, PersistenceAppCookie:
		return nil
	}
	return fmt.Errorf("unknown kind of persistence %q", p.Kind)
}
