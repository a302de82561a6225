package compat_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/service"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
)

// leftover says that an object of a step is one that the Python driver left behind: a pool or a certificate that no virtual
// service uses, the profile of a pool that wants none any more, or the VRF context of a subnet without load balancers.
func (r *replay) leftover(t *testing.T, all []expected, e expected) bool {
	t.Helper()
	switch e.Type {
	case translate.TypeVRFContext:
		return !r.hasLoadBalancer(t, strings.TrimPrefix(e.uuid(), translate.TypeVRFContext+"-"))
	case translate.TypePersistence:
		return !r.wantsProfile(t, strings.TrimPrefix(e.uuid(), translate.TypePersistence+"-"))
	case translate.TypePool, translate.TypeCertificate:
	default:
		return false
	}
	return !slices.ContainsFunc(all, func(other expected) bool {
		ref, _ := other.Object["pool_ref"].(string)
		certificates, _ := other.Object["ssl_key_and_certificate_refs"].([]any)
		return e.Type == translate.TypePool && strings.HasSuffix(ref, "/"+e.uuid()) || other.Tenant == e.Tenant &&
			slices.Contains(certificates, any("/api/sslkeyandcertificate?name="+e.name()))
	})
}

// hasLoadBalancer says whether any has its VIP in a subnet.
func (r *replay) hasLoadBalancer(t *testing.T, subnetID string) bool {
	t.Helper()
	page, err := r.bed.Service.LoadBalancers(t.Context(), r.bed.Caller, service.Query{}, nil)
	check(t, err)
	return slices.ContainsFunc(page.Items, func(e service.LoadBalancerEntry) bool { return e.LoadBalancer.VIP.SubnetID == subnetID })
}

// wantsProfile says whether a pool is there and has a cookie that Avi needs a profile for.
func (r *replay) wantsProfile(t *testing.T, poolID string) bool {
	t.Helper()
	pool, err := r.bed.Service.Pool(t.Context(), r.bed.Caller, poolID)
	if errors.Is(err, lbaas.KindNotFound) {
		return false
	}
	check(t, err)
	return pool.Persistence != nil && pool.Persistence.Type == lbaas.PersistAppCookie
}
