package translate

import (
	"slices"

	"github.com/avi-lbaas/avi-lbaas/internal/certificate"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/plan"
)

// The Controller's types that TLS needs, as in URLs.
const (
	TypeCertificate = "sslkeyandcertificate"
	TypePKIProfile  = "pkiprofile"
	TypeSSLProfile  = "sslprofile"
)

// typeChild is the type of the virtual service of an SNI container.
const typeChild = "VS_TYPE_VH_CHILD"

// Material is what the key manager has of everything that a tree refers to, by reference.
type Material struct {
	Certificates map[string]*certificate.Certificate
	Authorities  map[string][]certificate.Authority
	Revocations  map[string][]string // PEM
	// Unreadable says, of those that could not be read again and are only remembered, why: their objects are kept as they are,
	// and cannot be made anew.
	Unreadable map[string]string
}

// CertificateUUID is the uuid of the object of a certificate in a container. A renewed one has another, so that the new object
// is there before the old one goes. So has each tenant that uses the container: objects are a tenant's own, and no two at the
// Controller have one uuid.
func CertificateUUID(tenant, containerID, fingerprint string) string {
	return TypeCertificate + "-" + mixed(containerID, tenant+" "+fingerprint)
}

// ChildUUID is the uuid of the VirtualService of an SNI container of a listener.
func ChildUUID(containerID, listenerID string) string {
	return VirtualServiceUUID(ChildID(containerID, listenerID))
}

// ChildID is the owner of a child's pool copies.
func ChildID(containerID, listenerID string) string { return mixed(containerID, listenerID) }

// child is one SNI container of a listener.
type child struct {
	id, ref string
	domains []string
}

// children are the SNI containers of a listener that have a domain to themselves: of several for one domain the first serves it.
func (t *translator) children(l *lbaas.Listener) []child {
	var list []child
	taken := map[string]bool{}
	for _, ref := range l.TLS.SNIRefs {
		c := t.material.Certificates[ref]
		if c == nil {
			continue
		}
		own := child{id: ChildID(lbaas.ContainerID(ref), l.ID), ref: ref}
		for _, domain := range c.Domains {
			if !taken[domain] {
				taken[domain] = true
				own.domains = append(own.domains, domain)
			}
		}
		if len(own.domains) > 0 {
			list = append(list, own)
		}
	}
	return list
}

// owners are the ids of the virtual services that use a pool as their default, each of which has a copy of its own.
func (t *translator) owners(tree *lbaas.Tree, p *lbaas.Pool) []string {
	var ids []string
	for _, l := range tree.ListenersOf(p.ID) {
		ids = append(ids, l.ID)
		for _, c := range t.children(&l) {
			ids = append(ids, c.id)
		}
	}
	return ids
}

// tlsObjects are the certificates and profiles that the virtual services and pools of a tree refer to.
func (t *translator) tlsObjects(tree *lbaas.Tree) []plan.Object {
	var objects []plan.Object
	add := func(more ...plan.Object) {
		for _, o := range more {
			if !slices.ContainsFunc(objects, func(other plan.Object) bool { return other.UUID == o.UUID }) {
				objects = append(objects, o)
			}
		}
	}
	for i := range tree.Listeners {
		l := &tree.Listeners[i]
		for _, ref := range l.TLS.CertificateRefs() {
			add(t.certificate(ref)...)
		}
		add(t.listenerProfiles(l)...)
	}
	for i := range tree.Pools {
		if p := &tree.Pools[i]; p.TLS.Enabled && len(tree.ListenersOf(p.ID)) > 0 {
			add(t.certificate(p.TLS.ContainerRef)...)
			add(t.poolProfiles(p)...)
		}
	}
	return objects
}

// certificate is the object of a container's certificate, after those of its intermediates. Nothing is changed of one that is
// there but its name and chain: another certificate is another object.
func (t *translator) certificate(ref string) []plan.Object {
	c := t.material.Certificates[ref]
	if c == nil {
		return nil
	}
	objects := make([]plan.Object, 0, 1+len(c.Chain))
	fields := map[string]any{"name": TypeCertificate + "-" + lbaas.ContainerID(ref)}
	chain := plan.List{}
	for _, a := range c.Chain {
		objects = append(objects, t.authority(a))
		chain.Entries = append(chain.Entries, map[string]any{"ca_ref": refTo(TypeCertificate, authorityUUID(t.tenant, a))})
	}
	if len(chain.Entries) > 0 {
		fields["ca_certs"] = chain
	}
	o := t.object(TypeCertificate, CertificateUUID(t.tenant, lbaas.ContainerID(ref), c.Fingerprint), c.Fingerprint, fields)
	content := map[string]any{"certificate": map[string]any{"certificate": c.PEM}}
	o.Once["type"], o.Once["certificate"] = "SSL_CERTIFICATE_TYPE_VIRTUALSERVICE", content["certificate"]
	o.Same = content
	o.Secret = func() map[string]any { return map[string]any{"key": c.KeyPEM.Reveal()} }
	o.Incomplete = t.material.Unreadable[ref]
	return append(objects, o)
}

// authorityUUID is the uuid of the object of an intermediate certificate in a tenant.
func authorityUUID(tenant string, a certificate.Authority) string {
	return TypeCertificate + "-" + mixed(a.Fingerprint, tenant)
}

