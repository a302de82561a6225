//go:build verify

package realcloud

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/keymanager/v1/secrets"
)

// Certificate is what a certificate container holds, each as PEM. Only Certificate and PrivateKey have to be there.
type Certificate struct {
	Certificate, PrivateKey, Intermediates, PrivateKeyPassphrase string
}

// Stored is what a test put into Barbican, by references of the form http://host/v1/secrets/<id>.
type Stored struct {
	// Ref is the container's, or the secret's when there is no container.
	Ref string
	// Secrets are the container's by their names in it: certificate, private_key, intermediates, private_key_passphrase.
	Secrets map[string]string
}

// StoreCertificate stores a certificate container with the openstack client, as the user: one secret for each part.
func (u *User) StoreCertificate(ctx context.Context, name string, parts Certificate) (Stored, error) {
	stored := Stored{Secrets: map[string]string{}}
	container := []string{"secret", "container", "create", "--name", name, "--type", "certificate"}
	for _, part := range []struct{ name, kind, content string }{
		{"certificate", "certificate", parts.Certificate},
		{"private_key", "private", parts.PrivateKey},
		{"intermediates", "certificate", parts.Intermediates},
		{"private_key_passphrase", "passphrase", parts.PrivateKeyPassphrase},
	} {
		if part.content == "" {
			continue
		}
		ref, err := u.storeSecret(ctx, name+"-"+part.name, part.content, "--secret-type", part.kind, "--payload-content-type", "text/plain")
		if err != nil {
			return Stored{}, err
		}
		stored.Secrets[part.name] = ref
		container = append(container, "--secret", part.name+"="+ref)
	}
	var err error
	stored.Ref, err = u.createRef(ctx, "Container href", container...)
	return stored, err
}

// StorePKCS12 stores a PKCS12 bundle, given in its binary form, as one opaque secret: the form that Octavia's users prefer.
func (u *User) StorePKCS12(ctx context.Context, name string, bundle []byte) (Stored, error) {
	ref, err := u.storeSecret(ctx, name, base64.StdEncoding.EncodeToString(bundle), "--secret-type", "opaque",
		"--payload-content-type", "application/octet-stream", "--payload-content-encoding", "base64")
	return Stored{Ref: ref}, err
}

// storeSecret hands the content over in a file: arguments are for everyone on the machine to see.
func (u *User) storeSecret(ctx context.Context, name, content string, arguments ...string) (_ string, err error) {
	file, err := os.CreateTemp(u.cloud.host.dir, "secret-")
	if err != nil {
		return "", fmt.Errorf("store secret %s: %w", name, err)
	}
	defer func() { err = errors.Join(err, os.Remove(file.Name())) }()
	_, err = file.WriteString(content)
	if err := errors.Join(err, file.Close()); err != nil {
		return "", fmt.Errorf("store secret %s: %w", name, err)
	}
	return u.createRef(ctx, "Secret href", append([]string{"secret", "store", "--name", name, "--file", file.Name()}, arguments...)...)
}

// createRef runs a command that makes something, and reads its reference out of a column.
func (u *User) createRef(ctx context.Context, column string, arguments ...string) (string, error) {
	out, err := u.OpenStack(ctx, append(arguments, "-f", "json")...)
	if err != nil {
		return "", err
	}
	var made map[string]any
	if err := json.Unmarshal([]byte(out[max(0, strings.Index(out, "{")):]), &made); err != nil {
		return "", fmt.Errorf("openstack %s: %w in %q", strings.Join(arguments[:2], " "), err, out)
	}
	ref, ok := made[column].(string)
	if !ok {
		return "", fmt.Errorf("openstack %s: no %s in %q", strings.Join(arguments[:2], " "), column, out)
	}
	return ref, nil
}

// Allow lets another user read what was stored: the container and each of its secrets, as Barbican knows no inheritance.
func (u *User) Allow(ctx context.Context, stored Stored, userID string) error {
	for _, ref := range append([]string{stored.Ref}, slices.Sorted(maps.Values(stored.Secrets))...) {
		if _, err := u.OpenStack(ctx, "acl", "user", "add", "--user", userID, ref); err != nil {
			return err
		}
	}
	return nil
}

// Payload reads a secret as the user, with Barbican's API.
func (u *User) Payload(ctx context.Context, ref string) ([]byte, error) {
	client := &gophercloud.ServiceClient{
		ProviderClient: u.provider, Endpoint: u.cloud.KeyManagerURL + "/", ResourceBase: u.cloud.KeyManagerURL + "/v1/", Type: "key-manager",
	}
	id := ref[strings.LastIndex(ref, "/")+1:]
	secret, err := secrets.Get(ctx, client, id).Extract()
	if err != nil {
		return nil, fmt.Errorf("look at secret %s as %s: %w", id, u.Name, err)
	}
	// Barbican answers 406 to who does not ask for the type that was stored.
	payload, err := secrets.GetPayload(ctx, client, id, secrets.GetPayloadOpts{PayloadContentType: secret.ContentTypes["default"]}).Extract()
	if err != nil {
		return nil, fmt.Errorf("read secret %s as %s: %w", id, u.Name, err)
	}
	return payload, nil
}

// OpenStack runs the openstack client of Debian's package as the user, and gives what it prints.
func (u *User) OpenStack(ctx context.Context, arguments ...string) (string, error) {
	cmd := u.cloud.host.command(ctx, u.Environment(), "/usr/bin/openstack", arguments...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return string(out), fmt.Errorf("openstack %s: %w\n%s", strings.Join(arguments, " "), err, out)
	}
	return string(out), nil
}
