package adopt

import (
	"maps"
	"slices"

	"github.com/avi-lbaas/avi-lbaas/internal/avi"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
)

// leftovers are what the Python driver may have left behind of a load balancer, beside what it should have: the copy of a pool for
// a listener or an SNI child that uses another one now, and the persistence profile of a pool that needs none any more.
func leftovers(tree *lbaas.Tree) []store.Item {
	tenant := translate.TenantUUID(tree.LoadBalancer.ProjectID)
	var items []store.Item
	for i := range tree.Pools {
		p := &tree.Pools[i]
		for j := range tree.Listeners {
			for _, owner := range owners(&tree.Listeners[j]) {
				items = append(items, store.Item{Type: translate.TypePool, UUID: translate.PoolUUID(p.ID, owner), Tenant: tenant})
			}
		}
		items = append(items, store.Item{Type: translate.TypePersistence, UUID: translate.PersistenceUUID(p.ID), Tenant: tenant})
	}
	return items
}

// owners are the ids of a listener's virtual services.
func owners(l *lbaas.Listener) []string {
	ids := []string{l.ID}
	for _, ref := range l.TLS.SNIRefs {
		ids = append(ids, translate.ChildID(lbaas.ContainerID(ref), l.ID))
	}
	return ids
}

// formerContainer is the id of the container that an SNI child was made for. Its certificate bears the id in its name, and the
// child's uuid is computed from it: so it is the Python driver's for certain, and nobody else's.
func formerContainer(child avi.Object, listenerID string) (id string, former bool) {
	refs, _ := child["ssl_key_and_certificate_refs"].([]any)
	for _, ref := range refs {
		name := (avi.Object{"ref": ref}).RefName("ref")
		match := pythonDriversName.FindStringSubmatch(name)
		if match != nil && translate.ChildUUID(match[1], listenerID) == child.UUID() {
			return match[1], true
		}
	}
	return "", false
}

// formerChildren are the virtual services of SNI containers that a listener does not have any more, with their pools, and the ids
// of these containers. Those that it has are among them.
func (s *survey) formerChildren(tree *lbaas.Tree) (items []store.Item, containers []string) {
	tenant := translate.TenantUUID(tree.LoadBalancer.ProjectID)
	for i := range tree.Listeners {
		l := &tree.Listeners[i]
		for _, child := range s.children[translate.VirtualServiceUUID(l.ID)] {
			id, former := formerContainer(child, l.ID)
			if !former {
				continue
			}
			containers = append(containers, id)
			items = append(items, store.Item{Type: translate.TypeVirtualService, UUID: child.UUID(), Tenant: tenant})
			for _, p := range tree.Pools {
				if uuid := translate.PoolUUID(p.ID, translate.ChildID(id, l.ID)); uuid == child.RefUUID("pool_ref") {
					items = append(items, store.Item{Type: translate.TypePool, UUID: uuid, Tenant: tenant})
				}
			}
		}
	}
	return items, containers
}

// formerCertificates are those that the Python driver made and nothing will use: of a container of the load balancer, but with what
// was in it before it was renewed; and of a container that no listener has any more, if nothing uses it. The Controller refuses to
// delete a certificate in use, so that one which others use as well stays with them.
func (s *survey) formerCertificates(tree *lbaas.Tree, formerContainers []string) []store.Item {
	tenant := translate.TenantUUID(tree.LoadBalancer.ProjectID)
	own := map[string]bool{}
	for _, id := range formerContainers {
		own[id] = true
	}
	for i := range tree.Listeners {
		for _, ref := range tree.Listeners[i].TLS.CertificateRefs() {
			own[lbaas.ContainerID(ref)] = true
		}
	}
	var items []store.Item
	for _, uuid := range slices.Sorted(maps.Keys(s.certificates)) {
		c := s.certificates[uuid]
		id := pythonDriversName.FindStringSubmatch(c.Name())[1]
		unused := !s.containers[id] && len(s.users[uuid]) == 0 && !s.spokenFor[uuid]
		if c.RefUUID("tenant_ref") != tenant || !own[id] && !unused {
			continue
		}
		s.spokenFor[uuid] = true
		items = append(items, store.Item{
			Type: translate.TypeCertificate, UUID: uuid, Tenant: tenant, Shared: translate.Shared(translate.TypeCertificate),
		})
	}
	return items
}

func vsVipOf(tree *lbaas.Tree) store.Item {
	lb := &tree.LoadBalancer
	return store.Item{Type: translate.TypeVsVip, UUID: translate.VsVipUUID(lb.ID), Tenant: translate.TenantUUID(lb.ProjectID)}
}
