package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/certificate"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
)

// Keys is what the worker asks of the key manager. *barbican.Client implements it.
type Keys interface {
	// Material reads a certificate with its key.
	Material(ctx context.Context, ref string) (certificate.Material, error)
	// Payload reads a secret as it is: authorities, revocation lists.
	Payload(ctx context.Context, ref string) ([]byte, error)
	// Temporary says of an error of the above that trying again later may help.
	Temporary(err error) bool
}

// errUnreadable is final: a container of the load balancer cannot be used until its owner changes something.
var errUnreadable = errors.New("a certificate container cannot be used")

// errNoKeyManager is final: only an operator can configure one.
var errNoKeyManager = errors.New("this deployment has no key manager")

// summary is what is remembered of a container: nothing secret.
type summary struct {
	Fingerprint string                  `json:"fingerprint,omitempty"`
	Domains     []string                `json:"domains,omitempty"`
	NotAfter    time.Time               `json:"not_after,omitzero"`
	Chain       []certificate.Authority `json:"chain,omitempty"`
	Authorities []certificate.Authority `json:"authorities,omitempty"`
	Revocations []string                `json:"revocations,omitempty"`
}

// fetch reads everything that a tree refers to. It is read for each attempt, so that a renewed container reaches the Controller
// with the next change. What cannot be read any more, after it could be before, is kept as it is: a container that was deleted
// is no reason to refuse a new member.
func (w *Worker) fetch(ctx context.Context, tree *lbaas.Tree, work store.Work, logger *slog.Logger) (
	translate.Material, []store.Container, error,
) {
	f := fetcher{
		keys: w.Keys, logger: logger, tenant: translate.TenantUUID(tree.LoadBalancer.ProjectID),
		written: map[string]bool{}, before: map[string]summary{}, found: map[string]summary{},
		material: translate.Material{
			Certificates: map[string]*certificate.Certificate{}, Authorities: map[string][]certificate.Authority{},
			Revocations: map[string][]string{}, Unreadable: map[string]string{},
		},
	}
	for _, item := range work.Inventory {
		f.written[item.UUID] = item.Applied != ""
	}
	for _, c := range work.Containers {
		var s summary
		if err := json.Unmarshal([]byte(c.Summary), &s); err != nil {
			return translate.Material{}, nil, fmt.Errorf("what is remembered of container %s cannot be read: %w", c.Ref, err)
		}
		f.before[c.Ref] = s
	}
	if err := f.tree(ctx, tree); err != nil {
		return translate.Material{}, nil, err
	}
	containers := make([]store.Container, 0, len(f.found))
	for ref, s := range f.found {
		text, err := json.Marshal(s)
		if err != nil {
			return translate.Material{}, nil, fmt.Errorf("remember container %s: %w", ref, err)
		}
		containers = append(containers, store.Container{Ref: ref, Summary: string(text)})
	}
	slices.SortFunc(containers, func(a, b store.Container) int { return strings.Compare(a.Ref, b.Ref) })
	return f.material, containers, nil
}

// rememberContainers stores what was read of containers, when that is anything new.
func (w *Worker) rememberContainers(ctx context.Context, c store.Claim, work store.Work, containers []store.Container) error {
	if slices.Equal(work.Containers, containers) {
		return nil
	}
	return w.Store.RememberContainers(ctx, c, containers)
}

type fetcher struct {
	keys   Keys
	logger *slog.Logger
	tenant string // Avi's uuid
	// written holds the uuids of the objects that were made, with true for those of which it is known what they are like.
	written  map[string]bool
	before   map[string]summary
	found    map[string]summary
	material translate.Material
}

