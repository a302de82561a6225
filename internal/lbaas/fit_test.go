package lbaas_test

import (
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

func TestWhichPoolsFitWhichListeners(t *testing.T) {
	fits := map[lbaas.ListenerProtocol]map[lbaas.PoolProtocol]bool{
		lbaas.ListenerHTTP:  {lbaas.PoolHTTP: true},
		lbaas.ListenerHTTPS: {lbaas.PoolHTTPS: true, lbaas.PoolTCP: true},
		lbaas.ListenerTCP:   {lbaas.PoolHTTP: true, lbaas.PoolHTTPS: true, lbaas.PoolTCP: true},
		lbaas.ListenerUDP:   {lbaas.PoolUDP: true},
	}
	for listener, pools := range fits {
		for _, pool := range []lbaas.PoolProtocol{lbaas.PoolHTTP, lbaas.PoolHTTPS, lbaas.PoolTCP, lbaas.PoolUDP} {
			err := lbaas.CheckListenerPool(&lbaas.Listener{Protocol: listener}, &lbaas.Pool{Protocol: pool})
			message, kind, _ := lbaas.MessageFor(err)
			switch {
			case pools[pool] && err != nil:
				t.Errorf("a %s pool behind a %s listener: %v", pool, listener, err)
			case !pools[pool] && (kind != invalid || message != "Validation failure: The pool protocol '"+string(pool)+
				"' is invalid while the listener protocol is '"+string(listener)+"'."):
				t.Errorf("a %s pool behind a %s listener: the user is told (%q, %q)", pool, listener, message, kind)
			}
		}
	}
}

func TestAVirtualServiceOfLayer4SetsNoCookies(t *testing.T) {
	for _, c := range []struct {
		listener    lbaas.ListenerProtocol
		pool        lbaas.PoolProtocol
		persistence lbaas.PersistenceType
		fits        bool
	}{
		{lbaas.ListenerHTTP, lbaas.PoolHTTP, lbaas.PersistHTTPCookie, true},
		{lbaas.ListenerHTTP, lbaas.PoolHTTP, lbaas.PersistAppCookie, true},
		{lbaas.ListenerHTTP, lbaas.PoolHTTP, lbaas.PersistSourceIP, true},
		{lbaas.ListenerTCP, lbaas.PoolHTTP, lbaas.PersistHTTPCookie, false},
		{lbaas.ListenerTCP, lbaas.PoolHTTP, lbaas.PersistAppCookie, false},
		{lbaas.ListenerTCP, lbaas.PoolTCP, lbaas.PersistSourceIP, true},
		{lbaas.ListenerHTTPS, lbaas.PoolHTTPS, lbaas.PersistHTTPCookie, false},
		{lbaas.ListenerUDP, lbaas.PoolUDP, lbaas.PersistSourceIP, true},
	} {
		err := lbaas.CheckListenerPool(&lbaas.Listener{Protocol: c.listener},
			&lbaas.Pool{Protocol: c.pool, Persistence: &lbaas.SessionPersistence{Type: c.persistence}})
		message, kind, _ := lbaas.MessageFor(err)
		switch {
		case c.fits && err != nil:
			t.Errorf("%s persistence behind a %s listener: %v", c.persistence, c.listener, err)
		case !c.fits && (kind != unsupported || message != "Provider 'avi' does not support a requested option: "+
			"session persistence of type "+string(c.persistence)+" behind a "+string(c.listener)+" listener"):
			t.Errorf("%s persistence behind a %s listener: the user is told (%q, %q)", c.persistence, c.listener, message, kind)
		}
	}
}

func TestWhichMonitorsFitWhichPools(t *testing.T) {
	monitors := []lbaas.MonitorType{
		lbaas.MonitorPing, lbaas.MonitorTCP, lbaas.MonitorHTTP, lbaas.MonitorHTTPS, lbaas.MonitorUDPConnect,
	}
	refused := map[lbaas.PoolProtocol]map[lbaas.MonitorType]bool{
		lbaas.PoolUDP:   {lbaas.MonitorPing: true, lbaas.MonitorHTTPS: true},
		lbaas.PoolTCP:   {lbaas.MonitorUDPConnect: true},
		lbaas.PoolHTTP:  {lbaas.MonitorUDPConnect: true},
		lbaas.PoolHTTPS: {lbaas.MonitorUDPConnect: true},
	}
	for pool, refusedTypes := range refused {
		for _, monitor := range monitors {
			err := lbaas.CheckMonitorPool(&lbaas.HealthMonitor{Type: monitor, Delay: 5}, &lbaas.Pool{Protocol: pool})
			_, kind, _ := lbaas.MessageFor(err)
			if refusedTypes[monitor] != (kind == invalid) || refusedTypes[monitor] != (err != nil) {
				t.Errorf("a %s monitor of a %s pool: %v", monitor, pool, err)
			}
		}
	}
}
