package avisim

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim/schema"
)

// savedObject is one object in the state file.
type savedObject struct {
	Type        string          `json:"type"`
	Tenant      string          `json:"tenant"`
	System      bool            `json:"system,omitempty"`
	Owner       string          `json:"owner,omitempty"` // "/api/cloud/…"
	ImplicitVRF bool            `json:"implicit_vrf,omitempty"`
	Modified    int64           `json:"modified"`
	Version     int64           `json:"version"`
	Object      json.RawMessage `json:"object"`
}

// saveState writes the state file, if there is one. The caller holds the lock.
func (s *Server) saveState() error {
	path := s.options.StateFile
	if path == "" {
		return nil
	}
	var all []*record
	for _, list := range s.store.byModel {
		all = append(all, list...)
	}
	slices.SortFunc(all, func(a, b *record) int { return int(a.sequence - b.sequence) })
	saved := make([]savedObject, 0, len(all))
	stored := view{version: s.schema.Version}
	for _, r := range all {
		o := savedObject{
			Type: r.model.Name, Tenant: r.tenant, System: r.system, ImplicitVRF: r.implicitVRF,
			Modified: r.modified, Version: r.version, Object: stored.appendObject(nil, r.model, r.body, nil),
		}
		if r.owner != nil {
			o.Owner = r.owner.Path()
		}
		saved = append(saved, o)
	}
	data, err := json.Marshal(saved)
	if err != nil {
		return fmt.Errorf("encoding the state: %w", err)
	}
	return writeFileAtomically(path, data)
}

func writeFileAtomically(path string, data []byte) error {
	temporary, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // created with mode 0600
	if err != nil {
		return fmt.Errorf("writing state file %s: %w", path, err)
	}
	_, err = temporary.Write(data)
	err = errors.Join(err, temporary.Sync(), temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("writing state file %s: %w", path, errors.Join(err, os.Remove(temporary.Name())))
	}
	return nil
}

// loadState takes the state file's objects over those made at the start.
func (s *Server) loadState() error {
	path := s.options.StateFile
	if path == "" {
		return nil
	}
	data, err := os.ReadFile(path) //nolint:gosec // the operator names the file
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading state file %s: %w", path, err)
	}
	var saved []savedObject
	if err := json.Unmarshal(data, &saved); err != nil {
		return fmt.Errorf("reading state file %s: %w", path, err)
	}
	for _, o := range saved {
		if err := s.loadObject(o); err != nil {
			return fmt.Errorf("reading state file %s: %s of tenant %s: %w", path, o.Type, o.Tenant, err)
		}
	}
	return nil
}

func (s *Server) loadObject(saved savedObject) error {
	model := s.models[strings.ToLower(saved.Type)]
	if model == nil {
		return errors.New("unknown type")
	}
	raw, err := decodeObject(saved.Object)
	if err != nil {
		return err
	}
	decoder := schema.Decoder{Version: s.schema.Version, Resolve: s.storedRef}
	body, err := decoder.Object(model, raw)
	if err != nil {
		return err
	}
	r := s.store.get(model.Name, text(body, "uuid"))
	if r != nil {
		s.store.update(r, body, s.now())
	} else {
		r = &record{model: model, uuid: text(body, "uuid"), tenant: saved.Tenant, cloud: refUUID(body, "cloud_ref"), name: text(body, "name"), body: body}
		s.store.insert(r, s.now())
	}
	if saved.Owner != "" {
		owner, err := s.storedRef("", saved.Owner)
		if err != nil {
			return err
		}
		r.owner = &owner
	}
	r.system, r.implicitVRF, r.modified, r.version = saved.System, saved.ImplicitVRF, saved.Modified, saved.Version
	s.store.lastStamp = max(s.store.lastStamp, saved.Modified)
	return nil
}

// storedRef reads "/api/pool/pool-1" without asking whether there is such an object: it may come later in the file.
func (s *Server) storedRef(_, reference string) (schema.Ref, error) {
	segments := pathSegments(reference)
	if len(segments) != 3 || s.models[segments[1]] == nil {
		return schema.Ref{}, fmt.Errorf("reference %q is not of the form /api/<type>/<uuid>", reference)
	}
	return schema.Ref{Type: s.models[segments[1]].Name, UUID: segments[2]}, nil
}
