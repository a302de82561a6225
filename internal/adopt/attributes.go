package adopt

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/avi-lbaas/avi-lbaas/internal/plan"
)

// unread are attributes that say nothing of what is wanted: what the service itself reports, and relations that are read from the
// other side.
var unread = map[string]bool{ //nolint:gochecknoglobals // a table that never changes
	"provisioning_status": true, "operating_status": true, "created_at": true, "updated_at": true, "tenant_id": true,
	"project_id": true, "standard_attr_id": true, "provider": true, "loadbalancers": true, "listeners": true, "pools": true, "members": true,
	"healthmonitor": true, "healthmonitor_id": true, "default_pool": true, "status_description": true, "links": true,
	"l7policies": true, "l7_policies": true, "rules": true, "policies": true,
}

// inert are the values of attributes with which they have no effect: the API's defaults, by attribute. An attribute at its default
// need not be known to this version.
var inert = map[string][]any{ //nolint:gochecknoglobals // a table that never changes
	"timeout_client_data": {json.Number("50000")}, "timeout_member_connect": {json.Number("5000")},
	"timeout_member_data": {json.Number("50000")}, "timeout_tcp_inspect": {json.Number("0")},
	"client_authentication": {"NONE"}, "hsts_include_subdomains": {false}, "hsts_preload": {false},
	"hsts_max_age": {json.Number("0")}, "backup": {false}, "vnic_type": {"normal"}, "vip_vnic_type": {"normal"},
	"tls_enabled": {false},
}

// decode reads the attributes of one object into a request of the domain. Problems name the attributes that the request does not
// know and that are not at their defaults.
func decode[T any](o Object, also map[string]bool) (in T, problems []string) {
	wanted := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(o)) {
		value := o[name]
		if unread[name] || also[name] || isNothing(value) || slices.ContainsFunc(inert[name], func(v any) bool {
			return reflect.DeepEqual(v, value)
		}) {
			continue
		}
		var probe T
		if err := strictly(map[string]any{name: value}, &probe); err != nil {
			problems = append(problems, problem(name, value, err))
			continue
		}
		wanted[name] = value
	}
	if err := strictly(wanted, &in); err != nil {
		problems = append(problems, err.Error())
	}
	return in, problems
}

func problem(name string, value any, err error) string {
	if strings.Contains(err.Error(), "unknown field") {
		return fmt.Sprintf("%s = %s is not supported by this version", name, plan.Text(value))
	}
	return fmt.Sprintf("%s = %s: %v", name, plan.Text(value), err)
}

func strictly(attributes map[string]any, into any) error {
	text, err := json.Marshal(attributes)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

// isNothing says that an attribute is not set.
func isNothing(value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}
