//go:build terraform

package endtoend_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/cloudsim"
)

// workspace is a folder in which somebody runs terraform.
type workspace struct {
	t           *testing.T
	dir         string
	environment []string
}

// newWorkspace puts the configuration into a folder, for the provider in the binary that TERRAFORM_PROVIDER_OPENSTACK names.
func newWorkspace(t *testing.T, d deployment) workspace {
	t.Helper()
	provider := os.Getenv("TERRAFORM_PROVIDER_OPENSTACK")
	if provider == "" {
		t.Fatal("TERRAFORM_PROVIDER_OPENSTACK has to name the provider's binary: make terraform builds it")
	}
	dir := t.TempDir()
	text, err := os.ReadFile(filepath.Join("testdata", "terraform", "main.tf"))
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, "main.tf"), text, 0o600))
	rc := filepath.Join(dir, "terraformrc")
	must(t, os.WriteFile(rc, fmt.Appendf(nil,
		"provider_installation {\n  dev_overrides { \"terraform-provider-openstack/openstack\" = %q }\n}\n", filepath.Dir(provider)), 0o600))
	return workspace{t, dir, append(os.Environ(),
		"TF_CLI_CONFIG_FILE="+rc, "TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1", "OS_USE_OCTAVIA=true", "OS_AUTH_URL="+d.cloud.IdentityURL(),
		"OS_USERNAME=demo", "OS_PASSWORD="+cloudsim.DemoPassword, "OS_PROJECT_NAME=demo", "OS_USER_DOMAIN_NAME=Default",
		"OS_PROJECT_DOMAIN_NAME=Default", "OS_REGION_NAME="+cloudsim.DefaultRegion, "TF_VAR_subnet="+d.cloud.SubnetID("demo-subnet"),
		"TF_VAR_project="+d.cloud.ProjectID("demo"),
	)}
}

// run runs terraform and gives its exit code.
func (w workspace) run(arguments ...string) (out string, code int) {
	w.t.Helper()
	cmd := exec.CommandContext(w.t.Context(), "terraform", append(arguments, "-no-color", "-input=false")...)
	cmd.Dir, cmd.Env = w.dir, w.environment
	text, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		w.t.Fatalf("terraform %v: %v", arguments, err)
	}
	return string(text), cmd.ProcessState.ExitCode()
}

// must runs terraform and wants it to succeed, and to say what happened.
func (w workspace) must(said string, arguments ...string) {
	w.t.Helper()
	out, code := w.run(arguments...)
	if code != 0 || !strings.Contains(out, said) {
		w.t.Fatalf("terraform %v ended with %d, and did not say %q:\n%s", arguments, code, said, out)
	}
}

// Terraform makes everything, sees no difference afterwards, changes it in place, and removes it.
func TestTerraform(t *testing.T) {
	d := deploy(t)
	w := newWorkspace(t, d)
	w.must("Apply complete! Resources: 17 added, 0 changed, 0 destroyed.", "apply", "-auto-approve")
	var got []string
	for _, o := range d.controller.Objects() {
		if o.Type == "virtualservice" {
			got = append(got, fmt.Sprint(o.Object["name"]))
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, []string{"terraform:9090", "terraform:http"}) {
		t.Errorf("the Controller has virtual services %q", got)
	}
	w.must("No changes.", "plan", "-detailed-exitcode")

	changed := []string{
		"-var=algorithm=LEAST_CONNECTIONS", "-var=weight=5", `-var=tags=["green"]`, "-var=images=[8202,8204]", "-var=pools=4",
	}
	w.must("Apply complete! Resources: 0 added, 5 changed, 0 destroyed.", append([]string{"apply", "-auto-approve"}, changed...)...)
	w.must("No changes.", append([]string{"plan", "-detailed-exitcode"}, changed...)...)

	w.must("Destroy complete! Resources: 17 destroyed.", append([]string{"destroy", "-auto-approve"}, changed...)...)
	d.mustBeEmpty(t)
}
