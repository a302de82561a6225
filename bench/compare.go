package main

import (
	"fmt"
	"io"
	"slices"
	"time"
)

// compare writes a table of two services, line by line of what was measured of both, with how many times as fast the first is.
func compare(out io.Writer, ours, reference measurement) {
	line := func(format string, args ...any) { _, _ = fmt.Fprintf(out, format+"\n", args...) } // as with results, see print
	line("| | %s, a second | p50 | %s, a second | p50 | times |", ours.Name, reference.Name)
	line("| --- | --- | --- | --- | --- | --- |")
	for _, r := range ours.Results {
		i := slices.IndexFunc(reference.Results, func(other result) bool { return other.Name == r.Name })
		if i < 0 {
			line("| %s | %s | %s | | | |", r.Name, rate(r.Rate), shown(r.P50))
			continue
		}
		other := reference.Results[i]
		line("| %s | %s | %s | %s | %s | %s |", r.Name, rate(r.Rate), shown(r.P50), rate(other.Rate), shown(other.P50), times(r.Rate, other.Rate))
	}
	for _, m := range []measurement{ours, reference} {
		if m.Memory != nil {
			line("\nMemory of %s: resident %.1f MiB, at most %.1f MiB; shared pages counted once %.1f MiB.",
				m.Name, mebibytes(m.Memory.Now), mebibytes(m.Memory.Peak), mebibytes(m.Memory.Share))
		}
	}
}

// rate has two digits at least.
func rate(r float64) string {
	if r >= 10 {
		return fmt.Sprintf("%.0f", r)
	}
	return fmt.Sprintf("%.2g", r)
}

func shown(d time.Duration) string {
	return fmt.Sprintf("%s ms", rate(float64(d.Microseconds())/1000))
}

func times(ours, reference float64) string {
	if reference == 0 {
		return ""
	}
	return rate(ours / reference)
}
