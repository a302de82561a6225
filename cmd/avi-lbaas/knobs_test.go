package main

import (
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim"
)

// The help names every knob that there is, and none that there is not.
func TestKnobTableIsComplete(t *testing.T) {
	t.Parallel()
	var there []string
	for field := range reflect.TypeFor[avisim.Knobs]().Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		there = append(there, name)
	}
	var told []string
	for _, k := range knobTable() {
		told = append(told, k.name)
	}
	slices.Sort(there)
	slices.Sort(told)
	if diff := cmp.Diff(there, told); diff != "" {
		t.Errorf("knobs (-there +told):\n%s", diff)
	}
}

func TestParseKnobs(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		file     string
		settings []string
		want     avisim.Knobs
	}{
		"none": {},
		"each type": {
			settings: []string{"rate_limit=5", "csrf_rotation=true", "read_lag=1.5s", "patch_list_entries=replace"},
			want:     avisim.Knobs{RateLimit: 5, CSRFRotation: true, ReadLag: 1500 * time.Millisecond, PatchListEntries: avisim.PatchReplace},
		},
		"a file": {
			file: `{"idle_timeout": "1m", "unresolved_ref_status": 404}`,
			want: avisim.Knobs{IdleTimeout: time.Minute, UnresolvedRefStatus: http.StatusNotFound},
		},
		"settings win, and the last of them": {
			file: `{"rate_limit": 1, "read_lag": "1s", "idle_timeout": "1m"}`, settings: []string{"rate_limit=2", "rate_limit=3", "read_lag=0s"},
			want: avisim.Knobs{RateLimit: 3, IdleTimeout: time.Minute},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var file []byte
			if tc.file != "" {
				file = []byte(tc.file)
			}
			got, err := parseKnobs(file, tc.settings)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("knobs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseKnobsRefuses(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ file, setting string }{
		"a file that is no JSON":      {file: "rate_limit = 5"},
		"a file that is no object":    {file: "[1]"},
		"a file that is null":         {file: "null"},
		"an unknown name in the file": {file: `{"speed": 11}`},
		"an unknown name":             {setting: "speed=11"},
		"no name":                     {setting: "=11"},
		"a negative duration":         {setting: "read_lag=-1s"},
		"an object":                   {setting: "rate_limit={}"},
		"null":                        {setting: "rate_limit=null"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var settings []string
			if tc.setting != "" {
				settings = append(settings, tc.setting)
			}
			file := []byte(tc.file)
			if tc.file == "" {
				file = nil
			}
			if knobs, err := parseKnobs(file, settings); err == nil {
				t.Errorf("it is taken as %+v", knobs)
			}
		})
	}
}

// Whatever is given, the answer is knobs or an error, and the same each time.
func FuzzParseKnobs(f *testing.F) {
	f.Add([]byte(`{"rate_limit": 1}`), "read_lag=1s")
	f.Add([]byte(`{}`), "csrf_rotation=true")
	f.Add([]byte(`null`), "rate_limit=1e3")
	f.Fuzz(func(t *testing.T, file []byte, setting string) {
		first, err := parseKnobs(file, []string{setting})
		again, errAgain := parseKnobs(file, []string{setting})
		if (err == nil) != (errAgain == nil) || err == nil && first != again {
			t.Errorf("%+v, %v and then %+v, %v", first, err, again, errAgain)
		}
	})
}
