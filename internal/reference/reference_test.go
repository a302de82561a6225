package reference_test

import (
	"net/http"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/avi"
	"github.com/avi-lbaas/avi-lbaas/internal/avisim"
	"github.com/avi-lbaas/avi-lbaas/internal/reference"
	"github.com/avi-lbaas/avi-lbaas/internal/testbed"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
)

const (
	project = "9f1b2c3d4e5f40718293a4b5c6d7e8f9"
	group   = "serviceenginegroup"
	byName  = "/api/serviceenginegroup?name=gold"
)

func forbidden(tenant string) avisim.Fault {
	return avisim.Fault{
		Type: group, Tenant: tenant, Action: avisim.FaultFail, Status: http.StatusForbidden,
		Body: `{"error":"User 'u' is not authorized to read on resource ServiceEngineGroup in tenant T"}`,
	}
}

// A user of the Controller's may not be allowed to look into the admin tenant, and then the project's own tenant says; where
// neither may be read, nobody can tell.
func TestExistsWithoutTheRightToLook(t *testing.T) {
	bed := testbed.New(t, testbed.Options{})
	tenant := translate.TenantUUID(project)
	if _, err := bed.Client.Create(t.Context(), tenant, group, "", avi.Object{"name": "gold"}); err != nil {
		t.Fatal(err)
	}
	finder := reference.New(bed.Client, "Default-Cloud")
	check := func(what string, wantThere, wantErr bool) {
		t.Helper()
		there, err := finder.Exists(t.Context(), project, group, byName)
		if there != wantThere || (err != nil) != wantErr {
			t.Errorf("%s: there %v, error %v", what, there, err)
		}
	}
	for _, tenant := range []string{"", tenant} {
		if err := bed.Sim.AddFault(forbidden(tenant)); err != nil {
			t.Fatal(err)
		}
	}
	check("neither may be read", false, true)
	bed.Sim.ClearFaults()
	check("both may be read", true, false)
	if err := bed.Sim.AddFault(avisim.Fault{Type: group, Action: avisim.FaultFail, Status: http.StatusServiceUnavailable}); err != nil {
		t.Fatal(err)
	}
	check("remembered while the Controller is away", true, false)
}

// What is not there is looked for again: an operator may just be making it. A tenant that is not imported yet has nothing.
func TestExistsForgetsWhatIsMissing(t *testing.T) {
	bed := testbed.New(t, testbed.Options{CreateTenants: true})
	finder := reference.New(bed.Client, "Default-Cloud")
	if there, err := finder.Exists(t.Context(), project, group, byName); there || err != nil {
		t.Errorf("there %v, error %v", there, err)
	}
	made, err := bed.Client.Create(t.Context(), "", group, "", avi.Object{"name": "gold"})
	if err != nil {
		t.Fatal(err)
	}
	for _, ref := range []string{byName, "/api/serviceenginegroup/" + made.UUID(), byName + "&cloud=Default-Cloud"} {
		if there, err := finder.Exists(t.Context(), project, group, ref); !there || err != nil {
			t.Errorf("%s: there %v, error %v", ref, there, err)
		}
	}
	for _, ref := range []string{byName + "&cloud=other", "/api/serviceenginegroup/nope", "%zz"} {
		if there, err := finder.Exists(t.Context(), project, group, ref); there || err != nil {
			t.Errorf("%s: there %v, error %v", ref, there, err)
		}
	}
}
