package config

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write what is got into testdata/*.golden")

// TestLoadGood: each testdata/*.good.conf gives the configuration in the golden
// file beside it, which holds no secret as JSON masks them.
func TestLoadGood(t *testing.T) {
	for _, path := range fixtures(t, "*.good.conf") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			c, err := Load([]string{path}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Validate(); err != nil {
				t.Errorf("Validate refuses what Load gives: %v", err)
			}
			got, err := json.MarshalIndent(c, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			checkGolden(t, strings.TrimSuffix(path, ".conf")+".golden", string(got)+"\n")
		})
	}
}

// TestLoadBad: each testdata/*.bad.conf gives the messages in the golden file
// beside it, a line for each thing that is wrong.
func TestLoadBad(t *testing.T) {
	for _, path := range fixtures(t, "*.bad.conf") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			_, err := Load([]string{path}, nil)
			if err == nil {
				t.Fatal("Load takes it")
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Error("the message shows a secret")
			}
			checkGolden(t, strings.TrimSuffix(path, ".conf")+".golden", err.Error()+"\n")
		})
	}
}

func TestLoadLaterFilesWin(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	first := write("first.conf", "[api_settings]\nauth_strategy = noauth\nbind_port = 1\n[worker]\nconcurrency = 1\n"+
		"[service_providers]\nservice_provider = LOADBALANCERV2:one:avi_lbaasv2.avi_driver.AviDriver\n[one]\naddress = 192.0.2.1\npassword = p\n")
	second := write("second.conf", "[worker]\nconcurrency = 2\n"+
		"[service_providers]\nservice_provider = LOADBALANCERV2:two:avi_lbaasv2.avi_driver.AviDriver:default\n[two]\naddress = 192.0.2.2\npassword = p\n")
	write("conf.d/20.conf", "[worker]\nretry_max = 20\n[one]\ncloud = c\n")
	write("conf.d/10.conf", "[worker]\nretry_max = 10\nconcurrency = 3\n")
	write("conf.d/.hidden.conf", "not a configuration")
	write("conf.d/30.conf.bak", "not a configuration")

	c, err := Load([]string{first, second}, []string{filepath.Join(dir, "conf.d")})
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintf("port %d, concurrency %d, retry_max %s, default %s", c.API.BindPort, c.Worker.Concurrency, c.Worker.RetryMax, c.DefaultProvider)
	if want := "port 1, concurrency 3, retry_max 20s, default two"; got != want {
		t.Errorf("got %s, wanted %s", got, want)
	}
	if one, ok := c.Provider("ONE"); !ok || one.Cloud != "c" || len(c.Providers) != 2 {
		t.Errorf("providers are %+v", c.Providers)
	}
}

func TestLoadNeedsEveryFile(t *testing.T) {
	_, err := Load([]string{"testdata/nowhere.conf", "testdata/syntax.bad.conf"}, []string{"testdata/nowhere.d"})
	for _, want := range []string{
		"configuration file: open testdata/nowhere.conf",
		"configuration directory: open testdata/nowhere.d",
		"testdata/syntax.bad.conf:1: option address stands before",
	} {
		if !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("%q is missing in: %v", want, err)
		}
	}
}

// TestSecretsAreRead holds what the golden files mask.
func TestSecretsAreRead(t *testing.T) {
	load := func(path string) *Config {
		c, err := Load([]string{path}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	neutron, octavia, service := load("testdata/neutron.good.conf"), load("testdata/octavia.good.conf"), load("testdata/service-auth.good.conf")
	for _, c := range []struct {
		option string
		got    Secret
		want   string
	}{
		{"quoted, with a dollar", neutron.Auth.Password, "neutron$pw"},
		{"an older name", neutron.ServiceAuth.Password, "readerpw"},
		{"spaces and a hash", neutron.Providers[0].Password, "avi pw #1"},
		{"from a file, which has no references", octavia.Providers[0].Password, "two words $x"},
		{"application credential", octavia.ServiceAuth.ApplicationCredentialSecret, "hush"},
		{"of another section", service.ServiceAuth.Password, "ab"},
		{"of DEFAULT", service.Providers[0].Password, "p"},
		{"with another option's default", service.Providers[1].Password, "p-admin"},
	} {
		if c.got.Reveal() != c.want {
			t.Errorf("%s: got %q, wanted %q", c.option, c.got.Reveal(), c.want)
		}
	}
}

func fixtures(t *testing.T, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", pattern))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	return paths
}

func checkGolden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-) and what is got (+) differ:\n%s", path, diff)
	}
}
