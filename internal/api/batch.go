package api

import (
	"context"
	"net/http"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// membersPut is the body of a request for all members of a pool.
func membersPut() schema {
	member := schema{argument: "members_.members", attributes: memberPost().attributes}
	return schema{argument: "members_", attributes: []attribute{listing("members", member)}}
}

// replaceMembers answers a request for all members of a pool. Octavia's has no body.
func (s *server) replaceMembers(ctx context.Context, c *call) (answer, error) {
	pool, err := pathID(c.request, "pool", "Pool")
	if err != nil {
		return answer{}, err
	}
	const additiveOnly = "additive_only"
	query, err := queryOf(c.request, false, additiveOnly)
	if err != nil {
		return answer{}, err
	}
	additive, err := switchedOn(query, additiveOnly)
	if err != nil {
		return answer{}, err
	}
	body, err := readBody(c.request)
	if err != nil {
		return answer{}, orNowhere(err, s.withinPool(ctx, c.caller, place{pool: pool}))
	}
	values, err := membersPut().read(body)
	if err != nil {
		return answer{}, orNowhere(err, s.withinPool(ctx, c.caller, place{pool: pool}))
	}
	if values["members"] == nil {
		return answer{}, orNowhere(malformed(`Missing argument: "members"`, nil), s.withinPool(ctx, c.caller, place{pool: pool}))
	}
	in, err := fill[struct {
		Members []lbaas.MemberInput `json:"members"`
	}](values)
	if err != nil {
		return answer{}, err
	}
	// It is all of these actions, to Octavia too.
	caller := also(c.caller, Action{ruleMember, verbPost})
	if !additive {
		caller = also(c.caller, Action{ruleMember, verbPost}, Action{ruleMember, verbDelete})
	}
	if err := s.service.ReplaceMembers(ctx, caller, pool, in.Members, additive); err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusAccepted}, nil
}
