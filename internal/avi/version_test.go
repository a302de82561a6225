package avi_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/avi-lbaas/avi-lbaas/internal/avi"
)

func TestParseVersion(t *testing.T) {
	tests := []struct{ in, want string }{
		{"20.1.1", "20.1.1"},
		{"16_4_2", "16.4.2"},
		{"v30_2_1", "30.2.1"},
		{"31.1.1-9050", "31.1.1"},
		{"30.2.1-2p3-9050", "30.2.1"},
		{"22.1.3(9096) 2023-01-01", "22.1.3"},
		{"22.1.3.1", "22.1.3"},
		{"15.2", "15.2.0"},
	}
	for _, tt := range tests {
		v, err := avi.ParseVersion(tt.in)
		if err != nil || v.String() != tt.want {
			t.Errorf("%q: got %s, %v, want %s", tt.in, v, err, tt.want)
		}
	}
	for _, bad := range []string{"", "30", "v", "30.", "30.x", "30.2.1x", "latest", " 30.2.1", "-1.2.3", "123456.1.1", "30..1"} {
		if v, err := avi.ParseVersion(bad); err == nil {
			t.Errorf("%q was read as %s", bad, v)
		}
	}
}

func TestCompareVersions(t *testing.T) {
	tests := []struct {
		a, b string
		want int
	}{
		{"20.1.1", "20.1.1", 0},
		{"v20_1_1", "20.1.1-9000", 0},
		{"18.2.10", "18.2.9", 1},
		{"18.2.6", "20.1.1", -1},
		{"30.2", "30.2.1", -1},
		{"nonsense", "18.2.6", -1},
		{"18.2.6", "nonsense", 1},
		{"nonsense", "other", 0},
	}
	for _, tt := range tests {
		if got := avi.CompareVersions(tt.a, tt.b); got != tt.want {
			t.Errorf("%s and %s: got %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestVersionsSurviveTheirText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.IntRange(0, 99999)
		draw := func(name string) avi.Version {
			return avi.Version{Major: part.Draw(t, name), Minor: part.Draw(t, name), Maintenance: part.Draw(t, name)}
		}
		v, w := draw("v"), draw("w")
		if back, err := avi.ParseVersion(v.String()); err != nil || back != v {
			t.Fatalf("%v came back as %v, %v", v, back, err)
		}
		if got := avi.CompareVersions(v.String(), w.String()); got != v.Compare(w) || got != -avi.CompareVersions(w.String(), v.String()) {
			t.Fatalf("%v and %v: got %d", v, w, got)
		}
	})
}

func FuzzParseVersion(f *testing.F) {
	for _, seed := range []string{"20.1.1", "v30_2_1", "31.1.1-9050", "1.1\n", "99999.99999.99999"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := avi.ParseVersion(text)
		if err != nil {
			return
		}
		if back, err := avi.ParseVersion(v.String()); err != nil || back != v {
			t.Errorf("%q: %v came back as %v, %v", text, v, back, err)
		}
	})
}
