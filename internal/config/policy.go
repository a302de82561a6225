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

	EnforceNewDefaults bool   // without the deprecated load-balancer_* roles
	EnforceScope       bool   // refuse tokens of a scope that a rule is not for
	DefaultRule        string // the rule that stands in for those that there are not
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
		boolean("enforce_new_defaults", &p.EnforceNewDefaults,
			"Take the load-balancer_* roles out of the rules: only Keystone's own roles (admin, member, reader) count then."),
		boolean("enforce_scope", &p.EnforceScope, "Refuse tokens of another scope (project, domain, system) than a rule is for."),
		text("policy_default_rule", &p.DefaultRule, "The rule that stands in for those that there are not."),
	}
}

// completePolicy makes paths of the names of policy files: they begin at the configuration file that has them.
func (l *loader) completePolicy() {
	p := &l.config.Policy
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
