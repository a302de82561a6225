package api

import (
	"net/http"

	"github.com/avi-lbaas/avi-lbaas/internal/service"
)

// describeQuotas tells of quotas, below one base.
func describeQuotas(d described, base string) {
	view := func() document {
		properties := document{}
		for name := range renderQuotas(service.Quotas{}) {
			properties[name] = document{"type": []string{"integer", "null"}}
		}
		properties["project_id"], properties["tenant_id"] = document{"type": "string"}, document{"type": "string"}
		return exactly(properties)
	}
	one := func() document { return rooted("quota", view()) }
	d.tell(base+"/quotas", http.MethodGet, operation{
		id: "list_quotas", summary: "list the quotas of projects that have some of their own", status: http.StatusOK, list: true,
		answer: func() document {
			return exactly(document{
				"quotas":       document{"type": "array", "items": view()},
				"quotas_links": document{"type": "array", "items": reference("schemas/Link")},
			})
		},
	})
	project := base + "/quotas/{project}"
	d.tell(project, http.MethodGet, operation{id: "show_quotas", summary: "show a project's quotas", status: http.StatusOK, answer: one})
	d.tell(project, http.MethodPut, operation{
		id: "update_quotas", summary: "give a project quotas of its own", status: http.StatusAccepted, answer: one,
		request: func() document { return rooted(quotaPut().root, quotaPut().document()) },
	})
	d.tell(project, http.MethodDelete, operation{id: "delete_quotas", summary: "give a project the default quotas again", status: http.StatusAccepted})
	d.tell(project+"/default", http.MethodGet, operation{
		id: "show_default_quotas", summary: "show the quotas of projects without their own", status: http.StatusOK, answer: one,
	})
}
