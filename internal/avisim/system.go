package avisim

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim/schema"
)

//go:embed system.json
var systemObjects []byte

const (
	// defaultCloudUUID is systemUUID of Default-Cloud, the same in every simulated Controller.
	defaultCloudUUID = "cloud-7d814b3d-e370-56aa-b85d-8f4fbc4cdb90"
	defaultGroup     = "Default-Group"
)

// systemUUID makes the uuid of a system-default object out of what names it, so that it survives restarts.
func systemUUID(model string, names ...string) string {
	if model == "Tenant" {
		return names[0] // the admin tenant's uuid is "admin" (controller facts 2.2)
	}
	return strings.ToLower(model) + "-" + uuid.NewSHA1(uuid.NameSpaceURL, []byte(model+"/"+strings.Join(names, "/"))).String()
}

// seed makes the objects that every Controller has (controller facts 5), and the tenants of the options.
func (s *Server) seed() error {
	decoder := json.NewDecoder(bytes.NewReader(systemObjects))
	decoder.UseNumber()
	var list []struct {
		Type   string         `json:"type"`
		Since  string         `json:"since"`
		Object map[string]any `json:"object"`
	}
	if err := decoder.Decode(&list); err != nil {
		return fmt.Errorf("reading the list of system objects: %w", err)
	}
	for _, item := range list {
		if item.Since != "" {
			since, err := schema.ParseVersion(item.Since)
			if err != nil {
				return err
			}
			if s.version.Less(since) {
				continue
			}
		}
		model := s.schema.Message(item.Type)
		if model == nil || !model.Root {
			model = s.readOnlyModel(item.Type)
		}
		if err := s.seedObject(model, item.Object); err != nil {
			return fmt.Errorf("%s %v: %w", item.Type, item.Object["name"], err)
		}
	}
	if err := s.seedCertificates(); err != nil {
		return err
	}
	for _, tenant := range s.options.Tenants {
		if err := s.insertTenant(tenant); err != nil {
			return err
		}
	}
	return nil
}

// readOnlyModel stands for a type that the schema does not describe, of which only default objects are kept.
func (s *Server) readOnlyModel(name string) *schema.Message {
	key := strings.ToLower(name)
	if s.models[key] == nil {
		s.models[key] = schema.Minimal(name)
		s.readOnly[name] = true
	}
	return s.models[key]
}

func (s *Server) seedObject(model *schema.Message, raw map[string]any) error {
	resolve := (&resolver{store: s.store, tenant: adminTenant, models: s.models, status: 500}).resolve
	body, err := (&schema.Decoder{Version: s.schema.Version, Resolve: resolve}).Object(model, raw)
	if err != nil {
		return err
	}
	d := &draft{
		model: model, uuid: systemUUID(model.Name, text(body, "name")), tenant: adminTenant, body: body,
		knobs: Knobs{}.withDefaults(),
	}
	if model.Name == "Tenant" {
		// The admin tenant's own reference to a tenant cannot be resolved before it is there; tenants have none.
		delete(body, "tenant_ref")
	}
	if err := s.finish(d); err != nil {
		return err
	}
	s.commit(d, s.now()).system = true
	return nil
}

// seedCertificates makes the default certificates, with keys of this start: a state file keeps them.
func (s *Server) seedCertificates() error {
	now := time.Now()
	for _, item := range []struct{ name, kind string }{
		{"System-Default-Cert", "VIRTUALSERVICE"},
		{"System-Default-Cert-EC", "VIRTUALSERVICE"},
		{"System-Default-Portal-Cert", "SYSTEM"},
		{"System-Default-Portal-Cert-EC256", "SYSTEM"},
		{"System-Default-Secure-Channel-Cert", "SYSTEM"},
		{"System-Default-Root-CA", "CA"},
	} {
		certificate, key := s.ca.pem, []byte(nil)
		if item.kind != "CA" {
			var err error
			if certificate, key, err = s.ca.issue(item.name, nil, now); err != nil {
				return err
			}
		}
		raw := map[string]any{
			"name": item.name, "type": "SSL_CERTIFICATE_TYPE_" + item.kind,
			"certificate": map[string]any{"certificate": string(certificate)},
		}
		if key != nil {
			raw["key"] = string(key)
		}
		if err := s.seedObject(s.schema.Message("SSLKeyAndCertificate"), raw); err != nil {
			return fmt.Errorf("certificate %s: %w", item.name, err)
		}
	}
	return nil
}

