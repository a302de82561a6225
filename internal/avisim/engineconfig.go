package avisim

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim/engine"
	"github.com/avi-lbaas/avi-lbaas/internal/avisim/schema"
)

// applier hands configurations to the engine, one at a time and never an older one after a newer.
type applier struct {
	mu      sync.Mutex
	applied int64 // the last stamp of the store that has been applied
}

// applyConfig makes the engine carry out what is stored. Writers that wait for one another share one application.
func (s *Server) applyConfig() error {
	if s.options.Engine == nil {
		return nil
	}
	s.mu.RLock()
	mine := s.store.changes
	s.mu.RUnlock()
	s.applier.mu.Lock()
	defer s.applier.mu.Unlock()
	if s.applier.applied >= mine {
		return nil
	}
	s.mu.RLock()
	cfg, stamp := s.engineConfig(), s.store.changes
	s.mu.RUnlock()
	if err := s.options.Engine.Apply(cfg); err != nil {
		return fmt.Errorf("applying the configuration to the service engine: %w", err)
	}
	s.applier.applied = stamp
	return nil
}

// engineConfig resolves all references and defaults.
func (s *Server) engineConfig() engine.Config {
	var cfg engine.Config
	for _, r := range s.store.byModel["VirtualService"] {
		if text(r.body, "type") != vsChild {
			cfg.VirtualServices = append(cfg.VirtualServices, s.engineService(r))
		}
	}
	for _, r := range s.store.byModel["Pool"] {
		if users := s.poolServices(r); len(users) > 0 {
			pool := s.enginePool(r.body)
			pool.ServerIdle = s.serverIdle(users[0].body)
			cfg.Pools = append(cfg.Pools, pool)
		}
	}
	for _, r := range s.store.byModel["PoolGroup"] {
		if len(s.poolServices(r)) > 0 {
			cfg.Groups = append(cfg.Groups, s.engineGroup(r))
		}
	}
	return cfg
}

func (s *Server) engineService(r *record) engine.VirtualService {
	vs := r.body
	out := engine.VirtualService{
		UUID:           r.uuid,
		Enabled:        flag(vs, "enabled") && flag(vs, "traffic_enabled"),
		MaxConnections: int(number(object(vs, "performance_limits"), "max_concurrent_connections")),
		XForwardedFor:  flag(object(s.profilesOf(vs).application, "http_profile"), "xff_enabled"),
	}
	out.PoolUUID = s.poolOrGroup(vs)
	out.ClientIdle = idleOf(s.profilesOf(vs).network)
	if vip := s.store.get("VsVip", refUUID(vs, "vsvip_ref")); vip != nil {
		for _, entry := range enabledVIPs(vip.body) {
			for _, field := range []string{"ip_address", "ip6_address"} {
				if address, err := netip.ParseAddr(text(object(entry, field), "addr")); err == nil {
					out.VIPs = append(out.VIPs, address)
				}
			}
		}
	}
	for _, service := range objects(vs, "services") {
		if number(service, "port") == 0 {
			continue // the schema allows it, but nothing can listen there
		}
		if protocol := s.protocolOf(vs, service); protocol == protocolSCTPProxy || protocol == protocolSCTPFast {
			continue // the engine carries no SCTP
		}
		out.Services = append(out.Services, engine.Service{
			Kind: s.kindOf(vs, service), TLS: flag(service, "enable_ssl"),
			Port: uint16(number(service, "port")), PortEnd: uint16(number(service, "port_range_end")), //nolint:gosec // the schema allows ports only
		})
	}
	out.Certificates = s.engineCertificates(vs)
	out.RequestRules, out.NetworkRules = s.requestRules(vs), s.networkRules(vs)
	out.ProxyProtocol = proxyProtocolOf(s.profilesOf(vs).application)
	for _, child := range s.children(r) {
		if flag(child.body, "enabled") {
			out.Hosts = append(out.Hosts, s.engineHost(child))
		}
	}
	s.fillTLS(&out, vs)
	out.ClientTimeouts = clientTimeouts(object(s.profilesOf(vs).application, "http_profile"))
	for i := range out.Hosts {
		if len(out.Hosts[i].TLS.Versions) == 0 {
			out.Hosts[i].TLS = out.TLS
		}
	}
	return out
}

