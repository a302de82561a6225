package service

import (
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// replaceTags stores the tags that a request gives to an object of a load balancer's tree, if it gives any.
func replaceTags(tx *store.Tx, loadBalancerID string, r *lbaas.Resource, given lbaas.Attr[[]string]) error {
	if !given.HasValue() {
		return nil
	}
	return tx.ReplaceTags(loadBalancerID, r)
}
