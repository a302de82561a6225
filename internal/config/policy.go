package config

import (
	"os"
	"path/filepath"

	"github.com/avi-lbaas/avi-lbaas/internal/config/oslo"
)

// Policy is [oslo_policy]: who may do what.
type Policy struct {
	File string // the policy file; relative to the configuration file that names it unless absolute
	// FileRequired says that the file has to be there: the configuration names it, and not by the usual name.
	FileRequired bool
	Dirs         []string // directories of more policy files, in order; none need be there

	DefaultRoles       DefaultRoles // the roles that rules know which no file replaces
	EnforceNewDefaults bool         // Octavia's way to say RolesKeystone; it goes with no other DefaultRoles that is said
	EnforceScope       bool         // refuse tokens of a scope that a rule is not for
	DefaultRule        string       // the rule that stands in for those that there are not
}

// DefaultRoles is a set of roles that the rules know without a policy file, besides admin.
type DefaultRoles string

// The sets of roles.
const (
	RolesLoadBalancer DefaultRoles = "load-balancer" // load-balancer_member and its kin
	RolesKeystone     DefaultRoles = "keystone"      // member and reader
	RolesBoth         DefaultRoles = "both"
)

// Roles is the set of roles that is in force.
func (p *Policy) Roles() DefaultRoles {
	if p.EnforceNewDefaults {
		return RolesKeystone
	}
	return p.DefaultRoles
}

const sectionPolicy = "oslo_policy"

// The names that are looked for where the configuration names no policy file, the older one last.
const defaultPolicyFile, oldPolicyFile = "policy.yaml", "policy.json"

func policySettings(p *Policy) []setting {
	return []setting{
		text("policy_file", &p.File, "The file with rules that replace Octavia's, YAML or JSON. One of another name than policy.yaml has to be there. "+
			"Relative paths begin at the configuration file. Where there is no policy.yaml, policy.json is taken."),
		{
			Option: Option{
				Name: "policy_dirs", Type: "text", Default: "policy.d", Multi: true,
				Help: "A directory whose files are read after policy_file, in order of their names.",
			},
			set: func(text string) error { p.Dirs = append(p.Dirs, text); return nil },
		},
		choice("default_roles", &p.DefaultRoles, []DefaultRoles{RolesLoadBalancer, RolesKeystone, RolesBoth},
			"The roles that count without a policy file, besides admin: load-balancer_member and its kin, as in Octavia's releases up to 2024.2; "+
				"Keystone's own (member, reader), as in those since; or both. An option of this service's own."),
		boolean("enforce_new_defaults", &p.EnforceNewDefaults,
			"Octavia's way to say default_roles = keystone."),
		boolean("enforce_scope", &p.EnforceScope, "Refuse tokens of another scope (project, domain, system) than a rule is for."),
		text("policy_default_rule", &p.DefaultRule, "The rule that stands in for those that there are not."),
	}
}

// completePolicy makes paths of the names of policy files, which begin at the configuration file that has them, and wants the two
// ways to say which roles count to say the same.
func (l *loader) completePolicy() {
	p := &l.config.Policy
	if _, said := l.src.found[keyOf(sectionPolicy, "default_roles")]; said && p.Roles() != p.DefaultRoles {
		l.fail(l.src.problem(sectionPolicy, "default_roles", "contradicts enforce_new_defaults = true, which means keystone: take one of them out", ""))
	}
	p.FileRequired = p.File != defaultPolicyFile
	p.File = l.beside("policy_file", p.File)
	if !p.FileRequired {
		for _, path := range l.src.files {
			dir := filepath.Dir(path)
			if found, ok := firstThere(filepath.Join(dir, defaultPolicyFile), filepath.Join(dir, oldPolicyFile)); ok {
				p.File = found
				break
			}
		}
	}
	if len(p.Dirs) == 0 {
		p.Dirs = []string{"policy.d"}
	}
	for i := range p.Dirs {
		p.Dirs[i] = l.beside("policy_dirs", p.Dirs[i])
	}
}

// beside is a path that begins at the configuration file which sets the option, or else at the first one.
func (l *loader) beside(option, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	at, set := l.src.found[keyOf(sectionPolicy, option)]
	if !set && len(l.src.files) > 0 {
		at = oslo.Position{File: l.src.files[0]}
	}
	if at.File == "" {
		return path
	}
	return filepath.Join(filepath.Dir(at.File), path)
}

func firstThere(paths ...string) (string, bool) {
	for _, path := range paths {
		if _, err := os.Stat(path); err == nil {
			return path, true
		}
	}
	return "", false
}
