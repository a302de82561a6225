package engine

import (
	"errors"
	"testing"

	"pgregory.net/rapid"
)

func TestVerdictTurnsAfterEnoughResultsInARow(t *testing.T) {
	m := Monitor{UUID: "healthmonitor-1", Kind: MonitorTCP, SuccessfulChecks: 2, FailedChecks: 3}
	tests := []struct{ name, results, states string }{
		{"first success decides", "+", "U"},
		{"first failure decides", "-", "D"},
		{"up needs three failures in a row", "+--+---", "UUUUUUD"},
		{"down needs two successes in a row", "-+-++", "DDDDU"},
		{"recovery starts the count anew", "+---++--+--", "UUUDDUUUUUU"},
	}
	letters := map[State]byte{StateUp: 'U', StateDown: 'D'}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			v := verdict{state: StateUnknown}
			var states []byte
			for _, result := range test.results {
				var err error
				if result == '-' {
					err = errors.New("refused")
				}
				v = v.observe(err, m)
				states = append(states, letters[v.state])
			}
			if string(states) != test.states {
				t.Errorf("results %s gave %s, want %s", test.results, states, test.states)
			}
		})
	}
}

// The verdict must be what a look at the whole history says: the last turn is the latest run of enough equal results.
func TestVerdictAgreesWithTheHistory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := Monitor{
			SuccessfulChecks: rapid.IntRange(1, 5).Draw(t, "successful_checks"),
			FailedChecks:     rapid.IntRange(1, 5).Draw(t, "failed_checks"),
		}
		history := rapid.SliceOfN(rapid.Bool(), 1, 40).Draw(t, "results")
		v := verdict{state: StateUnknown}
		want, run := StateUnknown, 0
		for i, ok := range history {
			var err error
			state, needed := StateUp, m.SuccessfulChecks
			if !ok {
				err, state, needed = errors.New("refused"), StateDown, m.FailedChecks
			}
			v = v.observe(err, m)
			if run++; i > 0 && history[i-1] != ok {
				run = 1
			}
			if want == StateUnknown || run >= needed {
				want = state
			}
			if v.state != want {
				t.Fatalf("after %v: %s, want %s", history[:i+1], v.state, want)
			}
			if (v.reason == "") != (v.state == StateUp) {
				t.Fatalf("state %s with reason %q", v.state, v.reason)
			}
		}
	})
}
