package translate

import (
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
)

// The Controller's types that LBaaS objects become, as in URLs.
const (
	TypeVirtualService = "virtualservice"
	TypeVsVip          = "vsvip"
	TypePool           = "pool"
	TypeHealthMonitor  = "healthmonitor"
	TypePersistence    = "applicationpersistenceprofile"

	TypePolicySet          = "httppolicyset"
	TypeNetworkSecurity    = "networksecuritypolicy"
	TypeApplicationProfile = "applicationprofile"
	TypeVRFContext         = "vrfcontext"
	TypePoolGroup          = "poolgroup"
	TypeNetworkProfile     = "networkprofile"
)

// TenantUUID is the Avi tenant of an OpenStack project: "tenant-" and the project's id with dashes (controller facts 3).
func TenantUUID(projectID string) string {
	if id, err := uuid.Parse(projectID); err == nil {
		return "tenant-" + id.String()
	}
	return "tenant-" + projectID
}

// VsVipUUID is the uuid of a load balancer's VsVip.
func VsVipUUID(loadBalancerID string) string { return TypeVsVip + "-" + loadBalancerID }

// VirtualServiceUUID is the uuid of a listener's VirtualService.
func VirtualServiceUUID(listenerID string) string { return TypeVirtualService + "-" + listenerID }

// PoolUUID is the uuid of the copy of a pool that one virtual service uses; the owner is the listener's id. Avi pools are not
// shared, so each virtual service has its own.
func PoolUUID(poolID, ownerID string) string { return TypePool + "-" + mixed(poolID, ownerID) }

// HealthMonitorUUID is the uuid of a health monitor.
func HealthMonitorUUID(monitorID string) string { return TypeHealthMonitor + "-" + monitorID }

// PersistenceUUID is the uuid of the profile of a pool's application-cookie persistence.
func PersistenceUUID(poolID string) string { return TypePersistence + "-" + poolID }

// PolicySetUUID is the uuid of the HTTPPolicySet of the virtual service with that owner: its L7 policies and inserted headers.
func PolicySetUUID(ownerID string) string { return TypePolicySet + "-" + ownerID }

// NetworkSecurityUUID is the uuid of the NetworkSecurityPolicy of the virtual service with that owner: its allowed CIDRs.
func NetworkSecurityUUID(ownerID string) string { return TypeNetworkSecurity + "-" + ownerID }

// ApplicationProfileUUID is the uuid of the ApplicationProfile that only the virtual service with that owner uses.
func ApplicationProfileUUID(ownerID string) string { return TypeApplicationProfile + "-" + ownerID }

// mixed is the version-5 uuid in the namespace of one id of the text of another. An id that is no uuid is its own namespace by
// way of another hash, so that ids of any form stay apart.
func mixed(id, owner string) string {
	space, err := uuid.Parse(id)
	if err != nil {
		space = uuid.NewSHA1(uuid.Nil, []byte(id))
	}
	return uuid.NewSHA1(space, []byte(owner)).String()
}

func refTo(typ, objectUUID string) string { return "/api/" + typ + "/" + objectUUID }

func refByName(typ, name string) string { return "/api/" + typ + "?name=" + name }

// maxName is the longest name that the Controller documents, in characters (controller facts 2.10).
const maxName = 128

// fitted shortens a name that is too long and keeps it unique by the start of the object's own id; tail is never cut.
func fitted(head, tail, id string) string {
	if utf8.RuneCountInString(head+tail) <= maxName {
		return head + tail
	}
	tail = "-" + short(id) + tail
	room := maxName - utf8.RuneCountInString(tail)
	runes := []rune(head)
	return strings.TrimSpace(string(runes[:room])) + tail
}

// alternative is the name for an object whose own name is another object's.
func alternative(name, id string) string { return fitted(name, "-"+short(id), id) }

// short is the start of an id, enough to tell objects of one name apart.
func short(id string) string {
	runes := []rune(id)
	return string(runes[:min(8, len(runes))])
}
