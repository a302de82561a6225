package app

import (
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/config"
)

func TestWhatWaitsForARestartIsNamedAsInTheFiles(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*config.Config)
		want   []string
	}{
		"nothing":              {func(*config.Config) {}, nil},
		"what is taken":        {func(c *config.Config) { c.Default.Debug, c.API.RateLimit = true, 5 }, nil},
		"an option":            {func(c *config.Config) { c.Worker.Concurrency = 3 }, []string{"[worker]"}},
		"an option of the API": {func(c *config.Config) { c.API.BindPort = 1 }, []string{"[api_settings]"}},
		"both logins": {
			func(c *config.Config) { c.Auth.Password, c.ServiceAuth.Password = "b", "b" },
			[]string{"[keystone_authtoken]", "[service_auth]"},
		},
		"one provider":    {func(c *config.Config) { c.Providers[1].Password = "b" }, []string{"[west]"}},
		"a provider more": {func(c *config.Config) { c.Providers = append(c.Providers, config.Provider{Name: "north"}) }, []string{"[north]"}},
		"a provider less": {func(c *config.Config) { c.Providers = c.Providers[:1] }, []string{"[west]"}},
	} {
		t.Run(name, func(t *testing.T) {
			old := &config.Config{Providers: []config.Provider{{Name: "east"}, {Name: "west"}}}
			next := *old
			next.Providers = slices.Clone(old.Providers)
			c.change(&next)
			if diff := cmp.Diff(c.want, needRestart(old, &next)); diff != "" {
				t.Errorf("it names (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEveryPartOfTheConfigurationIsASection(t *testing.T) {
	documented := map[string]bool{"default provider": true}
	for _, s := range config.Reference() {
		documented["["+s.Name+"]"] = true
	}
	for field := range reflect.TypeFor[config.Config]().Fields() {
		if field.Name != "Providers" && !documented[sectionOf(field.Name)] {
			t.Errorf("%s is called %s, and there is no such section", field.Name, sectionOf(field.Name))
		}
	}
}