// importTenant makes the tenant of a Keystone project that a request is the first to name.
func (s *Server) importTenant(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.insertTenant(Tenant{UUID: id, Name: "project-" + strings.TrimPrefix(id, "tenant-")}); err != nil {
		return err
	}
	return s.saveState()
}

// insertTenant makes a tenant as the import from Keystone does: not local. One that is there stays as it is.
func (s *Server) insertTenant(tenant Tenant) error {
	if s.store.get("Tenant", tenant.UUID) != nil {
		return nil
	}
	d := &draft{
		model: s.schema.Message("Tenant"), uuid: tenant.UUID, tenant: adminTenant, knobs: s.knobs,
		body: schema.Object{"name": tenant.Name, "local": false},
	}
	if err := s.finish(d); err != nil {
		return fmt.Errorf("adding tenant %s: %w", tenant.UUID, err)
	}
	s.commit(d, s.now())
	return nil
}

// cloudEffects: each cloud gets an SE group and two VRF contexts (controller facts 5).
func (s *Server) cloudEffects(d *draft) []func(time.Time) {
	if !d.creating() {
		return nil
	}
	owner := schema.Ref{Type: "Cloud", UUID: d.uuid}
	return []func(time.Time){func(now time.Time) {
		s.insertOwned("ServiceEngineGroup", defaultGroup, adminTenant, d.uuid, owner, now)
		s.insertOwned("VrfContext", "global", adminTenant, d.uuid, owner, now)
		s.insertOwned("VrfContext", "management", adminTenant, d.uuid, owner, now)
	}}
}

// tenantEffects: a tenant may have VRF contexts and an SE group of its own in each cloud (controller facts 3).
func (s *Server) tenantEffects(d *draft) []func(time.Time) {
	settings := object(d.body, "config_settings")
	if !d.creating() {
		return nil
	}
	owner := schema.Ref{Type: "Tenant", UUID: d.uuid}
	return []func(time.Time){func(now time.Time) {
		for _, cloud := range s.store.byModel["Cloud"] {
			if flag(settings, "tenant_vrf") {
				s.insertOwned("VrfContext", "global", d.uuid, cloud.uuid, owner, now)
				s.insertOwned("VrfContext", "management", d.uuid, cloud.uuid, owner, now)
			}
			if !flag(settings, "se_in_provider_context") {
				s.insertOwned("ServiceEngineGroup", defaultGroup, d.uuid, cloud.uuid, owner, now)
			}
		}
	}}
}

func (s *Server) insertOwned(model, name, tenant, cloud string, owner schema.Ref, now time.Time) {
	m := s.schema.Message(model)
	body := schema.Object{
		"name": name, "uuid": systemUUID(model, cloud, tenant, name),
		"tenant_ref": schema.Ref{Type: "Tenant", UUID: tenant}, "cloud_ref": schema.Ref{Type: "Cloud", UUID: cloud},
	}
	if model == "VrfContext" {
		body["system_default"] = true
	}
	if err := schema.Complete(m, body); err != nil {
		panic(fmt.Sprintf("avisim: a default %s is not complete: %v", model, err))
	}
	s.store.insert(&record{
		model: m, uuid: text(body, "uuid"), tenant: tenant, cloud: cloud, name: name, body: body,
		system: true, owner: &owner,
	}, now)
}
