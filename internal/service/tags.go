package service

import (
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// settleTags stores the tags that a request has given to an object of a load balancer's tree, or reads those that it keeps.
func settleTags(tx *store.Tx, loadBalancerID string, r *lbaas.Resource, given lbaas.Attr[[]string]) error {
	if given.HasValue() {
		return tx.ReplaceTags(loadBalancerID, r)
	}
	return tx.FillTags(r)
}
