package worker

import (
	"context"
	"errors"
	"fmt"

	"github.com/avi-lbaas/avi-lbaas/internal/avi"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
)

// Projects tells the names of projects. *keystone.Session implements it.
type Projects interface {
	ProjectName(ctx context.Context, id string) (string, error)
}

const typeTenant = "tenant"

// createTenant makes the Avi tenant of a project as the Controller itself does when it imports projects from Keystone
// (controller facts 3). One that is there meanwhile is success.
func (w *Worker) createTenant(ctx context.Context, c Controller, projectID string) error {
	uuid := translate.TenantUUID(projectID)
	name := w.projectName(ctx, projectID)
	err := makeTenant(ctx, c, uuid, name)
	if errors.Is(err, avi.Duplicate) {
		if _, found := c.Get(ctx, "", typeTenant, uuid); !errors.Is(found, avi.NotFound) {
			return wrapTenant(found, uuid)
		}
		// The name is another tenant's: projects of different domains may have the same.
		err = makeTenant(ctx, c, uuid, name+"-"+projectID)
	}
	if err == nil {
		w.Logger.InfoContext(ctx, "created the tenant of a project at the Controller", "tenant", uuid, "project_id", projectID)
	}
	return wrapTenant(err, uuid)
}

func makeTenant(ctx context.Context, c Controller, uuid, name string) error {
	_, err := c.Create(ctx, "", typeTenant, uuid, avi.Object{"uuid": uuid, "name": name, "local": false})
	return err
}

func wrapTenant(err error, uuid string) error {
	if err != nil {
		return fmt.Errorf("create tenant %s: %w", uuid, err)
	}
	return nil
}

// projectName is the project's name, or its id when Keystone does not tell: a tenant must not wait for a nicer name.
func (w *Worker) projectName(ctx context.Context, projectID string) string {
	if w.Projects == nil {
		return projectID
	}
	name, err := w.Projects.ProjectName(ctx, projectID)
	if err != nil || name == "" {
		w.Logger.WarnContext(ctx, "cannot read the name of a project", "project_id", projectID, "error", err)
		return projectID
	}
	return name
}