// clientTimeouts are those of an HTTP profile; the Controller's defaults where it has none.
func clientTimeouts(profile schema.Object) engine.ClientTimeouts {
	of := func(field string) time.Duration { return time.Duration(number(profile, field)) * time.Millisecond }
	return engine.ClientTimeouts{
		Header: of("client_header_timeout"), Body: of("client_body_timeout"), Idle: of("keepalive_timeout"),
	}
}

// kindOf is how a service's traffic is treated: by its network profile, then by its application profile.
func (s *Server) kindOf(vs, service schema.Object) engine.Kind {
	switch s.protocolOf(vs, service) {
	case protocolUDPFast, protocolUDPProxy:
		return engine.KindUDP
	}
	application := s.profilesOf(vs).application
	if id := refUUID(service, "override_application_profile_ref"); id != "" {
		application = s.store.get("ApplicationProfile", id).body
	}
	if text(application, "type") == httpAppType {
		return engine.KindHTTP
	}
	return engine.KindTCP
}

func (s *Server) engineCertificates(vs schema.Object) []engine.Certificate {
	var out []engine.Certificate
	for _, ref := range refs(vs, "ssl_key_and_certificate_refs") {
		r := s.store.byRef[ref]
		chain := []string{text(object(r.body, "certificate"), "certificate")}
		for _, ca := range objects(r.body, "ca_certs") {
			if issuer := s.store.get("SSLKeyAndCertificate", refUUID(ca, "ca_ref")); issuer != nil {
				chain = append(chain, text(object(issuer.body, "certificate"), "certificate"))
			}
		}
		out = append(out, engine.Certificate{ChainPEM: strings.Join(chain, "\n"), KeyPEM: text(r.body, "key")})
	}
	return out
}

func (s *Server) enginePool(pool schema.Object) engine.Pool {
	out := engine.Pool{
		UUID: text(pool, "uuid"), Enabled: flag(pool, "enabled"), Algorithm: algorithmOf(pool),
		TLS:                     pool["ssl_profile_ref"] != nil,
		MaxConnectionsPerServer: int(number(pool, "max_concurrent_connections_per_server")),
	}
	for _, server := range objects(pool, "servers") {
		address, ok := serverAddress(pool, server)
		if !ok {
			continue
		}
		out.Servers = append(out.Servers, engine.Server{
			Address: address, Hostname: text(server, "hostname"), Enabled: flag(server, "enabled"),
			Ratio:       int(number(server, "ratio")),
			RewriteHost: flag(server, "rewrite_host_header") || flag(pool, "rewrite_host_header_to_server_name"),
		})
	}
	for _, ref := range refs(pool, "health_monitor_refs") {
		if monitor, ok := s.engineMonitor(ref); ok {
			out.Monitors = append(out.Monitors, monitor)
		}
	}
	if profile := s.store.get("ApplicationPersistenceProfile", refUUID(pool, "application_persistence_profile_ref")); profile != nil {
		out.Persistence = persistenceOf(profile.body)
	}
	return out
}

func algorithmOf(pool schema.Object) engine.Algorithm {
	switch text(pool, "lb_algorithm") {
	case "LB_ALGORITHM_ROUND_ROBIN":
		return engine.AlgorithmRoundRobin
	case "LB_ALGORITHM_RANDOM":
		return engine.AlgorithmRandom
	case "LB_ALGORITHM_CONSISTENT_HASH":
		if text(pool, "lb_algorithm_hash") == "LB_ALGORITHM_CONSISTENT_HASH_SOURCE_IP_ADDRESS_AND_PORT" {
			return engine.AlgorithmHashSourceIPPort
		}
		return engine.AlgorithmHashSourceIP
	}
	return engine.AlgorithmLeastConnections
}

