package app

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"

	"github.com/avi-lbaas/avi-lbaas/internal/config"
)

// hook is something that can take a new configuration while it runs.
type hook struct {
	what string
	take func(context.Context, *config.Config) error
}

// OnReload has take called with each new configuration that Reload is given. take keeps what it has when it fails. To be called
// before Run.
func (a *App) OnReload(what string, take func(context.Context, *config.Config) error) {
	a.hooks = append(a.hooks, hook{what, take})
}

// Reload takes from a new configuration what can be changed while requests are served and load balancers worked: certificates, rate
// limits, the policy files, and what was said to OnReload. All of it is in force when it returns. No connection is dropped. What
// fails keeps what it had, and is in the error; the rest is taken all the same. What else has changed waits for a restart, which the
// log says.
func (a *App) Reload(ctx context.Context, next *config.Config) error {
	var errs []error
	if a.certificates != nil && next.API.TLSEnabled() {
		if err := a.certificates.load(next.API.Serving); err != nil {
			errs = append(errs, err)
			a.logger.ErrorContext(ctx, "the certificates stay as they were", "error", err)
		}
	}
	if err := a.policy.Reload(ctx); err != nil {
		errs = append(errs, err)
		a.logger.ErrorContext(ctx, "the new policy is broken; the old one stays in force", "error", err)
	}
	a.limits.Set(next.API.RateLimit, next.API.RateLimitBurst)
	for _, h := range a.hooks {
		if err := h.take(ctx, next); err != nil {
			errs = append(errs, err)
			a.logger.ErrorContext(ctx, "reload: the former settings stay", "of", h.what, "error", err)
		}
	}
	if sections := needRestart(a.config, next); len(sections) > 0 {
		a.logger.WarnContext(ctx, "some options that have changed are not taken before a restart", "sections", sections)
	}
	a.logger.InfoContext(ctx, "the configuration was read again")
	return errors.Join(errs...)
}

// needRestart names the sections of the configuration that differ in what Reload does not take, as they are called in the files.
func needRestart(old, next *config.Config) []string {
	a, b := *old, *next
	for _, c := range []*config.Config{&a, &b} {
		c.Default.Debug = false
		c.API.RateLimit, c.API.RateLimitBurst = 0, 0
		if old.API.TLSEnabled() && next.API.TLSEnabled() {
			c.API.CertFile, c.API.KeyFile, c.API.ClientCAFile, c.API.TLSMinVersion = "", "", "", ""
		}
	}
	var names []string
	before, after := reflect.ValueOf(a), reflect.ValueOf(b)
	for i := range before.NumField() {
		field := before.Type().Field(i).Name
		switch {
		case reflect.DeepEqual(before.Field(i).Interface(), after.Field(i).Interface()):
		case field == "Providers":
			names = append(names, changedProviders(a.Providers, b.Providers)...)
		default:
			names = append(names, sectionOf(field))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// sectionOf is what the files call a field of config.Config.
func sectionOf(field string) string {
	switch field {
	case "Default":
		return "[DEFAULT]"
	case "API":
		return "[api_settings]"
	case "Auth":
		return "[keystone_authtoken]"
	case "ServiceAuth":
		return "[service_auth]"
	case "Network":
		return "[neutron]"
	case "NetworkDriver":
		return "[controller_worker]"
	case "Keys":
		return "[barbican]"
	case "Policy":
		return "[oslo_policy]"
	case "DefaultProvider":
		return "default provider"
	default:
		return "[" + strings.ToLower(field) + "]"
	}
}

// changedProviders names the providers that have come, gone or changed.
func changedProviders(before, after []config.Provider) []string {
	var names []string
	differ := func(of, in []config.Provider) {
		for i := range of {
			same := slices.ContainsFunc(in, func(p config.Provider) bool { return reflect.DeepEqual(p, of[i]) })
			if !same {
				names = append(names, "["+of[i].Name+"]")
			}
		}
	}
	differ(before, after)
	differ(after, before)
	return names
}

// Files are those beside the configuration's own that are read again by Reload.
func (a *App) Files() []string {
	var files []string
	for _, name := range []string{a.config.API.CertFile, a.config.API.KeyFile, a.config.API.ClientCAFile} {
		if name != "" {
			files = append(files, name)
		}
	}
	return files
}
