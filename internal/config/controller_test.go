package config

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// groups writes which providers are of one Controller: "a b | c".
func groups(controllers map[string]string) string {
	of := map[string][]string{}
	for _, provider := range slices.Sorted(maps.Keys(controllers)) {
		of[controllers[provider]] = append(of[controllers[provider]], provider)
	}
	var texts []string
	for _, providers := range of {
		texts = append(texts, strings.Join(providers, " "))
	}
	slices.Sort(texts)
	return strings.Join(texts, " | ")
}

func TestProvidersOfOneController(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		sections, want string
	}{
		"each with its own": {"[a]\naddress = 192.0.2.1\n[b]\naddress = 192.0.2.2\n", "a | b"},
		"however an address is written": {
			"[a]\naddress = Avi.Example.org\n[b]\naddress = avi.example.org.:443\n[c]\naddress = AVI.example.ORG\nport = 443\n", "a b c",
		},
		"IPv6":                       {"[a]\naddress = [2001:DB8:0::1]:443\n[b]\naddress = 2001:db8::1\n", "a b"},
		"IPv4 in IPv6":               {"[a]\naddress = ::ffff:192.0.2.1\n[b]\naddress = 192.0.2.1\n", "a b"},
		"two ports are two":          {"[a]\naddress = 192.0.2.1\n[b]\naddress = 192.0.2.1:8443\n", "a | b"},
		"a name joins two addresses": {"[a]\naddress = 192.0.2.1\ncontroller_name = east\n[b]\naddress = 192.0.2.2\ncontroller_name = east\n", "a b"},
		"and what has one of them": {
			"[a]\naddress = 192.0.2.1\n[b]\naddress = 192.0.2.1\ncontroller_name = east\n[c]\naddress = 192.0.2.2\ncontroller_name = east\n" +
				"[d]\naddress = 192.0.2.2\n[e]\naddress = 192.0.2.3\n", "a b c d | e",
		},
		"names differ": {"[a]\naddress = 192.0.2.1\ncontroller_name = east\n[b]\naddress = 192.0.2.2\ncontroller_name = west\n", "a | b"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var names []string
			for line := range strings.Lines(c.sections) {
				if strings.HasPrefix(line, "[") && strings.HasSuffix(line, "]\n") {
					names = append(names, strings.Trim(line, "[]\n"))
				}
			}
			text := "[DEFAULT]\nproviders = " + strings.Join(names, ", ") + "\n[api_settings]\nauth_strategy = noauth\n" +
				strings.ReplaceAll(c.sections, "address =", "password = a\naddress =")
			path := filepath.Join(t.TempDir(), "avi-lbaas.conf")
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			cfg, err := Load([]string{path}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, groups(cfg.Controllers())); diff != "" {
				t.Errorf("providers by their Controllers (-want +got):\n%s", diff)
			}
		})
	}
}
