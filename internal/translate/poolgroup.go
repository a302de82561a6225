package translate

import (
	"maps"
	"strings"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/plan"
)

// PoolGroupUUID is the uuid of the PoolGroup of a pool with backups, for the virtual service with that owner.
func PoolGroupUUID(poolID, ownerID string) string {
	return TypePoolGroup + "-" + mixed(poolID, ownerID)
}

// BackupPoolUUID is the uuid of the Pool that has the backups of a pool, for the virtual service with that owner.
func BackupPoolUUID(poolID, ownerID string) string { return PoolUUID(poolID, ownerID+" backup") }

// The priorities of a group's pools. Without priority labels of their own the Controller takes them for numbers, of which the
// greater one comes first (schema: PoolGroup.priority_labels_ref). A pool is chosen only while none of a higher priority is up.
const (
	primaryPriority = "2"
	backupPriority  = "1"
)

// grouped are the pools of a tree that have backups. A server has a preference_order too, but that is what the DNS service of
// global load balancing goes by: to a pool of an ordinary virtual service it means nothing.
func grouped(tree *lbaas.Tree) map[string]bool {
	found := map[string]bool{}
	for i := range tree.Members {
		if tree.Members[i].Backup {
			found[tree.Members[i].PoolID] = true
		}
	}
	return found
}

// poolsOf are what one virtual service has of a pool: the Pool with the members that are no backups, and if there are backups a
// second one with these, and the group of both. A pool without backups is what it is without this feature.
func (t *translator) poolsOf(tree *lbaas.Tree, p *lbaas.Pool, owner string) []plan.Object {
	members := tree.MembersOf(p.ID)
	if !t.grouped[p.ID] {
		return []plan.Object{t.pool(tree, p, owner, members)}
	}
	primary := t.pool(tree, p, owner, lbaas.Primaries(members))
	backup := t.pool(tree, p, owner, lbaas.Backups(members))
	backup.UUID = BackupPoolUUID(p.ID, owner)
	backup.Fields = maps.Clone(backup.Fields)
	backup.Fields["name"] = fitted(poolName(p), "-"+owner+"-backup", p.ID)
	backup.AlternativeName = alternative(backup.Name(), p.ID)
	group := t.object(TypePoolGroup, PoolGroupUUID(p.ID, owner), p.ID, map[string]any{
		"name":      fitted(poolName(p), "-"+owner, p.ID),
		"cloud_ref": t.cloud(),
		"members": plan.List{Entries: []map[string]any{
			{"pool_ref": refTo(TypePool, primary.UUID), "priority_label": primaryPriority},
			{"pool_ref": refTo(TypePool, backup.UUID), "priority_label": backupPriority},
		}},
	})
	return []plan.Object{primary, backup, group}
}

// sendTo says where requests of a virtual service go: to the owner's copy of a pool, or its group. It leaves the other reference
// alone, which somebody may have set by hand, unless a group of ours may be there.
func (t *translator) sendTo(fields map[string]any, poolID, owner string) {
	fields["pool_ref"] = nil
	switch {
	case t.grouped[poolID]:
		fields["pool_group_ref"] = refTo(TypePoolGroup, PoolGroupUUID(poolID, owner))
		return
	case poolID != "":
		fields["pool_ref"] = refTo(TypePool, PoolUUID(poolID, owner))
	}
	if t.groupsMade {
		fields["pool_group_ref"] = nil
	}
}

// anyGroup says that there is a pool group among the objects that were made.
func anyGroup(made map[string]bool) bool {
	for uuid := range made {
		if strings.HasPrefix(uuid, TypePoolGroup+"-") {
			return true
		}
	}
	return false
}
