package translate

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/plan"
)

// MonitorOfPortUUID is the uuid of the object of a health monitor that asks members at one port, which is not each one's own.
func MonitorOfPortUUID(monitorID string, port int) string {
	return TypeHealthMonitor + "-" + mixed(monitorID, strconv.Itoa(port))
}

// healthMonitors are a health monitor and those of it that ask at a port of members' choice: objects of their own, so that what is
// attached to a pool asks where it should from its first check to its last, and monitor_port of the first one is free for whoever
// sets it by hand.
func (t *translator) healthMonitors(tree *lbaas.Tree, h *lbaas.HealthMonitor) []plan.Object {
	objects := []plan.Object{t.healthMonitor(h)}
	members := tree.MembersOf(h.PoolID)
	var ports []int
	for _, alike := range [][]lbaas.Member{lbaas.Primaries(members), lbaas.Backups(members)} {
		if port := portOf(h, alike); port != 0 && !slices.Contains(ports, port) {
			ports = append(ports, port)
			o := t.healthMonitor(h)
			o.UUID = MonitorOfPortUUID(h.ID, port)
			o.Fields["name"] = fitted(monitorName(h), "-port-"+strconv.Itoa(port), h.ID)
			o.Fields["monitor_port"] = port
			o.AlternativeName = alternative(o.Name(), h.ID)
			objects = append(objects, o)
		}
	}
	return objects
}

// portOf is the port that a monitor asks members at; 0 for each one's own. The domain lets no members in that differ.
func portOf(h *lbaas.HealthMonitor, members []lbaas.Member) int {
	if h.Type == lbaas.MonitorPing {
		return 0
	}
	port, _ := lbaas.MonitorPort(members)
	return port
}

// monitorUUID is the uuid of the object that checks members.
func monitorUUID(h *lbaas.HealthMonitor, members []lbaas.Member) string {
	if port := portOf(h, members); port != 0 {
		return MonitorOfPortUUID(h.ID, port)
	}
	return HealthMonitorUUID(h.ID)
}

func monitorName(h *lbaas.HealthMonitor) string { return cmp.Or(h.Name, string(h.Type)+"-"+h.ID) }

// healthMonitor is one health monitor, shared by the copies of its pool. It exists as long as the LBaaS one does, attached or
// not, as with the Python driver.
func (t *translator) healthMonitor(h *lbaas.HealthMonitor) plan.Object {
	// The Controller wants the interval longer than the timeout; the Python driver swapped them when they were not.
	interval, timeout := max(h.Delay, h.Timeout), min(h.Delay, h.Timeout)
	if interval == timeout {
		interval++
	}
	fields := map[string]any{
		"name":            fitted(monitorName(h), "", h.ID),
		"description":     h.ID, // as with the Python driver
		"send_interval":   interval,
		"receive_timeout": timeout,
		"failed_checks":   h.MaxRetries,
	}
	if h.MaxRetriesDown > 0 {
		fields["failed_checks"], fields["successful_checks"] = h.MaxRetriesDown, h.MaxRetries
	}
	switch h.Type {
	case lbaas.MonitorPing:
		fields["type"] = "HEALTH_MONITOR_PING"
	case lbaas.MonitorTCP:
		fields["type"] = "HEALTH_MONITOR_TCP"
	case lbaas.MonitorSCTP:
		fields["type"] = "HEALTH_MONITOR_SCTP"
	case lbaas.MonitorUDPConnect:
		fields["type"] = "HEALTH_MONITOR_UDP"
	case lbaas.MonitorHTTP:
		fields["type"], fields["http_monitor"] = "HEALTH_MONITOR_HTTP", t.httpCheck(h)
	case lbaas.MonitorHTTPS:
		fields["type"], fields["https_monitor"] = "HEALTH_MONITOR_HTTPS", t.httpCheck(h)
	case lbaas.MonitorTLSHello:
		fields["type"], fields["https_monitor"] = "HEALTH_MONITOR_HTTPS", tlsCheck()
	}
	return t.object(TypeHealthMonitor, HealthMonitorUUID(h.ID), h.ID, fields)
}

// tlsCheck wants a TLS handshake and any answer within it. The Controller has no check that is content with the handshake alone; with
// attributes of its own it opens TLS also where the pool does not (schema: HealthMonitorHttp.ssl_attributes).
func tlsCheck() map[string]any {
	return map[string]any{
		"http_request":       "GET / HTTP/1.0",
		"http_response_code": []any{"HTTP_ANY"},
		"ssl_attributes":     map[string]any{"ssl_profile_ref": refByName(TypeSSLProfile, "System-Standard")},
	}
}

func (t *translator) httpCheck(h *lbaas.HealthMonitor) map[string]any {
	request := fmt.Sprintf("%s %s HTTP/%s", h.HTTPMethod, h.URLPath, cmp.Or(h.HTTPVersion, "1.0"))
	if h.DomainName != "" {
		// Without it the Controller adds a Host of its own (schema: HealthMonitorHttp.exact_http_request).
		request += "\r\nHost: " + h.DomainName
	}
	return map[string]any{
		"http_request":       request,
		"http_response_code": t.codeClasses(h.CodeRanges()),
	}
}

// codeClasses are the classes that the expected codes fall into: Avi knows no exact codes.
func (t *translator) codeClasses(ranges []lbaas.CodeRange) []any {
	var classes []int
	for _, r := range ranges {
		first, last := r.First/100, r.Last/100
		classes = append(classes, first, last)
		for c := first + 1; c < last && !t.PythonDriverHealthMonitors; c++ {
			classes = append(classes, c)
		}
	}
	slices.Sort(classes)
	var names []any
	for _, c := range slices.Compact(classes) {
		names = append(names, fmt.Sprintf("HTTP_%dXX", c))
	}
	return names
}