// authority is the object of an intermediate certificate, one for each project: equal ones are one object at the Controller
// (controller facts 2.6). Nothing of it is LBaaS's to change.
func (t *translator) authority(a certificate.Authority) plan.Object {
	name := TypeCertificate + "-ca-" + short(a.Fingerprint)
	o := t.object(TypeCertificate, authorityUUID(t.tenant, a), a.Fingerprint, map[string]any{})
	content := map[string]any{"certificate": a.PEM}
	o.Once["name"], o.Once["type"], o.Once["certificate"] = name, "SSL_CERTIFICATE_TYPE_CA", content
	o.AlternativeName = name + "-" + a.Fingerprint
	o.Same = map[string]any{"certificate": content}
	return o
}

// terminate makes a listener's virtual service decrypt. pool and address stay as they are.
func (t *translator) terminate(l *lbaas.Listener, fields map[string]any) {
	fields["type"] = "VS_TYPE_NORMAL"
	if len(t.children(l)) > 0 {
		fields["type"] = "VS_TYPE_VH_PARENT"
	}
	service := map[string]any{"port": l.ProtocolPort, "enable_ssl": true}
	if t.HTTP2 {
		service["enable_http2"] = l.OffersHTTP2()
	}
	fields["services"] = plan.List{Entries: []map[string]any{service}}
	// Without a default certificate the first of the others serves clients that name no host, as Octavia has it.
	t.serve(l, l.TLS.CertificateRefs()[:1], fields)
}

// serve sets certificates and profiles, which parent and children have alike.
func (t *translator) serve(l *lbaas.Listener, refs []string, fields map[string]any) {
	certificates := []any{}
	for _, ref := range refs {
		if c := t.material.Certificates[ref]; c != nil {
			certificates = append(certificates, refTo(TypeCertificate, CertificateUUID(t.tenant, lbaas.ContainerID(ref), c.Fingerprint)))
		}
	}
	fields["ssl_key_and_certificate_refs"] = certificates
	if l.InsertHeaders.ClientVerify {
		// The header says that certificates are good: nobody is to come through with another one.
		fields["allow_invalid_client_cert"] = false
	}
	if hasOwnApplicationProfile(l) {
		fields["application_profile_ref"] = refTo(TypeApplicationProfile, ApplicationProfileUUID(l.ID))
	}
	t.setSSLProfile(fields, l.ID, ownSSLProfile(l.TLS.Versions, l.TLS.Ciphers))
}

// setSSLProfile leaves a profile alone that somebody chose by hand, where the user asks for nothing.
func (t *translator) setSSLProfile(fields map[string]any, ownerID string, own bool) {
	uuid := TypeSSLProfile + "-" + ownerID
	switch {
	case own:
		fields["ssl_profile_ref"] = refTo(TypeSSLProfile, uuid)
	case t.made[uuid]:
		fields["ssl_profile_ref"] = nil // ours is about to go
	}
}

// childService is the virtual service of one SNI container.
func (t *translator) childService(l *lbaas.Listener, c child, pool *lbaas.Pool) plan.Object {
	fields := map[string]any{
		"name":                    fitted(t.virtualServiceName(l), "-"+c.domains[0], c.id),
		"description":             t.lb.Description + "\n" + l.Description,
		"cloud_ref":               t.cloud(),
		"enabled":                 l.AdminStateUp,
		"type":                    typeChild,
		"vh_parent_vs_ref":        refTo(TypeVirtualService, VirtualServiceUUID(l.ID)),
		"vh_domain_name":          anyList(c.domains),
		"application_profile_ref": refByName(TypeApplicationProfile, t.applicationProfile(l.Protocol)),
	}
	t.serve(l, []string{c.ref}, fields)
	t.sendTo(fields, poolID(pool), c.id)
	t.useMembersProfile(l, fields)
	o := t.object(TypeVirtualService, VirtualServiceUUID(c.id), c.id, fields)
	t.placeVirtualService(&o)
	return o
}

func anyList(texts []string) []any {
	list := make([]any, len(texts))
	for i, text := range texts {
		list[i] = text
	}
	return list
}

// encrypt sets what a pool's TLS to its members needs.
func (t *translator) encrypt(p *lbaas.Pool, fields map[string]any) {
	fields["ssl_profile_ref"], fields["pki_profile_ref"], fields["ssl_key_and_certificate_ref"] = nil, nil, nil
	if !p.TLS.Enabled {
		return
	}
	fields["ssl_profile_ref"] = refByName(TypeSSLProfile, "System-Standard")
	if ownSSLProfile(p.TLS.Versions, p.TLS.Ciphers) {
		fields["ssl_profile_ref"] = refTo(TypeSSLProfile, TypeSSLProfile+"-"+p.ID)
	}
	if p.TLS.CARef != "" {
		fields["pki_profile_ref"] = refTo(TypePKIProfile, TypePKIProfile+"-"+p.ID)
	}
	if c := t.material.Certificates[p.TLS.ContainerRef]; c != nil {
		fields["ssl_key_and_certificate_ref"] = refTo(TypeCertificate,
			CertificateUUID(t.tenant, lbaas.ContainerID(p.TLS.ContainerRef), c.Fingerprint))
	}
}
