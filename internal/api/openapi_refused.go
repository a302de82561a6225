package api

import "net/http"

// describeRefused tells, below one base, of what is refused whatever it says: operations that Octavia has for the machines of its
// own provider, and those that lack an id.
func describeRefused(d described, base string) {
	d.tell(base+"/loadbalancers/{id}/failover", http.MethodPut, operation{
		id: "failover_loadbalancer", summary: "fail a load balancer over, which the Controller does by itself: refused", refused: http.StatusNotImplemented,
	})
	d.tell(base+"/quotas", http.MethodPut, lacking("update", "quotas"))
	d.tell(base+"/quotas", http.MethodDelete, lacking("delete", "quotas"))
}

// lacking is a change or deletion that does not say of what.
func lacking(verb, collection string) operation {
	return operation{id: verb + "_no_" + collection, summary: verb + " without an id: refused", refused: http.StatusBadRequest}
}

// describeMembersPut tells of the request for all members of a pool.
func describeMembersPut(d described, base string) {
	d.tell(base+"/pools/{pool}/members", http.MethodPut, operation{
		id: "update_all_pool_members", summary: "create, update and delete members until they are those of the request",
		status: http.StatusAccepted, additive: true,
		request: func() document { return membersPut().document() },
	})
}

// describeAmphorae tells of amphorae, of which there are none.
func describeAmphorae(d described, base string) {
	d.tell(base, http.MethodGet, operation{
		id: "list_amphorae", summary: "list the amphorae: there are none", status: http.StatusOK, list: true,
		answer: func() document {
			none := document{"type": "array", "maxItems": 0}
			return exactly(document{"amphorae": none, "amphorae_links": none})
		},
	})
	d.tell(base, http.MethodDelete, lacking("delete", "amphorae"))
	for place, o := range map[[2]string]operation{
		{http.MethodGet, "/{id}"}:          {id: "show_amphora", summary: "show an amphora"},
		{http.MethodDelete, "/{id}"}:       {id: "delete_amphora", summary: "delete an amphora"},
		{http.MethodPut, "/{id}/failover"}: {id: "failover_amphora", summary: "fail an amphora over"},
		{http.MethodPut, "/{id}/config"}:   {id: "configure_amphora", summary: "update an amphora's configuration"},
		{http.MethodGet, "/{id}/stats"}:    {id: "show_amphora_stats", summary: "show an amphora's counters"},
	} {
		o.summary, o.refused = o.summary+": refused, there are none", http.StatusNotFound
		d.tell(base+place[1], place[0], o)
	}
}
