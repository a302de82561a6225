package store

import (
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// table maps one domain type to its table. The pointers that fields gives serve reading and writing alike, in the order of
// columns; the first column is the id.
type table[T any] struct {
	name     string
	resource string // as errors name it to users
	columns  []string
	fields   func(*T) []any
	// filters are the attributes that lists can be narrowed and ordered by, with their columns.
	filters map[string]string
	// orders are further attributes that lists can be ordered by.
	orders map[string]order
	// relations are what hangs from a row and is read with it: fields has a place for each after those of columns.
	relations []relation
}

var (
	resourceColumns = []string{
		"id", "project_id", "name", "admin_state_up", "provisioning_status", "operating_status", "created_at", "updated_at", "doomed",
	}

	loadBalancers = table[lbaas.LoadBalancer]{
		name: "load_balancers", resource: "Load Balancer",
		columns: append(resourceColumns[:9:9], "description", "provider", "vip_address", "vip_subnet_id", "vip_network_id",
			"vip_port_id", "owns_port", "status_reason", "vip_qos_policy_id", "vip_qos_applied", "flavor_id", "flavor_settings", "vrf_key",
			"additional_vips", "vip_sg_ids", "vip_sg_applied", "availability_zone", "zone_settings"),
		fields: func(lb *lbaas.LoadBalancer) []any {
			return append(resourceFields(&lb.Resource), &lb.Description, &lb.Provider, &lb.VIP.Address, &lb.VIP.SubnetID,
				&lb.VIP.NetworkID, &lb.VIP.PortID, &lb.VIP.OwnsPort, &lb.StatusReason, &lb.VIP.QoSPolicyID, &lb.VIP.QoSApplied,
				&lb.FlavorID, jsonValue[lbaas.FlavorSettings]{&lb.Flavor}, &lb.VRFKey,
				valueColumn[[]lbaas.AdditionalVIP]{&lb.AdditionalVIPs}, valueColumn[[]string]{&lb.SecurityGroupIDs},
				valueColumn[[]string]{&lb.GroupsApplied}, &lb.AvailabilityZone, valueColumn[lbaas.ZoneSettings]{&lb.Zone})
		},
		filters: withCommon(map[string]string{
			"description": "description", "provider": "provider", "vip_address": "vip_address", "vip_subnet_id": "vip_subnet_id",
			"vip_network_id": "vip_network_id", "vip_port_id": "vip_port_id",
			"vip_qos_policy_id": "vip_qos_policy_id", "flavor_id": "flavor_id", "availability_zone": "availability_zone",
		}),
	}
	listeners = table[lbaas.Listener]{
		name: "listeners", resource: "Listener",
		columns: append(resourceColumns[:9:9], "load_balancer_id", "description", "protocol", "protocol_port", "connection_limit",
			"default_pool_id", "l4_protocol", "insert_headers", "allowed_cidrs", "tls",
			"timeout_client_data", "timeout_member_connect", "timeout_member_data", "timeout_tcp_inspect"),
		fields: func(l *lbaas.Listener) []any {
			l4 := l.L4()
			return append(resourceFields(&l.Resource), &l.LoadBalancerID, &l.Description, &l.Protocol, &l.ProtocolPort,
				&l.ConnectionLimit, &l.DefaultPoolID, &l4, valueColumn[lbaas.InsertHeaders]{&l.InsertHeaders},
				valueColumn[[]string]{&l.AllowedCIDRs}, valueColumn[lbaas.ListenerTLS]{&l.TLS}, &l.TimeoutClientData,
				&l.TimeoutMemberConnect, &l.TimeoutMemberData, &l.TimeoutTCPInspect)
		},
		filters: withCommon(map[string]string{
			"description": "description", "loadbalancer_id": "load_balancer_id", "protocol": "protocol",
			"protocol_port": "protocol_port", "connection_limit": "connection_limit", "default_pool_id": "default_pool_id",
			"timeout_tcp_inspect": "timeout_tcp_inspect",
		}),
		orders: withTLS(map[string]order{
			"load_balancer_id": byColumn("load_balancer_id"), "insert_headers": byColumn("insert_headers"),
			"timeout_client_data":    byTimeout("timeout_client_data", lbaas.DefaultTimeoutClientData),
			"timeout_member_connect": byTimeout("timeout_member_connect", lbaas.DefaultTimeoutMemberConnect),
			"timeout_member_data":    byTimeout("timeout_member_data", lbaas.DefaultTimeoutMemberData),
			"client_authentication":  byText("tls", "client_authentication", string(lbaas.ClientAuthNone)),
		}, "default_tls_container_ref", "client_ca_tls_container_ref", "client_crl_container_ref", "tls_ciphers",
			"tls_versions", "alpn_protocols"),
	}
	pools = table[lbaas.Pool]{
		name: "pools", resource: "Pool",
		columns: append(resourceColumns[:9:9], "load_balancer_id", "description", "protocol", "lb_algorithm", "session_persistence",
			"tls"),
		fields: func(p *lbaas.Pool) []any {
			return append(resourceFields(&p.Resource), &p.LoadBalancerID, &p.Description, &p.Protocol, &p.Algorithm,
				jsonColumn[lbaas.SessionPersistence]{&p.Persistence}, valueColumn[lbaas.PoolTLS]{&p.TLS})
		},
		filters: withCommon(map[string]string{
			"description": "description", "loadbalancer_id": "load_balancer_id", "protocol": "protocol", "lb_algorithm": "lb_algorithm",
		}),
		orders: withTLS(map[string]order{"load_balancer_id": byColumn("load_balancer_id")},
			"tls_enabled", "tls_container_ref", "ca_tls_container_ref", "crl_container_ref", "tls_ciphers", "tls_versions", "alpn_protocols"),
	}
	members = table[memberRow]{
		name: "members", resource: "Member",
		columns: append(resourceColumns[:9:9], "load_balancer_id", "pool_id", "address", "address_written", "protocol_port",
			"weight", "subnet_id", "is_backup", "monitor_address", "monitor_port"),
		fields: func(m *memberRow) []any {
			return append(resourceFields(&m.Resource), &m.loadBalancerID, &m.PoolID, &m.Address, &m.AddressWritten, &m.ProtocolPort,
				&m.Weight, &m.SubnetID, &m.Backup, &m.MonitorAddress, &m.MonitorPort)
		},
		filters: withCommon(map[string]string{
			"pool_id": "pool_id", "address": "address", "ip_address": "address", "protocol_port": "protocol_port", "weight": "weight", "subnet_id": "subnet_id",
			"backup": "is_backup", "monitor_address": "monitor_address", "monitor_port": "monitor_port",
		}),
	}
	healthMonitors = table[monitorRow]{
		name: "health_monitors", resource: "Health Monitor",
		columns: append(resourceColumns[:9:9], "load_balancer_id", "pool_id", "type", "delay", "timeout", "max_retries",
			"max_retries_down", "http_method", "url_path", "expected_codes", "http_version", "domain_name"),
		fields: func(h *monitorRow) []any {
			return append(resourceFields(&h.Resource), &h.loadBalancerID, &h.PoolID, &h.Type, &h.Delay, &h.Timeout, &h.MaxRetries,
				&h.MaxRetriesDown, &h.HTTPMethod, &h.URLPath, &h.ExpectedCodes, &h.HTTPVersion, &h.DomainName)
		},
		filters: withCommon(map[string]string{
			"pool_id": "pool_id", "type": "type", "delay": "delay", "timeout": "timeout", "max_retries": "max_retries",
			"max_retries_down": "max_retries_down", "http_method": "http_method", "url_path": "url_path",
			"expected_codes": "expected_codes", "http_version": "http_version", "domain_name": "domain_name",
		}),
	}
	l7Policies = table[lbaas.L7Policy]{
		name: "l7_policies", resource: "L7 Policy",
		columns: append(resourceColumns[:9:9], "load_balancer_id", "listener_id", "description", "action", "redirect_pool_id",
			"redirect_url", "redirect_prefix", "redirect_http_code", "position"),
		fields: func(p *lbaas.L7Policy) []any {
			return append(resourceFields(&p.Resource), &p.LoadBalancerID, &p.ListenerID, &p.Description, &p.Action, &p.RedirectPoolID,
				&p.RedirectURL, &p.RedirectPrefix, &p.RedirectHTTPCode, &p.Position)
		},
		filters: withCommon(map[string]string{
			"listener_id": "listener_id", "description": "description", "action": "action", "redirect_pool_id": "redirect_pool_id",
			"redirect_url": "redirect_url", "redirect_prefix": "redirect_prefix", "redirect_http_code": "redirect_http_code",
			"position": "position",
		}),
	}
	l7Rules = table[lbaas.L7Rule]{
		name: "l7_rules", resource: "L7 Rule",
		columns: append(resourceColumns[:9:9], "load_balancer_id", "listener_id", "l7policy_id", "type", "compare_type", "rule_key",
			"rule_value", "invert"),
		fields: func(r *lbaas.L7Rule) []any {
			return append(resourceFields(&r.Resource), &r.LoadBalancerID, &r.ListenerID, &r.PolicyID, &r.Type, &r.CompareType, &r.Key,
				&r.Value, &r.Invert)
		},
		// Rules have a column for names, and nothing in it.
		filters: without("name", withCommon(map[string]string{
			"l7policy_id": "l7policy_id", "type": "type", "compare_type": "compare_type", "key": "rule_key", "value": "rule_value",
			"invert": "invert",
		})),
	}
)

// memberRow and monitorRow carry the root of their tree, which the domain reaches through the pool.
type (
	memberRow struct {
		lbaas.Member
		loadBalancerID string
	}
	monitorRow struct {
		lbaas.HealthMonitor
		loadBalancerID string
	}
)

func resourceFields(r *lbaas.Resource) []any {
	return []any{
		&r.ID, &r.ProjectID, &r.Name, &r.AdminStateUp, &r.ProvisioningStatus, &r.OperatingStatus,
		timeColumn{&r.CreatedAt},
		timeColumn{&r.UpdatedAt},
		&r.Doomed,
	}
}

func withCommon(filters map[string]string) map[string]string {
	for _, column := range resourceColumns {
		if column != "doomed" {
			filters[column] = column
		}
	}
	filters["enabled"] = "admin_state_up" // its name inside Octavia, which takes it too
	return filters
}

func without(attribute string, filters map[string]string) map[string]string {
	delete(filters, attribute)
	return filters
}

func (tb *table[T]) selectFrom(t *Tx) string {
	columns := slices.Clip(tb.columns)
	for _, r := range tb.relations {
		columns = append(columns, r.column(t.tx.dialect, tb.name))
	}
	return "SELECT " + strings.Join(columns, ", ") + " FROM " + tb.name
}

// get finds one row; lbaas.KindNotFound when there is none.
func (tb *table[T]) get(t *Tx, id string) (T, error) {
	var row T
	err := t.tx.QueryRowContext(t.ctx, tb.selectFrom(t)+" WHERE id = ?", id).Scan(tb.fields(&row)...)
	if errors.Is(err, sql.ErrNoRows) {
		return row, lbaas.NotFound(tb.resource, id)
	}
	if err != nil {
		return row, fmt.Errorf("read %s %s: %w", tb.resource, id, err)
	}
	return row, nil
}

// all reads the rows of a query's tail ("WHERE …").
func (tb *table[T]) all(t *Tx, tail string, args ...any) (all []T, err error) {
	err = tb.each(t, tail, args, func(row *T) { all = append(all, *row) })
	return all, err
}

// each reads the rows of a query's tail one after the other, into a variable that the next one overwrites.
func (tb *table[T]) each(t *Tx, tail string, args []any, f func(*T)) (err error) {
	rows, err := t.tx.QueryContext(t.ctx, tb.selectFrom(t)+" "+tail, args...)
	if err != nil {
		return fmt.Errorf("read %s: %w", tb.name, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var row T
	into := tb.fields(&row) // once: they are two dozen allocations
	for rows.Next() {
		row = *new(T)
		if err := rows.Scan(into...); err != nil {
			return fmt.Errorf("read %s: %w", tb.name, err)
		}
		f(&row)
	}
	return rows.Err()
}

func (tb *table[T]) insert(t *Tx, row *T) error {
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(tb.columns)), ", ")
	_, err := t.exec("INSERT INTO "+tb.name+" ("+strings.Join(tb.columns, ", ")+") VALUES ("+marks+")", tb.fields(row)...)
	if err != nil {
		return fmt.Errorf("insert into %s: %w", tb.name, err)
	}
	return tb.insertRowTags(t, row)
}

// update writes a row back, all but its operating status: that is Observe's alone, which waits for nobody.
func (tb *table[T]) update(t *Tx, row *T) error {
	fields := tb.fields(row)
	var set []string
	var args []any
	for i, column := range tb.columns {
		if column != "id" && column != "operating_status" {
			set, args = append(set, column+" = ?"), append(args, fields[i])
		}
	}
	n, err := t.exec("UPDATE "+tb.name+" SET "+strings.Join(set, ", ")+" WHERE id = ?", append(args, fields[0])...)
	if err != nil {
		return fmt.Errorf("update %s: %w", tb.name, err)
	}
	if n == 0 {
		return lbaas.NotFound(tb.resource, fmt.Sprint(fields[0]))
	}
	return nil
}

// timeColumn stores a time as microseconds since the epoch, the zero time as 0.
type timeColumn struct{ t *time.Time }

// Scan implements sql.Scanner.
func (c timeColumn) Scan(v any) error {
	micros, ok := v.(int64)
	if !ok {
		return fmt.Errorf("a time is stored as an integer, not as %T", v)
	}
	*c.t = time.Time{}
	if micros != 0 {
		*c.t = time.UnixMicro(micros).UTC()
	}
	return nil
}

// Value implements driver.Valuer.
func (c timeColumn) Value() (driver.Value, error) { return micros(*c.t), nil }

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// textOf is the text of a column, good until the next row; drivers give it in two forms.
func textOf(v any) ([]byte, error) {
	switch text := v.(type) {
	case string:
		return []byte(text), nil
	case []byte:
		return text, nil
	}
	return nil, fmt.Errorf("JSON is stored as text, not as %T", v)
}

// jsonColumn stores an optional value as JSON, nil as the empty text.
type jsonColumn[T any] struct{ v **T }

// Scan implements sql.Scanner.
func (c jsonColumn[T]) Scan(v any) error {
	text, err := textOf(v)
	if err != nil {
		return err
	}
	*c.v = nil
	if len(text) == 0 {
		return nil
	}
	*c.v = new(T)
	return json.Unmarshal(text, *c.v)
}

// Value implements driver.Valuer.
func (c jsonColumn[T]) Value() (driver.Value, error) {
	if *c.v == nil {
		return "", nil
	}
	text, err := json.Marshal(*c.v)
	return string(text), err
}
