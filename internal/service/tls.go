package service

import (
	"context"
	"errors"
	"fmt"

	"github.com/avi-lbaas/avi-lbaas/internal/barbican"
	"github.com/avi-lbaas/avi-lbaas/internal/certificate"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// KeyViewer looks at the key manager with somebody's eyes. *barbican.Client implements it.
type KeyViewer interface {
	// Visible fails for what that somebody may not see.
	Visible(ctx context.Context, ref string) error
}

// Keys is the key manager as this service's own user sees it. *barbican.Client implements it.
type Keys interface {
	Material(ctx context.Context, ref string) (certificate.Material, error)
	Payload(ctx context.Context, ref string) ([]byte, error)
	// Reader names this service's own user, for the owner's access list.
	Reader(ctx context.Context) (string, error)
}

// checkListenerCreation looks at the containers of a new listener.
func (s *Service) checkListenerCreation(ctx context.Context, c Caller, l *lbaas.Listener, in lbaas.ListenerTLSInput) error {
	if !namesListenerContainers(in) {
		return nil
	}
	// Who may not touch the load balancer learns nothing of containers either.
	if _, err := s.LoadBalancer(ctx, c, l.LoadBalancerID); err != nil {
		return err
	}
	return s.checkListenerContainers(ctx, c, &l.TLS, in)
}

// checkListenerUpdate looks at the containers that a request newly names.
func (s *Service) checkListenerUpdate(ctx context.Context, c Caller, id string, in lbaas.ListenerInput) error {
	if !namesListenerContainers(in.ListenerTLSInput) {
		return nil
	}
	l, err := s.Listener(ctx, c, id)
	if err != nil {
		return err
	}
	if err := l.Update(in); err != nil {
		return err
	}
	return s.checkListenerContainers(ctx, c, &l.TLS, in.ListenerTLSInput)
}

func namesListenerContainers(in lbaas.ListenerTLSInput) bool {
	return in.DefaultTLSContainerRef.Or("") != "" || len(in.SNIContainerRefs.Or(nil)) > 0 ||
		in.ClientCATLSContainerRef.Or("") != "" || in.ClientCRLContainerRef.Or("") != ""
}

func (s *Service) checkListenerContainers(ctx context.Context, c Caller, t *lbaas.ListenerTLS, in lbaas.ListenerTLSInput) error {
	k := keyCheck{service: s, caller: c}
	if err := k.certificates(ctx, append([]string{in.DefaultTLSContainerRef.Or("")}, in.SNIContainerRefs.Or(nil)...)); err != nil {
		return err
	}
	if in.ClientCATLSContainerRef.HasValue() || in.ClientCRLContainerRef.HasValue() {
		return k.authorities(ctx, t.ClientCARef, t.ClientCRLRef)
	}
	return nil
}

// checkPoolCreation looks at the containers of a new pool.
func (s *Service) checkPoolCreation(ctx context.Context, c Caller, p *lbaas.Pool, in lbaas.PoolInput) error {
	if !namesPoolContainers(in.PoolTLSInput) {
		return nil
	}
	if err := s.mayCreatePool(ctx, c, p, in); err != nil {
		return err
	}
	return s.checkPoolContainers(ctx, c, &p.TLS, in.PoolTLSInput)
}

func (s *Service) mayCreatePool(ctx context.Context, c Caller, p *lbaas.Pool, in lbaas.PoolInput) (err error) {
	if p.LoadBalancerID != "" {
		_, err = s.LoadBalancer(ctx, c, p.LoadBalancerID)
	} else {
		_, err = s.Listener(ctx, c, in.ListenerID.Or(""))
	}
	return err
}

// checkPoolUpdate looks at the containers that a request newly names.
func (s *Service) checkPoolUpdate(ctx context.Context, c Caller, id string, in lbaas.PoolInput) error {
	if !namesPoolContainers(in.PoolTLSInput) {
		return nil
	}
	p, err := s.Pool(ctx, c, id)
	if err != nil {
		return err
	}
	if err := p.Update(in); err != nil {
		return err
	}
	return s.checkPoolContainers(ctx, c, &p.TLS, in.PoolTLSInput)
}

func namesPoolContainers(in lbaas.PoolTLSInput) bool {
	return in.TLSContainerRef.Or("") != "" || in.CATLSContainerRef.Or("") != "" || in.CRLContainerRef.Or("") != ""
}

func (s *Service) checkPoolContainers(ctx context.Context, c Caller, t *lbaas.PoolTLS, in lbaas.PoolTLSInput) error {
	k := keyCheck{service: s, caller: c}
	if err := k.certificates(ctx, []string{in.TLSContainerRef.Or("")}); err != nil {
		return err
	}
	if in.CATLSContainerRef.HasValue() || in.CRLContainerRef.HasValue() {
		return k.authorities(ctx, t.CARef, t.CRLRef)
	}
	return nil
}

// keyCheck looks at containers for one request: they have to be there, whoever asks has to see them (or a tenant could use
// another one's), this service has to be able to read them, and they have to hold what is needed.
type keyCheck struct {
	service *Service
	caller  Caller
}

// certificates looks at each container once.
func (k keyCheck) certificates(ctx context.Context, refs []string) error {
	var bad unusableContainers
	checked := map[string]bool{"": true}
	for _, ref := range refs {
		if checked[ref] {
			continue
		}
		checked[ref] = true
		if err := bad.add(k.certificate(ctx, ref)); err != nil {
			return err
		}
	}
	return bad.refusal()
}

func (k keyCheck) certificate(ctx context.Context, ref string) error {
	if err := k.visible(ctx, ref); err != nil {
		return err
	}
	m, err := k.service.keys.Material(ctx, ref)
	if err == nil {
		_, err = certificate.Parse(m)
	}
	return k.refusal(ctx, ref, err)
}

func (k keyCheck) authorities(ctx context.Context, caRef, crlRef string) error {
	if caRef == "" {
		return nil
	}
	var bad unusableContainers
	bundle, err := k.payload(ctx, caRef)
	if err == nil {
		_, err = certificate.ParseAuthorities(bundle)
		err = k.refusal(ctx, caRef, err)
	}
	if err := bad.add(err); err != nil {
		return err
	}
	if crlRef != "" {
		lists, err := k.payload(ctx, crlRef)
		if err == nil && bad.refusal() == nil {
			_, err = certificate.ParseRevocations(lists, bundle)
			err = k.refusal(ctx, crlRef, err)
		}
		if err := bad.add(err); err != nil {
			return err
		}
	}
	return bad.refusal()
}

// payload reads a secret that the caller may see.
func (k keyCheck) payload(ctx context.Context, ref string) ([]byte, error) {
	if err := k.visible(ctx, ref); err != nil {
		return nil, err
	}
	payload, err := k.service.keys.Payload(ctx, ref)
	return payload, k.refusal(ctx, ref, err)
}

// visible holds callers to what they may see themselves. Global callers act for every project.
func (k keyCheck) visible(ctx context.Context, ref string) error {
	s := k.service
	if s.keys == nil {
		return lbaas.Unsupportedf(lbaas.ProviderDisplayName, "%s: this deployment has no key manager", ref)
	}
	if s.keysAs == nil || k.caller.Token == "" || k.caller.Global {
		return nil
	}
	err := s.keysAs(k.caller.Token).Visible(ctx, ref)
	if errors.Is(err, barbican.ErrForbidden) {
		return unusable(ref, "you may not see it in the key manager yourself", err)
	}
	return k.refusal(ctx, ref, err)
}

// refusal tells the user what is wrong with a container.
func (k keyCheck) refusal(ctx context.Context, ref string, err error) error {
	if err == nil {
		return nil
	}
	if wrong, ok := errors.AsType[*certificate.Error](err); ok {
		return unusable(ref, wrong.Reason, err)
	}
	e, ok := errors.AsType[*barbican.Error](err)
	switch {
	case !ok:
		return fmt.Errorf("check container %s: %w", ref, err)
	case errors.Is(err, barbican.ErrNotFound):
		return unusable(ref, e.Doing+": the key manager has no such thing", err)
	case errors.Is(err, barbican.ErrInvalid):
		return unusable(ref, e.Message, err)
	case errors.Is(err, barbican.ErrForbidden):
		reader, readerErr := k.service.keys.Reader(ctx)
		if readerErr != nil {
			reader = "the user of the load balancing service"
		}
		return unusable(ref, fmt.Sprintf("%s: %s may not read it. Its owner has to add that user to the access lists of the container "+
			"and of each of its secrets (openstack acl user add)", e.Doing, reader), err)
	}
	return &lbaas.Error{Kind: lbaas.KindUnavailable, Message: "The key manager is not available.", Err: err}
}
