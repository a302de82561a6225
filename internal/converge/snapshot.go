package converge

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"strings"

	"github.com/avi-lbaas/avi-lbaas/internal/avi"
)

// Snapshot holds objects that were read in pages, so that many load balancers can be compared without a request for each object.
// Its pages are read at different times: what was written meanwhile may show or not.
type Snapshot struct {
	Reader // for everything but Get

	// objects are texts: decoded, those of some thousand load balancers take several times the room, and each is looked at once.
	objects map[string]json.RawMessage
}

// TakeSnapshot lists the objects of types, of all tenants that the Controller's user may read. It keeps those that keep says.
func TakeSnapshot(ctx context.Context, r Reader, types []string, keep func(typ string, o avi.Object) bool) (*Snapshot, error) {
	s := &Snapshot{Reader: r, objects: map[string]json.RawMessage{}}
	for _, typ := range types {
		if err := s.Add(ctx, typ, nil, keep); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Add lists objects of one type, narrowed by query, into the snapshot.
func (s *Snapshot) Add(ctx context.Context, typ string, query url.Values, keep func(typ string, o avi.Object) bool) error {
	all := url.Values{"include_name": {"true"}}
	maps.Copy(all, query)
	for o, err := range s.List(ctx, avi.AllTenants, typ, all) {
		if err != nil {
			return fmt.Errorf("list the %s objects of all tenants: %w", typ, err)
		}
		if !keep(typ, o) {
			continue
		}
		text, err := json.Marshal(o)
		if err != nil {
			return fmt.Errorf("keep %s %s: %w", typ, o.UUID(), err)
		}
		s.objects[typ+"/"+o.UUID()] = text
	}
	return nil
}

// Get finds an object of the snapshot; avi.NotFound when it has none.
func (s *Snapshot) Get(_ context.Context, tenant, typ, uuid string) (avi.Object, error) {
	if o, there := s.Find(typ, uuid); there {
		return o, nil
	}
	return nil, &avi.Error{Kind: avi.NotFound, Type: typ, UUID: uuid, Tenant: tenant, Message: "not among the objects that were listed"}
}

// Find gives an object of the snapshot.
func (s *Snapshot) Find(typ, uuid string) (o avi.Object, there bool) {
	return s.object(typ + "/" + uuid)
}

// object decodes what Add has encoded, which cannot fail.
func (s *Snapshot) object(key string) (o avi.Object, there bool) {
	text, there := s.objects[key]
	if !there {
		return nil, false
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	err := d.Decode(&o)
	return o, err == nil
}

// All calls f for each object, in no order.
func (s *Snapshot) All(f func(typ string, o avi.Object)) {
	for key := range s.objects {
		if o, there := s.object(key); there {
			typ, _, _ := strings.Cut(key, "/")
			f(typ, o)
		}
	}
}
