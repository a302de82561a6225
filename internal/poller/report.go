package poller

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/avi-lbaas/avi-lbaas/internal/avi"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
)

// report is what a Controller observes, by the uuids of its objects.
type report struct {
	virtualServices map[string]operStatus
	pools           map[string]poolHealth
	// servers are by "address:port" within the pools that were asked for them.
	servers map[string]map[string]operStatus
	samples map[string]sample // of virtual services
	sampled bool              // samples has all that there are
}

// operStatus is a state as the Controller spells it. There are more than the two that are told apart here.
type operStatus string

const (
	operUp   operStatus = "OPER_UP"
	operDown operStatus = "OPER_DOWN"
)

type poolHealth struct {
	state       operStatus
	up, enabled int // servers
}

// inventoryItem is the part of an inventory's entry that matters here (controller facts 6.2).
type inventoryItem struct {
	UUID    string `json:"uuid"`
	Runtime struct {
		OperStatus struct {
			State operStatus `json:"state"`
		} `json:"oper_status"`
		NumServersUp      int `json:"num_servers_up"`
		NumServersEnabled int `json:"num_servers_enabled"`
	} `json:"runtime"`
}

func readReport(ctx context.Context, c Controller) (*report, error) {
	r := &report{
		virtualServices: map[string]operStatus{},
		pools:           map[string]poolHealth{},
		servers:         map[string]map[string]operStatus{},
		samples:         map[string]sample{},
	}
	err := eachItem(ctx, c, "virtualservice-inventory", func(i inventoryItem) {
		r.virtualServices[i.UUID] = i.Runtime.OperStatus.State
	})
	if err != nil {
		return nil, err
	}
	err = eachItem(ctx, c, "pool-inventory", func(i inventoryItem) {
		r.pools[i.UUID] = poolHealth{
			state: i.Runtime.OperStatus.State, up: i.Runtime.NumServersUp, enabled: i.Runtime.NumServersEnabled,
		}
	})
	if err != nil {
		return nil, err
	}
	return r, nil
}

func eachItem(ctx context.Context, c Controller, path string, f func(inventoryItem)) error {
	for object, err := range c.List(ctx, avi.AllTenants, path, url.Values{"include": {"config,runtime"}}) {
		if err != nil {
			return fmt.Errorf("read %s: %w", path, err)
		}
		item, err := decodeAs[inventoryItem](object)
		if err != nil {
			return fmt.Errorf("read %s: %w", path, err)
		}
		f(item)
	}
	return nil
}

// decodeAs picks out of a raw object what is of interest.
func decodeAs[T any](object avi.Object) (T, error) {
	var item T
	text, err := json.Marshal(object)
	if err == nil {
		err = json.Unmarshal(text, &item)
	}
	return item, err
}

// readServers asks those pools of a tree of which some servers are up and some are not.
func (r *report) readServers(ctx context.Context, c Controller, tree *lbaas.Tree) error {
	tenant := translate.TenantUUID(tree.LoadBalancer.ProjectID)
	for _, uuid := range poolCopies(tree) {
		health, known := r.pools[uuid]
		if !known || health.up == 0 || health.up >= health.enabled {
			continue
		}
		servers, err := readServers(ctx, c, tenant, uuid)
		if errors.Is(err, avi.NotFound) {
			continue // deleted meanwhile
		}
		if err != nil {
			return fmt.Errorf("read the servers of pool %s: %w", uuid, err)
		}
		r.servers[uuid] = servers
	}
	return nil
}

// poolCopies are the uuids of the pools that the listeners of a tree use.
func poolCopies(tree *lbaas.Tree) []string {
	var uuids []string
	for _, p := range tree.Pools {
		for _, l := range tree.ListenersOf(p.ID) {
			// There is none of backups where there are no backups: who asks for it finds nothing observed of it.
			uuids = append(uuids, translate.PoolUUID(p.ID, l.ID), translate.BackupPoolUUID(p.ID, l.ID))
		}
	}
	return uuids
}

type serverDetail struct {
	Address struct {
		Addr string `json:"addr"`
	} `json:"ip_addr"`
	Port       int `json:"port"`
	OperStatus struct {
		State operStatus `json:"state"`
	} `json:"oper_status"`
}

// readServers reads the state of each server of a pool. Some versions answer with a bare list, some wrap it; a pool on several
// service engines lists a server once for each of them, and down for one of them is down (controller facts 6.1).
func readServers(ctx context.Context, c Controller, tenant, poolUUID string) (map[string]operStatus, error) {
	var raw json.RawMessage
	if err := c.Call(ctx, http.MethodGet, tenant, "pool/"+poolUUID+"/runtime/server/detail/", nil, nil, &raw); err != nil {
		return nil, err
	}
	var list []serverDetail
	if strings.HasPrefix(strings.TrimSpace(string(raw)), "{") {
		var wrapped struct {
			Server []serverDetail `json:"server"`
		}
		if err := json.Unmarshal(raw, &wrapped); err != nil {
			return nil, err
		}
		list = wrapped.Server
	} else if err := json.Unmarshal(raw, &list); err != nil {
		return nil, err
	}
	servers := map[string]operStatus{}
	for _, s := range list {
		key := serverKey(s.Address.Addr, s.Port)
		if servers[key] != operDown {
			servers[key] = s.OperStatus.State
		}
	}
	return servers, nil
}
