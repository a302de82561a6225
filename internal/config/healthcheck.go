package config

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/avi-lbaas/avi-lbaas/internal/config/oslo"
)

// HealthBackend is one of the checks behind /healthcheck, by the name of its plugin in OpenStack.
type HealthBackend string

// The values of [healthcheck] backends.
const (
	HealthDatabase            HealthBackend = "octavia_db_check"
	HealthDisableByFile       HealthBackend = "disable_by_file"
	HealthDisableByFilesPorts HealthBackend = "disable_by_files_ports"
	HealthEnableByFiles       HealthBackend = "enable_by_files"
)

// Healthcheck is [healthcheck], with the names of oslo.middleware.
type Healthcheck struct {
	Detailed            bool
	Backends            []HealthBackend
	DisableByFile       string
	DisableByFilesPorts map[int]string
	EnableByFiles       []string
	AllowedSources      []netip.Prefix // none: everybody
	IgnoreProxied       bool
}

const (
	sectionHealth = "healthcheck"
	healthPath    = "/healthcheck"
)

func healthSettings(h *Healthcheck) []setting {
	return []setting{
		boolean("detailed", &h.Detailed, "Show what the checks say in detail, and the host: to everybody who may ask."),
		healthBackends(&h.Backends),
		text("disable_by_file_path", &h.DisableByFile, "For disable_by_file: while this file is there, the service is unavailable."),
		{
			Option: Option{
				Name: "disable_by_file_paths", Type: "list", Allowed: "port:path, …",
				Help: "For disable_by_files_ports: the same, with a file for each port.",
			},
			set: func(text string) error { return portPaths(text, &h.DisableByFilesPorts) },
		},
		names("enable_by_file_paths", &h.EnableByFiles, "For enable_by_files: while one of these files is missing, the service is unavailable."),
		{
			Option: Option{
				Name: "allowed_source_ranges", Type: "list", Allowed: "addresses and networks, as 192.0.2.0/24",
				Help: "Who is answered; to others there is no /healthcheck. Without it, everybody.",
			},
			set: func(text string) error { return networks(text, &h.AllowedSources) },
		},
		boolean("ignore_proxied_requests", &h.IgnoreProxied, "Answer no request that says to come through a proxy."),
		{
			Option: Option{Name: "path", Type: "text", Default: healthPath, Allowed: healthPath, Help: "Where it is served; Octavia knows no other place either."},
			set: func(text string) error {
				if text != healthPath {
					return errors.New("the path cannot be changed")
				}
				return nil
			},
		},
	}
}

func healthBackends(field *[]HealthBackend) setting {
	known := []HealthBackend{HealthDatabase, HealthDisableByFile, HealthDisableByFilesPorts, HealthEnableByFiles}
	words := make([]string, len(known))
	for i, k := range known {
		words[i] = string(k)
	}
	return setting{
		Option: Option{
			Name: "backends", Type: "list", Allowed: strings.Join(words, ", "),
			Help: "The checks, all of which must succeed. Without any, /healthcheck says only that the process answers.",
		},
		set: func(text string) error {
			var found []HealthBackend
			for _, item := range oslo.List(text) {
				if !slices.Contains(known, HealthBackend(item)) {
					return fmt.Errorf("there is no check %q", item)
				}
				found = append(found, HealthBackend(item))
			}
			*field = found
			return nil
		},
	}
}

func portPaths(text string, field *map[int]string) error {
	paths := map[int]string{}
	for _, item := range oslo.List(text) {
		number, path, ok := strings.Cut(item, ":")
		port, err := strconv.ParseUint(number, 10, 16)
		if !ok || err != nil || path == "" {
			return errors.New("not a port and a path")
		}
		paths[int(port)] = path
	}
	*field = paths
	return nil
}

func networks(text string, field *[]netip.Prefix) error {
	var found []netip.Prefix
	for _, item := range oslo.List(text) {
		prefix, err := netip.ParsePrefix(item)
		if err != nil {
			address, err := netip.ParseAddr(item)
			if err != nil {
				return errors.New("neither an address nor a network")
			}
			prefix = netip.PrefixFrom(address, address.BitLen())
		}
		found = append(found, prefix.Masked())
	}
	*field = found
	return nil
}
