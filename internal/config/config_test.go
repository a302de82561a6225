package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestSecretNeverShows(t *testing.T) {
	c := New()
	c.Auth.Password = "hunter2"
	c.Providers = []Provider{{Password: "hunter2"}}
	var logged bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&logged, nil))
	log.Info("configured", "password", c.Auth.Password, "config", c)
	marshaled, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{
		fmt.Sprint(c.Auth.Password), fmt.Sprintf("%q", c.Auth.Password), fmt.Sprintf("%x", c.Auth.Password),
		fmt.Sprintf("%v", *c), fmt.Sprintf("%+v", *c), fmt.Sprintf("%#v", *c), logged.String(), string(marshaled),
	} {
		if strings.Contains(shown, "hunter2") || strings.Contains(shown, fmt.Sprintf("%x", "hunter2")) {
			t.Errorf("the secret shows: %s", shown)
		}
	}
	if got := c.Auth.Password.Reveal(); got != "hunter2" {
		t.Errorf("Reveal gives %q", got)
	}
	if got := fmt.Sprintf("%v%#v", Secret(""), Secret("")); got != `""` {
		t.Errorf("no secret shows as %s", got)
	}
}

func TestReferenceIsUpToDate(t *testing.T) {
	var reference, sample strings.Builder
	if err := WriteReference(&reference); err != nil {
		t.Fatal(err)
	}
	if err := WriteSample(&sample); err != nil {
		t.Fatal(err)
	}
	checkGolden(t, "testdata/reference.golden", reference.String())
	checkGolden(t, "testdata/sample.golden", sample.String())
}

