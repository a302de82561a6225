package service

import "github.com/avi-lbaas/avi-lbaas/internal/lbaas"

// allow holds a caller to its project. The answer for another project's object is Octavia's.
func (c Caller) allow(projectID string) error {
	switch {
	case c.Rights != nil:
		if c.Rights.Allow(projectID) {
			return nil
		}
	case c.Global || c.ProjectID != "" && c.ProjectID == projectID:
		return nil
	}
	return lbaas.Forbidden()
}

// allowAdmin holds what concerns all projects to those who may touch all of them.
func (c Caller) allowAdmin() error {
	if c.Rights != nil {
		return c.allow(c.ProjectID)
	}
	if c.Global {
		return nil
	}
	return lbaas.Forbidden()
}
