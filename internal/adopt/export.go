package adopt

import (
	"encoding/json"
	"fmt"
)

// Object is one LBaaS v2 object with the API's attribute names, decoded with json.Number for numbers.
type Object map[string]any

// Export is what a source holds. Members have their pool_id, whatever the source calls it.
type Export struct {
	LoadBalancers, Listeners, Pools, Members, HealthMonitors []Object
	// L7Rules have their l7policy_id, whatever the source calls it.
	L7Policies, L7Rules []Object
	// Octavia says that the source speaks Octavia's dialect; otherwise it is Neutron LBaaS v2's.
	Octavia bool
}

// text is an attribute's text; empty when it has none.
func (o Object) text(name string) string {
	switch v := o[name].(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

// related is the id of the first object that a relation names: [{"id": "…"}].
func (o Object) related(name string) string {
	list, _ := o[name].([]any)
	if len(list) == 0 {
		return ""
	}
	first, _ := list[0].(map[string]any)
	id, _ := first["id"].(string)
	return id
}

// called names an object to people.
func (o Object) called(kind string) string {
	if name := o.text("name"); name != "" {
		return fmt.Sprintf("%s %s (%s)", kind, o.text("id"), name)
	}
	return kind + " " + o.text("id")
}