func (f *fetcher) tree(ctx context.Context, tree *lbaas.Tree) error {
	for i := range tree.Listeners {
		tls := &tree.Listeners[i].TLS
		for _, ref := range tls.CertificateRefs() {
			if err := f.certificate(ctx, ref); err != nil {
				return err
			}
		}
		if tls.AuthenticatesClients() {
			if err := f.authorities(ctx, tls.ClientCARef, tls.ClientCRLRef); err != nil {
				return err
			}
		}
	}
	for i := range tree.Pools {
		tls := &tree.Pools[i].TLS
		if !tls.Enabled {
			continue
		}
		if tls.ContainerRef != "" {
			if err := f.certificate(ctx, tls.ContainerRef); err != nil {
				return err
			}
		}
		if tls.CARef != "" {
			if err := f.authorities(ctx, tls.CARef, tls.CRLRef); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *fetcher) certificate(ctx context.Context, ref string) error {
	if f.material.Certificates[ref] != nil {
		return nil
	}
	c, err := f.readCertificate(ctx, ref)
	if err != nil {
		known, ok := f.before[ref]
		if !ok || !f.mayKeep(ref, known, err) {
			return f.failed(ref, err)
		}
		f.keep(ctx, ref, err)
		f.material.Unreadable[ref] = fmt.Sprintf("the container %s cannot be read to make it again: %v", ref, err)
		c = &certificate.Certificate{
			Fingerprint: known.Fingerprint, Domains: known.Domains, NotAfter: known.NotAfter, Chain: known.Chain,
		}
	}
	f.material.Certificates[ref] = c
	f.found[ref] = summary{Fingerprint: c.Fingerprint, Domains: c.Domains, NotAfter: c.NotAfter, Chain: c.Chain}
	return nil
}

func (f *fetcher) readCertificate(ctx context.Context, ref string) (*certificate.Certificate, error) {
	if f.keys == nil {
		return nil, errNoKeyManager
	}
	m, err := f.keys.Material(ctx, ref)
	if err != nil {
		return nil, err
	}
	return certificate.Parse(m)
}

func (f *fetcher) authorities(ctx context.Context, caRef, crlRef string) error {
	s, err := f.readAuthorities(ctx, caRef, crlRef)
	key := caRef + " " + crlRef // one bundle may go with several lists
	if err != nil {
		known, ok := f.before[key]
		if !ok {
			return f.failed(caRef, err)
		}
		f.keep(ctx, caRef, err)
		s = known
	}
	f.material.Authorities[caRef], f.found[key] = s.Authorities, s
	if crlRef != "" {
		f.material.Revocations[crlRef] = s.Revocations
	}
	return nil
}

func (f *fetcher) readAuthorities(ctx context.Context, caRef, crlRef string) (s summary, err error) {
	if f.keys == nil {
		return s, errNoKeyManager
	}
	bundle, err := f.keys.Payload(ctx, caRef)
	if err != nil {
		return s, err
	}
	if s.Authorities, err = certificate.ParseAuthorities(bundle); err != nil || crlRef == "" {
		return s, err
	}
	lists, err := f.keys.Payload(ctx, crlRef)
	if err != nil {
		return s, err
	}
	s.Revocations, err = certificate.ParseRevocations(lists, bundle)
	return s, err
}

// keep goes on with what is remembered.
func (f *fetcher) keep(ctx context.Context, ref string, err error) {
	f.logger.WarnContext(ctx, "a container cannot be read: what the Controller has of it is kept", "container", ref, "reason", err.Error())
}

// mayKeep says whether the certificate is at the Controller: for sure, or as far as can be told when asking again will not help.
func (f *fetcher) mayKeep(ref string, known summary, err error) bool {
	sure, made := f.written[translate.CertificateUUID(f.tenant, lbaas.ContainerID(ref), known.Fingerprint)]
	return sure || made && !f.temporary(err)
}

func (f *fetcher) temporary(err error) bool {
	return f.keys != nil && f.keys.Temporary(err) || errors.Is(err, context.Canceled)
}

// failed says whether to try again.
func (f *fetcher) failed(ref string, err error) error {
	if f.temporary(err) {
		return fmt.Errorf("read container %s: %w", ref, err)
	}
	return fmt.Errorf("%w: %s: %w", errUnreadable, ref, err)
}