// monitorKinds are those that the engine can check; a server passes the others.
var monitorKinds = map[string]engine.MonitorKind{ //nolint:gochecknoglobals // a table that never changes
	"HEALTH_MONITOR_PING": engine.MonitorPing, "HEALTH_MONITOR_TCP": engine.MonitorTCP, "HEALTH_MONITOR_UDP": engine.MonitorUDP,
	"HEALTH_MONITOR_HTTP": engine.MonitorHTTP, "HEALTH_MONITOR_HTTPS": engine.MonitorHTTPS,
}

func (s *Server) engineMonitor(ref schema.Ref) (engine.Monitor, bool) {
	r := s.store.byRef[ref]
	kind, ok := monitorKinds[text(r.body, "type")]
	if !ok {
		return engine.Monitor{}, false
	}
	out := engine.Monitor{
		UUID: r.uuid, Kind: kind,
		SendInterval:     time.Duration(number(r.body, "send_interval")) * time.Second,
		ReceiveTimeout:   time.Duration(number(r.body, "receive_timeout")) * time.Second,
		SuccessfulChecks: int(number(r.body, "successful_checks")),
		FailedChecks:     int(number(r.body, "failed_checks")),
		Port:             uint16(number(r.body, "monitor_port")), //nolint:gosec // the schema allows ports only
	}
	switch kind {
	case engine.MonitorTCP:
		tcp := object(r.body, "tcp_monitor")
		out.Request, out.Response = text(tcp, "tcp_request"), text(tcp, "tcp_response")
	case engine.MonitorUDP:
		udp := object(r.body, "udp_monitor")
		out.Request, out.Response = text(udp, "udp_request"), text(udp, "udp_response")
	case engine.MonitorHTTP:
		fillHTTPMonitor(&out, object(r.body, "http_monitor"))
	case engine.MonitorHTTPS:
		fillHTTPMonitor(&out, object(r.body, "https_monitor"))
	case engine.MonitorPing:
	}
	return out, true
}

func fillHTTPMonitor(out *engine.Monitor, monitor schema.Object) {
	out.HTTPRequest, out.HTTPResponse = text(monitor, "http_request"), text(monitor, "http_response")
	codes, _ := monitor["http_response_code"].([]any)
	if slices.Contains(codes, any("HTTP_ANY")) {
		return
	}
	for _, code := range codes {
		if class, ok := code.(string); ok {
			out.HTTPCodes = append(out.HTTPCodes, int(class[len("HTTP_")]-'0'))
		}
	}
}

func persistenceOf(profile schema.Object) *engine.Persistence {
	minutes := func(o schema.Object, field string) time.Duration {
		return time.Duration(number(o, field)) * time.Minute
	}
	switch text(profile, "persistence_type") {
	case "PERSISTENCE_TYPE_CLIENT_IP_ADDRESS", "PERSISTENCE_TYPE_CLIENT_IPV6_ADDRESS":
		timeout := minutes(object(profile, "ip_persistence_profile"), "ip_persistent_timeout")
		if timeout == 0 {
			timeout = 5 * time.Minute // the field's default; a profile may leave the sub-message out
		}
		mask := int(number(object(profile, "ip_persistence_profile"), "ip_mask"))
		return &engine.Persistence{Kind: engine.PersistenceClientIP, Timeout: timeout, MaskBits: mask}
	case "PERSISTENCE_TYPE_HTTP_COOKIE":
		cookie := object(profile, "http_cookie_persistence_profile")
		name := text(cookie, "cookie_name")
		if name == "" {
			name = "AVI-" + text(profile, "uuid")
		}
		return &engine.Persistence{Kind: engine.PersistenceHTTPCookie, CookieName: name, Timeout: minutes(cookie, "timeout")}
	case "PERSISTENCE_TYPE_APP_COOKIE":
		cookie := object(profile, "app_cookie_persistence_profile")
		return &engine.Persistence{Kind: engine.PersistenceAppCookie, CookieName: text(cookie, "prst_hdr_name"), Timeout: minutes(cookie, "timeout")}
	}
	return nil
}
