package barbican

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"strings"

	"github.com/google/uuid"
	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/tokens"
	"github.com/gophercloud/gophercloud/v2/openstack/keymanager/v1/containers"
	"github.com/gophercloud/gophercloud/v2/openstack/keymanager/v1/secrets"

	"github.com/avi-lbaas/avi-lbaas/internal/certificate"
	"github.com/avi-lbaas/avi-lbaas/internal/openstack"
)

// Session is the service's login at Keystone.
type Session = openstack.Session

// Config says where Barbican is, with the meaning of the [barbican] options of the same name.
type Config = openstack.Config

// maxPayload is the largest secret that is read, in bytes: revocation lists may be long, keys are short.
const maxPayload = 8 << 20

// Client calls Barbican as the session's user. It is safe for use by several goroutines. All its errors are *Error.
type Client struct{ service *openstack.Service }

// New makes a client, without any request.
func New(config Config, session Session) *Client {
	kind := openstack.Kind{Type: "key-manager", Version: "v1", Unavailable: ErrUnavailable, Classify: classify}
	return &Client{service: openstack.NewService(kind, config, session)}
}

// do makes one call; doing says what it does to which object, and may be shown to the user.
func do[T any](ctx context.Context, c *Client, doing string, call func(context.Context, *gophercloud.ServiceClient) (T, error)) (T, error) {
	return openstack.Do(ctx, c.service, doing, call)
}

// reference is what a user names: its host is not looked at, for it may be another face of the same service.
type reference struct {
	collection string // containers or secrets
	id         string
}

// parse reads a reference of the form https://HOST/v1/containers/ID or …/secrets/ID.
func parse(ref string) (reference, error) {
	path, _, _ := strings.Cut(strings.TrimRight(ref, "/"), "?")
	parts := strings.Split(path, "/")
	if len(parts) >= 3 && parts[len(parts)-3] == "v1" {
		r := reference{collection: parts[len(parts)-2], id: parts[len(parts)-1]}
		if id, err := uuid.Parse(r.id); err == nil && (r.collection == "containers" || r.collection == "secrets") {
			r.id = id.String()
			return r, nil
		}
	}
	return reference{}, &Error{
		Kind: ErrInvalid, Doing: "reading the reference",
		Message: "it is not a reference to the key manager: it has to end in /v1/containers/ID or /v1/secrets/ID",
	}
}

// Material reads the certificate of a container (its secrets certificate, private_key, intermediates and
// private_key_passphrase), or a PKCS #12 bundle in a secret, binary or in base64. It answers ErrNotFound, ErrForbidden, ErrInvalid
// or ErrUnavailable.
func (c *Client) Material(ctx context.Context, ref string) (certificate.Material, error) {
	r, err := parse(ref)
	if err != nil {
		return certificate.Material{}, err
	}
	if r.collection == "secrets" {
		payload, err := c.secret(ctx, r.id, "reading secret "+r.id)
		return certificate.Material{PKCS12: unwrapped(payload)}, err
	}
	return c.container(ctx, r.id)
}

// unwrapped is a bundle in its binary form. DER begins with a SEQUENCE, base64 with a letter.
func unwrapped(payload []byte) []byte {
	if len(payload) == 0 || payload[0] == 0x30 {
		return payload
	}
	text := bytes.Join(bytes.Fields(payload), nil)
	der := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Decode(der, text)
	if err != nil {
		return payload // whoever parses it says that it is no bundle
	}
	return der[:n]
}

