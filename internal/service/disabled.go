package service

import "github.com/avi-lbaas/avi-lbaas/internal/lbaas"

// Disabled is what an operator does not let users make: Octavia's allow_tls_terminated_listeners and allow_ping_health_monitors.
// What is there already stays and can be changed.
type Disabled struct{ TLSTermination, PingMonitors bool }

// check refuses new objects of the kinds that are disabled, in Octavia's words.
func (d Disabled) check(listeners []lbaas.Listener, monitors []lbaas.HealthMonitor) error {
	for i := range listeners {
		if d.TLSTermination && listeners[i].Protocol == lbaas.ListenerTerminatedHTTPS {
			return lbaas.Disabled("protocol", string(lbaas.ListenerTerminatedHTTPS))
		}
	}
	for i := range monitors {
		if d.PingMonitors && monitors[i].Type == lbaas.MonitorPing {
			return lbaas.Disabled("type", string(lbaas.MonitorPing))
		}
	}
	return nil
}
