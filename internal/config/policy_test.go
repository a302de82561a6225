package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Where policy files are looked for, as octavia-api does it: beside the configuration file.
func TestWherePolicyFilesAre(t *testing.T) {
	const minimal = "[DEFAULT]\nhost = h\n[api_settings]\nauth_strategy = noauth\n[avi_adc]\naddress = 127.0.0.1\npassword = p\n"
	for _, test := range []struct {
		name, options string
		there         []string // files beside the configuration
		want          Policy
	}{
		{"nothing said, nothing there", "", nil, Policy{File: "DIR/policy.yaml", Dirs: []string{"DIR/policy.d"}}},
		{"nothing said", "", []string{"policy.yaml", "policy.json"}, Policy{File: "DIR/policy.yaml", Dirs: []string{"DIR/policy.d"}}},
		{"an old one", "", []string{"policy.json"}, Policy{File: "DIR/policy.json", Dirs: []string{"DIR/policy.d"}}},
		{"named", "policy_file = rules.yaml\n", nil, Policy{File: "DIR/rules.yaml", FileRequired: true, Dirs: []string{"DIR/policy.d"}}},
		{"elsewhere", "policy_file = /etc/octavia/policy.yaml\npolicy_dirs = /etc/octavia/policy.d\npolicy_dirs = more\n", nil, Policy{
			File: "/etc/octavia/policy.yaml", FileRequired: true, Dirs: []string{"/etc/octavia/policy.d", "DIR/more"},
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "avi-lbaas.conf")
			if err := os.WriteFile(path, []byte(minimal+"[oslo_policy]\n"+test.options), 0o600); err != nil {
				t.Fatal(err)
			}
			for _, name := range test.there {
				if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			c, err := Load([]string{path}, nil)
			if err != nil {
				t.Fatal(err)
			}
			test.want.DefaultRoles, test.want.DefaultRule = RolesLoadBalancer, "default"
			test.want.File = strings.Replace(test.want.File, "DIR", dir, 1)
			for i := range test.want.Dirs {
				test.want.Dirs[i] = strings.Replace(test.want.Dirs[i], "DIR", dir, 1)
			}
			if diff := cmp.Diff(test.want, c.Policy); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// What a configuration says of roles, in Octavia's word and in ours, is one set, or refused.
func TestWhichRolesCount(t *testing.T) {
	for options, want := range map[string]DefaultRoles{
		"":                            RolesLoadBalancer,
		"enforce_new_defaults = true": RolesKeystone,
		"default_roles = both":        RolesBoth,
		"default_roles = keystone":    RolesKeystone,
		"default_roles = both\nenforce_new_defaults = false":    RolesBoth,
		"default_roles = keystone\nenforce_new_defaults = true": RolesKeystone,
		"default_roles = both\nenforce_new_defaults = true":     "contradicts enforce_new_defaults",
		"default_roles = everybody":                             "not one of the choices",
	} {
		path := filepath.Join(t.TempDir(), "avi-lbaas.conf")
		content := "[DEFAULT]\nhost = h\n[api_settings]\nauth_strategy = noauth\n[avi_adc]\naddress = 127.0.0.1\npassword = p\n[oslo_policy]\n" + options
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := Load([]string{path}, nil)
		switch {
		case err != nil && !strings.Contains(err.Error(), string(want)):
			t.Errorf("%q: %v", options, err)
		case err == nil && c.Policy.Roles() != want:
			t.Errorf("%q: %s, want %s", options, c.Policy.Roles(), want)
		}
	}
}
