package keystone

import (
	"errors"
	"slices"
	"strings"
	"time"
)

// Identity is who sent a request, as Keystone says.
type Identity struct {
	UserID, UserName             string
	UserDomainID, UserDomainName string
	ProjectID, ProjectName       string // set if and only if the token is for a project
	ProjectDomainID              string
	DomainID, DomainName         string // set if and only if the token is for a domain
	SystemScope                  string // "all" if and only if the token is for the system
	Roles                        []string
	ApplicationCredentialID      string // set if and only if the token came from one
	// AccessRules are the only requests that the token is good for; nil if it is good for all. MayRequest tells.
	AccessRules  []AccessRule
	TokenExpires time.Time
}

// HasRole compares as oslo.policy does, without regard to case.
func (i Identity) HasRole(role string) bool {
	return slices.ContainsFunc(i.Roles, func(r string) bool { return strings.EqualFold(r, role) })
}

type namedInDomain struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Domain struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	} `json:"domain"`
}

// tokenDocument is what Keystone answers about a token.
type tokenDocument struct {
	Token struct {
		ExpiresAt time.Time      `json:"expires_at"`
		User      namedInDomain  `json:"user"`
		Project   *namedInDomain `json:"project"`
		Domain    *struct {
			ID   string `json:"id"`
			Name string `json:"name"`
		} `json:"domain"`
		System *struct {
			All bool `json:"all"`
		} `json:"system"`
		Roles []struct {
			Name string `json:"name"`
		} `json:"roles"`
		ApplicationCredential *struct {
			ID          string       `json:"id"`
			AccessRules []AccessRule `json:"access_rules"`
		} `json:"application_credential"`
	} `json:"token"`
}

// identity refuses a document that lacks what every token has: it would be somebody without a name.
func (d tokenDocument) identity() (Identity, error) {
	t := d.Token
	if t.User.ID == "" || t.ExpiresAt.IsZero() {
		return Identity{}, errors.New("the answer lacks the token's user or expiry")
	}
	i := Identity{
		UserID: t.User.ID, UserName: t.User.Name, UserDomainID: t.User.Domain.ID, UserDomainName: t.User.Domain.Name,
		TokenExpires: t.ExpiresAt,
	}
	if t.Project != nil {
		i.ProjectID, i.ProjectName, i.ProjectDomainID = t.Project.ID, t.Project.Name, t.Project.Domain.ID
	}
	if t.Domain != nil {
		i.DomainID, i.DomainName = t.Domain.ID, t.Domain.Name
	}
	if t.System != nil && t.System.All {
		i.SystemScope = "all"
	}
	for _, role := range t.Roles {
		i.Roles = append(i.Roles, role.Name)
	}
	if t.ApplicationCredential != nil {
		i.ApplicationCredentialID, i.AccessRules = t.ApplicationCredential.ID, t.ApplicationCredential.AccessRules
	}
	return i, nil
}
