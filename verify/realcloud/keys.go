//go:build verify

package realcloud

import (
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/keymanager/v1/acls"
	"github.com/gophercloud/gophercloud/v2/openstack/keymanager/v1/containers"
	"github.com/gophercloud/gophercloud/v2/openstack/keymanager/v1/secrets"
)

// keys is Barbican as the user, by its API: the openstack client takes seconds for each command.
func (u *User) keys() *gophercloud.ServiceClient {
	return &gophercloud.ServiceClient{
		ProviderClient: u.provider, Endpoint: u.cloud.KeyManagerURL + "/", ResourceBase: u.cloud.KeyManagerURL + "/v1/", Type: "key-manager",
	}
}

// Keep stores a secret that another user may read: a text, or with binary any bytes.
func (u *User) Keep(ctx context.Context, payload []byte, binary bool, reader string) (string, error) {
	options := secrets.CreateOpts{Payload: string(payload), PayloadContentType: "text/plain"}
	if binary {
		options.Payload = base64.StdEncoding.EncodeToString(payload)
		options.PayloadContentType, options.PayloadContentEncoding = "application/octet-stream", "base64"
	}
	made, err := secrets.Create(ctx, u.keys(), options).Extract()
	if err != nil {
		return "", fmt.Errorf("store a secret: %w", err)
	}
	users := []string{reader}
	if err := acls.SetSecretACL(ctx, u.keys(), idOf(made.SecretRef), acls.SetOpts{{Type: "read", Users: &users}}).Err; err != nil {
		return "", fmt.Errorf("let %s read secret %s: %w", reader, made.SecretRef, err)
	}
	return made.SecretRef, nil
}

// Contain stores the parts of a certificate in a container, which with its secrets another user may read. Only the secrets of a
// generic container can be replaced.
func (u *User) Contain(ctx context.Context, kind containers.ContainerType, parts Certificate, reader string) (Stored, error) {
	stored := Stored{Secrets: map[string]string{}}
	for name, content := range parts.byName() {
		ref, err := u.Keep(ctx, []byte(content), false, reader)
		if err != nil {
			return Stored{}, err
		}
		stored.Secrets[name] = ref
	}
	options := containers.CreateOpts{Type: kind}
	for _, name := range slices.Sorted(maps.Keys(stored.Secrets)) {
		options.SecretRefs = append(options.SecretRefs, containers.SecretRef{Name: name, SecretRef: stored.Secrets[name]})
	}
	made, err := containers.Create(ctx, u.keys(), options).Extract()
	if err != nil {
		return Stored{}, fmt.Errorf("make a container: %w", err)
	}
	stored.Ref = made.ContainerRef
	users := []string{reader}
	if err := acls.SetContainerACL(ctx, u.keys(), idOf(stored.Ref), acls.SetOpts{{Type: "read", Users: &users}}).Err; err != nil {
		return Stored{}, fmt.Errorf("let %s read container %s: %w", reader, stored.Ref, err)
	}
	return stored, nil
}

// byName are the parts that are there, by their names in a container.
func (c Certificate) byName() map[string]string {
	parts := map[string]string{
		"certificate": c.Certificate, "private_key": c.PrivateKey, "intermediates": c.Intermediates,
		"private_key_passphrase": c.PrivateKeyPassphrase,
	}
	maps.DeleteFunc(parts, func(_, content string) bool { return content == "" })
	return parts
}

// Renew puts another certificate into a generic container.
func (u *User) Renew(ctx context.Context, stored Stored, parts Certificate, reader string) error {
	for name, content := range parts.byName() {
		ref, err := u.Keep(ctx, []byte(content), false, reader)
		if err != nil {
			return err
		}
		// In this order: a name is in a container once.
		for _, step := range []struct{ method, secret string }{{http.MethodDelete, stored.Secrets[name]}, {http.MethodPost, ref}} {
			body, method := map[string]string{"name": name, "secret_ref": step.secret}, step.method
			options := &gophercloud.RequestOpts{JSONBody: body, OkCodes: []int{http.StatusCreated, http.StatusNoContent}}
			response, err := u.keys().Request(ctx, method, u.keys().ResourceBase+"containers/"+idOf(stored.Ref)+"/secrets", options)
			if err != nil {
				return fmt.Errorf("%s the %s of container %s: %w", method, name, stored.Ref, err)
			}
			if err := response.Body.Close(); err != nil {
				return err
			}
		}
		stored.Secrets[name] = ref
	}
	return nil
}

func idOf(ref string) string { return ref[strings.LastIndexByte(ref, '/')+1:] }
