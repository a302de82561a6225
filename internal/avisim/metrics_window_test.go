package avisim

import (
	"testing"
	"time"
)

// A window that is running has the name that it will have when it is over: whoever reads it twice knows that it is the same.
func TestARunningWindowKeepsItsName(t *testing.T) {
	const step = 5 * time.Minute
	begin := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for end, want := range map[time.Time]string{
		begin:                              "2026-03-01T12:00:00",
		begin.Add(time.Microsecond):        "2026-03-01T12:05:00",
		begin.Add(time.Second):             "2026-03-01T12:05:00",
		begin.Add(step - time.Millisecond): "2026-03-01T12:05:00",
		begin.Add(step):                    "2026-03-01T12:05:00",
		begin.Add(step + 2*time.Second):    "2026-03-01T12:10:00",
	} {
		if got := windowName(end, step); got != want {
			t.Errorf("at %s: %s, want %s", end, got, want)
		}
	}
}
