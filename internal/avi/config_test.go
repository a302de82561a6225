package avi_test

import (
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/avi"
)

func TestNewChecksItsConfig(t *testing.T) {
	tests := []struct {
		name   string
		change func(*avi.Config)
		want   string // part of the error, "" = none
	}{
		{"host", func(c *avi.Config) { c.Address = "avi.example.org" }, ""},
		{"host and port", func(c *avi.Config) { c.Address = "avi.example.org:9443" }, ""},
		{"address", func(c *avi.Config) { c.Address = "192.0.2.1" }, ""},
		{"IPv6 address", func(c *avi.Config) { c.Address = "[2001:db8::1]:9443" }, ""},
		{"URL", func(c *avi.Config) { c.Address = "https://avi.example.org/" }, ""},
		{"nothing", func(c *avi.Config) { c.Address = "" }, "has no host"},
		{"plain HTTP", func(c *avi.Config) { c.Address = "http://avi.example.org" }, "only https"},
		{"path", func(c *avi.Config) { c.Address = "https://avi.example.org/api" }, "more than host and port"},
		{"password in the address", func(c *avi.Config) { c.Address = "https://u:s3cret@avi.example.org" }, "more than host and port"},
		{"broken", func(c *avi.Config) { c.Address = "https://u:s3cret@avi:port" }, "neither host"},
		{"no user", func(c *avi.Config) { c.User = "" }, "no user"},
		{"oldest version", func(c *avi.Config) { c.APIVersion = avi.OldestAPIVersion }, ""},
		{"version too old", func(c *avi.Config) { c.APIVersion = "17.2.1" }, "older than the oldest supported"},
		{"version that is none", func(c *avi.Config) { c.APIVersion = "latest" }, "parse the version"},
		{"no such CA file", func(c *avi.Config) { c.CAFile = "does-not-exist.pem" }, "does-not-exist.pem"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg := avi.Config{Address: "avi.example.org", User: "admin", Password: "pw"}
			tt.change(&cfg)
			_, err := avi.New(cfg)
			switch {
			case tt.want == "" && err != nil:
				t.Error(err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("got %v, want %q", err, tt.want)
			case err != nil && strings.Contains(err.Error(), "s3cret"):
				t.Errorf("the error shows a password: %v", err)
			}
		})
	}
}

func TestCAFile(t *testing.T) {
	controller := play(t, login())
	block := &pem.Block{Type: "CERTIFICATE", Bytes: controller.server.Certificate().Raw}
	file := filepath.Join(t.TempDir(), "ca.pem")
	cfg := controller.config()
	cfg.CAFile = file

	if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := avi.New(cfg); err == nil {
		t.Error("both CAFile and RootCAs were accepted")
	}
	cfg.RootCAs = nil
	if _, err := newClient(t, cfg).Version(t.Context()); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(file, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := avi.New(cfg); err == nil {
		t.Error("a file without certificates was accepted")
	}
}
