package keystone

import (
	"context"
	"fmt"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/projects"
)

// ProjectName looks up the name of a project. The service's user needs the right to read it (identity:get_project); without
// that, and for any other reason, the error says why there is no name.
func (s *Session) ProjectName(ctx context.Context, id string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, s.http.Timeout)
	defer cancel()
	provider, err := s.Client(ctx)
	if err != nil {
		return "", err
	}
	client := &gophercloud.ServiceClient{ProviderClient: provider, Endpoint: provider.IdentityBase + "v3/", Type: "identity"}
	project, err := projects.Get(ctx, client, id).Extract()
	if err != nil {
		return "", fmt.Errorf("look up project %s: %s", id, brief(err))
	}
	return project.Name, nil
}
