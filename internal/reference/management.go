package reference

import (
	"cmp"
	"context"
	"net/url"
)

// defaultGroup is the service engine group of virtual services that name none; each cloud has one (controller facts 5).
const defaultGroup = "/api/serviceenginegroup?name=Default-Group"

// ManagementNetwork is the id of the network that the service engines of a group are managed on: the group's own choice, or that of
// its cloud. An empty reference stands for the default group of the cloud of that name, an empty name for the provider's cloud. It is
// empty where the Controller does not say, or has no such group.
func (f *Finder) ManagementNetwork(ctx context.Context, projectID, groupReference, cloud string) (string, error) {
	if groupReference == "" {
		groupReference = defaultGroup + "&cloud=" + url.QueryEscape(cmp.Or(cloud, f.cloud))
	}
	group, _, err := f.find(ctx, projectID, "serviceenginegroup", groupReference)
	if err != nil || group == nil {
		return "", err
	}
	chosen, _ := group["openstack_mgmt_network_uuid"].(string)
	if chosen = cmp.Or(chosen, group.RefUUID("mgmt_network_ref")); chosen != "" {
		return chosen, nil
	}
	of, _, err := f.find(ctx, projectID, "cloud", "/api/cloud/"+group.RefUUID("cloud_ref"))
	if err != nil || of == nil {
		return "", err
	}
	openstack, _ := of["openstack_configuration"].(map[string]any)
	chosen, _ = openstack["mgmt_network_uuid"].(string)
	return chosen, nil
}
