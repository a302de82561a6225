package avisim

import (
	"github.com/avi-lbaas/avi-lbaas/internal/avisim/schema"
)

// checkPolicySet: rules have indexes of their own, and a switch knows where to.
func checkPolicySet(d *draft) error {
	for _, stage := range []string{"http_security_policy", "http_request_policy", "http_response_policy"} {
		if err := checkRuleIndexes(object(d.body, stage), stage+".rules"); err != nil {
			return err
		}
	}
	for _, rule := range objects(object(d.body, "http_request_policy"), "rules") {
		switching := object(rule, "switching_action")
		name := text(rule, "name")
		switch text(switching, "action") {
		case "HTTP_SWITCHING_SELECT_POOL":
			if switching["pool_ref"] == nil {
				return badRequest("Rule %s: HTTP_SWITCHING_SELECT_POOL needs a pool_ref", name)
			}
		case "HTTP_SWITCHING_SELECT_POOLGROUP":
			if switching["pool_group_ref"] == nil {
				return badRequest("Rule %s: HTTP_SWITCHING_SELECT_POOLGROUP needs a pool_group_ref", name)
			}
		case "HTTP_SWITCHING_SELECT_LOCAL":
			if switching["status_code"] == nil && switching["other_status_code"] == nil {
				return badRequest("Rule %s: HTTP_SWITCHING_SELECT_LOCAL needs a status_code", name)
			}
		}
		if switching != nil && rule["redirect_action"] != nil {
			return badRequest("Rule %s cannot both redirect and switch", name)
		}
	}
	return nil
}

// checkRuleIndexes: the index orders the rules of a list, so that no two have the same.
func checkRuleIndexes(policy schema.Object, list string) error {
	seen := map[int64]bool{}
	for _, rule := range objects(policy, "rules") {
		index := number(rule, "index")
		if seen[index] {
			return badRequest("Field check for %s failed: Unique constraints index has duplicated value", list)
		}
		seen[index] = true
	}
	return nil
}
