package translate

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/plan"
)

// healthMonitor is one health monitor, shared by the copies of its pool. It exists as long as the LBaaS one does, attached or
// not, as with the Python driver.
func (t *translator) healthMonitor(h *lbaas.HealthMonitor) plan.Object {
	name := h.Name
	if name == "" {
		name = string(h.Type) + "-" + h.ID
	}
	// The Controller wants the interval longer than the timeout; the Python driver swapped them when they were not.
	interval, timeout := max(h.Delay, h.Timeout), min(h.Delay, h.Timeout)
	if interval == timeout {
		interval++
	}
	fields := map[string]any{
		"name":            fitted(name, "", h.ID),
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
	}
	return t.object(TypeHealthMonitor, HealthMonitorUUID(h.ID), h.ID, fields)
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
