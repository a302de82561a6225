package keystone

import (
	"regexp"
	"strings"
)

// accessRulesHeader tells Keystone that we hold tokens to their access rules; without it Keystone denies knowing such a token.
const accessRulesHeader, accessRulesVersion = "OpenStack-Identity-Access-Rules", "1.0"

// AccessRule is a kind of request that a restricted application credential is good for.
type AccessRule struct {
	// Service is a service's type in the catalog, for example "load-balancer".
	Service string `json:"service"`
	// Method is that of HTTP, in capitals.
	Method string `json:"method"`
	// Path may have {name} or * for something without a slash, and ** for anything.
	Path string `json:"path"`
}

// MayRequest tells whether the token is good for a request to the service of this type. Only tokens of restricted application
// credentials are not good for every request.
func (i Identity) MayRequest(serviceType, method, path string) bool {
	if i.AccessRules == nil {
		return true
	}
	for _, rule := range i.AccessRules {
		if rule.Service == serviceType && rule.Method == method && rule.matches(path) {
			return true
		}
	}
	return false
}

// wildcards are the parts of a rule's path that stand for others. The longer one comes first.
var wildcards = regexp.MustCompile(`\*\*|\*|\{[^}]*\}`)

// matches is keystonemiddleware's _path_matches, but for its taking a dot for any character.
func (r AccessRule) matches(path string) bool {
	var pattern strings.Builder
	pattern.WriteString("^")
	end := 0
	for _, at := range wildcards.FindAllStringIndex(r.Path, -1) {
		pattern.WriteString(regexp.QuoteMeta(r.Path[end:at[0]]))
		if r.Path[at[0]:at[1]] == "**" {
			pattern.WriteString(".*")
		} else {
			pattern.WriteString("[^/]+")
		}
		end = at[1]
	}
	pattern.WriteString(regexp.QuoteMeta(r.Path[end:]) + "$")
	matched, err := regexp.MatchString(pattern.String(), path)
	return err == nil && matched
}
