package translate

import "slices"

// Types are the Controller's types that objects are made of, as in URLs. Whoever looks for objects of ours looks at all of them.
func Types() []string {
	return []string{
		TypeVRFContext, TypeHealthMonitor, TypeCertificate, TypePKIProfile, TypeSSLProfile, TypePersistence, TypePool, TypePoolGroup, TypeVsVip,
		TypeApplicationProfile, TypeNetworkProfile, TypeNetworkSecurity, TypePolicySet, TypeVirtualService,
	}
}

// Shared says of a type that several load balancers of a project may have one object of it, which goes with the last of them.
func Shared(typ string) bool { return typ == TypeCertificate || typ == TypeVRFContext }

// Mark reads our mark of an object at the Controller, whose markers it has since 20.1.5 and whose created_by not all types have.
// The load balancer's id is empty where only the latter is there.
func Mark(actual map[string]any) (loadBalancerID string, ours bool) {
	ours = actual["created_by"] == creator
	markers, _ := actual["markers"].([]any)
	for _, m := range markers {
		marker, _ := m.(map[string]any)
		values, _ := marker["values"].([]any)
		switch marker["key"] {
		case "created_by":
			ours = ours || slices.Contains(values, any(creator))
		case "loadbalancer_id":
			if len(values) == 1 {
				loadBalancerID, _ = values[0].(string)
			}
		}
	}
	return loadBalancerID, ours
}