func (c *Client) container(ctx context.Context, id string) (m certificate.Material, err error) {
	doing := "reading container " + id
	found, err := do(ctx, c, doing, func(ctx context.Context, service *gophercloud.ServiceClient) (*containers.Container, error) {
		return containers.Get(ctx, service, id).Extract()
	})
	if err != nil {
		return m, err
	}
	if found.Type != "certificate" && found.Type != "generic" {
		return m, &Error{Kind: ErrInvalid, Doing: doing, Message: fmt.Sprintf("it is of type %s: it has to be of type certificate", found.Type)}
	}
	parts := map[string]*[]byte{
		"certificate": &m.Certificate, "private_key": &m.PrivateKey, "intermediates": &m.Intermediates,
		"private_key_passphrase": &m.Passphrase,
	}
	for _, s := range found.SecretRefs {
		into := parts[s.Name]
		if into == nil {
			continue
		}
		secret, err := parse(s.SecretRef)
		if err != nil {
			return m, &Error{Kind: ErrInvalid, Doing: doing, Message: "its secret " + s.Name + " has a reference that cannot be read"}
		}
		if *into, err = c.secret(ctx, secret.id, fmt.Sprintf("reading secret %s, the %s of container %s", secret.id, s.Name, id)); err != nil {
			return m, err
		}
	}
	m.Passphrase = bytes.TrimRight(m.Passphrase, "\r\n")
	return m, nil
}

// Payload reads a secret as it is. It answers ErrNotFound, ErrForbidden, ErrInvalid or ErrUnavailable.
func (c *Client) Payload(ctx context.Context, ref string) ([]byte, error) {
	r, err := parse(ref)
	if err != nil {
		return nil, err
	}
	if r.collection != "secrets" {
		return nil, &Error{Kind: ErrInvalid, Doing: "reading container " + r.id, Message: "it has to be a secret, …/v1/secrets/ID"}
	}
	return c.secret(ctx, r.id, "reading secret "+r.id)
}

// secret reads a secret's content in the form in which it was stored.
func (c *Client) secret(ctx context.Context, id, doing string) ([]byte, error) {
	return do(ctx, c, doing, func(ctx context.Context, service *gophercloud.ServiceClient) ([]byte, error) {
		found, err := secrets.Get(ctx, service, id).Extract()
		if err != nil {
			return nil, err
		}
		kind := cmp.Or(found.ContentTypes["default"], "text/plain")
		answer := secrets.GetPayload(ctx, service, id, secrets.GetPayloadOpts{PayloadContentType: kind})
		if answer.Err != nil {
			return nil, answer.Err
		}
		defer func() { _ = answer.Body.Close() }() // all that matters has been read
		payload, err := io.ReadAll(io.LimitReader(answer.Body, maxPayload+1))
		if err != nil {
			return nil, fmt.Errorf("read the payload: %w", err)
		}
		if len(payload) > maxPayload {
			return nil, &Error{Kind: ErrInvalid, Doing: doing, Message: fmt.Sprintf("it is larger than %d bytes", maxPayload)}
		}
		return payload, nil
	})
}

// Visible asks whether the session's user may see what a reference names, without reading what it holds. A tenant may use only
// what it may see; with keystone.Session.As it is asked with the tenant's own token. It answers like Material.
func (c *Client) Visible(ctx context.Context, ref string) error {
	r, err := parse(ref)
	if err != nil {
		return err
	}
	_, err = do(ctx, c, "looking up "+strings.TrimSuffix(r.collection, "s")+" "+r.id,
		func(ctx context.Context, service *gophercloud.ServiceClient) (struct{}, error) {
			if r.collection == "secrets" {
				return struct{}{}, secrets.Get(ctx, service, r.id).Err
			}
			return struct{}{}, containers.Get(ctx, service, r.id).Err
		})
	return err
}

// Reader names the session's user, "name (id)", as an owner needs it for an access list. It answers ErrUnavailable.
func (c *Client) Reader(ctx context.Context) (string, error) {
	return do(ctx, c, "looking up the service user", func(_ context.Context, service *gophercloud.ServiceClient) (string, error) {
		answer, ok := service.GetAuthResult().(tokens.CreateResult)
		if !ok {
			return "", fmt.Errorf("the login's answer is a %T", service.GetAuthResult())
		}
		user, err := answer.ExtractUser()
		if err != nil {
			return "", err
		}
		return user.Name + " (" + user.ID + ")", nil
	})
}

// Temporary says of an error of a Client that trying again later may help.
func (c *Client) Temporary(err error) bool { return isTemporary(err) }