// TestSampleSaysTheDefaults: with every option of the sample file uncommented
// nothing changes.
func TestSampleSaysTheDefaults(t *testing.T) {
	var sample strings.Builder
	if err := WriteSample(&sample); err != nil {
		t.Fatal(err)
	}
	uncommented := regexp.MustCompile(`(?m)^#([a-z_]+ = )`).ReplaceAllString(sample.String(), "$1")
	if uncommented == sample.String() {
		t.Fatal("the sample has no option")
	}
	// Both are in one directory: relative paths begin there.
	dir := t.TempDir()
	path, empty := filepath.Join(dir, "sample.conf"), filepath.Join(dir, "empty.conf")
	for file, content := range map[string]string{path: uncommented, empty: ""} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	without, err := Load([]string{empty, "testdata/noauth.good.conf"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	with, err := Load([]string{path, "testdata/noauth.good.conf"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(without, with); diff != "" {
		t.Errorf("without the sample (-), with it (+):\n%s", diff)
	}
}

func TestOptionNamesAreUniqueInTheirSection(t *testing.T) {
	for _, s := range Reference() {
		seen := make(map[string]bool)
		for _, o := range s.Options {
			if o.Help == "" || o.Type == "" {
				t.Errorf("[%s] %s lacks help or type", s.Name, o.Name)
			}
			for _, name := range append([]string{o.Name}, o.Aliases...) {
				if seen[name] {
					t.Errorf("[%s] %s is there twice", s.Name, name)
				}
				seen[name] = true
			}
		}
	}
}

// TestOpenStackOptionsAreNoMisspellings guards against an option of ours coming
// too close to one that a neutron.conf or octavia.conf has every right to hold.
func TestOpenStackOptionsAreNoMisspellings(t *testing.T) {
	theirs := map[string]string{
		sectionDefault: "bind_host bind_port core_plugin service_plugins state_path transport_url log_file log_dir use_syslog use_journal use_stderr use_ssl " +
			"verbose log_config_append log_date_format publish_errors default_log_levels auth_strategy notify_nova_on_port_status_changes " +
			"octavia_plugins graceful_shutdown_timeout host_href api_workers rpc_workers dhcp_agents_per_network allow_overlapping_ips",
		sectionDatabase: "backend pool_timeout connection_debug connection_trace mysql_sql_mode sqlite_synchronous use_db_reconnect " +
			"db_retry_interval db_inc_retry_interval db_max_retry_interval db_max_retries synchronous_reader mysql_enable_ndb",
		sectionAuth: "auth_version auth_section delay_auth_decision http_connect_timeout http_request_max_retries cache certfile keyfile interface " +
			"memcached_servers memcache_security_strategy memcache_secret_key include_service_catalog enforce_token_bind service_token_roles " +
			"service_token_roles_required admin_token auth_host auth_port auth_protocol trust_id domain_id domain_name system_scope " +
			"default_domain_id default_domain_name signing_dir revocation_cache_time hash_algorithms",
		sectionService: "auth_version service_name endpoint_type domain_id system_scope certfile keyfile timeout max_version min_version",
		sectionNetwork: "service_name service_type url url_timeout auth_url auth_section project_name user_domain_name certfile keyfile " +
			"timeout min_version max_version service_metadata_proxy metadata_proxy_shared_secret ovs_bridge default_floating_pool extension_sync_interval",
	}
	for _, s := range table(New(), new(selection)) {
		var ours []string
		for _, o := range s.settings {
			ours = append(ours, o.names()...)
		}
		for theirs := range strings.FieldsSeq(theirs[s.name]) {
			if near, ok := nearest(theirs, ours); ok {
				t.Errorf("[%s] %s, OpenStack's, passes for a misspelt %s", s.name, theirs, near)
			}
		}
	}
}

func TestValidateAConfigOfOnesOwn(t *testing.T) {
	c := New()
	c.API.AuthStrategy = AuthNone
	c.Default.Host = "here"
	wants := func(want string) {
		t.Helper()
		if got := fmt.Sprint(c.Validate()); got != want {
			t.Errorf("got %s\nwanted %s", got, want)
		}
	}
	wants("[DEFAULT] providers: at least one provider is required")
	p := NewProvider("avi")
	p.Address, p.Password = "192.0.2.1", "p"
	c.Providers = []Provider{p}
	wants(`[api_settings] default_provider_driver: "" is not a provider of this service`)
	c.DefaultProvider = "avi"
	wants("<nil>")
	if c.NetworkEnabled() {
		t.Error("there is a network service without Keystone and endpoint")
	}
	c.API.AuthStrategy, c.NetworkDriver = AuthKeystone, NetworkNone
	if c.NetworkEnabled() {
		t.Error("there is a network service with network_noop_driver")
	}
	c.API.AuthStrategy = AuthNone
	c.Worker.RetryInitial = time.Hour
	wants("[worker] retry_max: 60 seconds is less than retry_initial, 3600")
	if got := c.API.ListenAddress(); got != "127.0.0.1:9876" {
		t.Errorf("ListenAddress gives %s", got)
	}
}

func TestSetAddress(t *testing.T) {
	for _, c := range []struct {
		text, host string
		port       int
	}{
		{"192.0.2.1", "192.0.2.1", 0},
		{"192.0.2.1:9443", "192.0.2.1", 9443},
		{"ctl-1.example.org", "ctl-1.example.org", 0},
		{"ctl.example.org.:443", "ctl.example.org.", 443},
		{"2001:db8::1", "2001:db8::1", 0},
		{"[2001:db8::1]", "2001:db8::1", 0},
		{"[2001:db8::1]:9443", "2001:db8::1", 9443},
	} {
		var d draft
		if err := setAddress(&d, c.text); err != nil || d.Address != c.host || d.addressPort != c.port {
			t.Errorf("%q: %q port %d, %v; wanted %q port %d", c.text, d.Address, d.addressPort, err, c.host, c.port)
		}
	}
	for _, text := range []string{"", "a b", "a:", "a:0", "a:65536", "a:b", "-a", "a..b", "a/b", "https://a", "a@b", "[::1", "[::1]x", "1.2.3.4,1.2.3.5", "192.0.2.999", "1.2.3.4.5"} {
		var d draft
		if err := setAddress(&d, text); err == nil {
			t.Errorf("%q is taken as %q port %d", text, d.Address, d.addressPort)
		}
	}
}

func TestEditDistance(t *testing.T) {
	word := rapid.StringMatching(`[ab]{0,6}`)
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := word.Draw(t, "a"), word.Draw(t, "b"), word.Draw(t, "c")
		ab := editDistance(a, b)
		if (ab == 0) != (a == b) {
			t.Errorf("%q and %q are %d apart", a, b, ab)
		}
		if ba := editDistance(b, a); ba != ab {
			t.Errorf("%q to %q is %d, back it is %d", a, b, ab, ba)
		}
		if direct := editDistance(a, c); direct > ab+editDistance(b, c) {
			t.Errorf("%q to %q is longer than by way of %q", a, c, b)
		}
	})
}

// TestSecondsKeepTheRange: whatever is written, a duration is inside its range
// or the text is refused.
func TestSecondsKeepTheRange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := 5 * time.Second
		s := seconds("x", &value, time.Second, time.Minute, "")
		text := rapid.OneOf(
			rapid.Map(rapid.Float64(), func(f float64) string { return fmt.Sprint(f) }),
			rapid.Map(rapid.Float64Range(0.5, 70), func(f float64) string { return fmt.Sprint(f) }),
			rapid.SampledFrom([]string{"", "nan", "inf", "-inf", "1e400", "60", "1", "x"}),
		).Draw(t, "text")
		err := s.set(text)
		if value < time.Second || value > time.Minute || (err != nil && value != 5*time.Second) {
			t.Errorf("%q gives %s, %v", text, value, err)
		}
	})
}

// FuzzTexts gives any text to every option: none may panic, and none of ours
// may show a value that it must not.
func FuzzTexts(f *testing.F) {
	for _, seed := range []string{
		"", "true", "1", "1.5", "a:b", "LOADBALANCERV2:a:b:default", "sqlite:////x", "mysql+pymysql://u:p@h/d", "[::1]:443", "22.1.3", "https://u:p@h", "a, 'b, c'", "public",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, d := New(), draft{Provider: NewProvider("avi")}
		for _, s := range append(table(c, new(selection)), providerSection(&d)) {
			for _, o := range s.settings {
				if o.set == nil {
					continue
				}
				err := o.set(text)
				if err != nil && o.Name == "connection" && len(text) > 20 && strings.Contains(err.Error(), text) {
					t.Errorf("[%s] %s shows its value: %v", s.name, o.Name, err)
				}
			}
		}
		if strings.ContainsAny(d.Address, " /@") || d.Port < 1 || d.Port > 65535 {
			t.Errorf("%q gives address %q port %d", text, d.Address, d.Port)
		}
	})
}
