package app

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/avi-lbaas/avi-lbaas/internal/config"
)

// The list for operators is the list of what there is: names and labels.
func TestEveryMetricIsDescribed(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "avi-lbaas.conf")
	text := fmt.Sprintf("[DEFAULT]\nhost = test\n[api_settings]\nauth_strategy = noauth\nbind_port = 0\n[database]\nconnection = sqlite:///%s/s\n"+
		"[avi_adc]\naddress = 127.0.0.1:1\npassword = x\n", dir)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load([]string{file}, nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := New(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Close(t.Context()) }()

	described, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	var inDocs []string
	for _, row := range regexp.MustCompile("(?m)^\\| `(avi_lbaas_[a-z_]+)` \\|([^|]*)\\|").FindAllStringSubmatch(string(described), -1) {
		labels := strings.FieldsFunc(row[2], func(r rune) bool { return r == '`' || r == ',' || r == ' ' })
		slices.Sort(labels)
		inDocs = append(inDocs, row[1]+" "+strings.Join(labels, " "))
	}
	slices.Sort(inDocs)
	if diff := cmp.Diff(registered(a.registry), inDocs); diff != "" {
		t.Errorf("docs/metrics.md is not what is registered (-registered +described):\n%s", diff)
	}
}

// registered are our metrics with their labels, in order.
func registered(r *prometheus.Registry) (names []string) {
	descriptions := make(chan *prometheus.Desc)
	go func() { r.Describe(descriptions); close(descriptions) }()
	parts := regexp.MustCompile(`fqName: "(avi_lbaas_[^"]+)".*constLabels: \{([^}]*)\}, variableLabels: \{([^}]*)\}`)
	for d := range descriptions {
		found := parts.FindStringSubmatch(d.String())
		if found == nil {
			continue
		}
		labels := strings.FieldsFunc(found[3], func(r rune) bool { return r == ',' })
		for constant := range strings.SplitSeq(found[2], ",") {
			if name, _, ok := strings.Cut(constant, "="); ok {
				labels = append(labels, name)
			}
		}
		slices.Sort(labels)
		names = append(names, found[1]+" "+strings.Join(labels, " "))
	}
	slices.Sort(names)
	return names
}
