package keystone_test

import (
	"strings"
	"testing"
)

func TestProjectName(t *testing.T) {
	cloud := startCloud(t, nil)
	session := newSession(t, serviceConfig(cloud.IdentityURL()), nil)
	id := cloud.ProjectID("demo")
	if name, err := session.ProjectName(t.Context(), id); err != nil || name != "demo" {
		t.Errorf("the project is called %q (%v), want demo", name, err)
	}
	if _, err := session.ProjectName(t.Context(), "nothing"); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("no such project: %v", err)
	}
}
