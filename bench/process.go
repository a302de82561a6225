package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// usage is the memory of processes in bytes.
type usage struct {
	// Now and Peak are resident sets; what several processes share counts for each. Share counts it once.
	Now   int64 `json:"resident"`
	Peak  int64 `json:"resident_peak"`
	Share int64 `json:"proportional"`
}

// memory sums what processes have.
func memory(processes []int) (sum usage, err error) {
	for _, pid := range processes {
		for file, fields := range map[string]map[string]*int64{
			"status":       {"VmRSS": &sum.Now, "VmHWM": &sum.Peak},
			"smaps_rollup": {"Pss": &sum.Share},
		} {
			text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, file)) //nolint:gosec // of numbers and our own words
			if err != nil {
				return sum, fmt.Errorf("read the memory of process %d: %w", pid, err)
			}
			addKilobytes(string(text), fields)
		}
	}
	return sum, nil
}

// addKilobytes adds lines of the form "VmRSS:	 1234 kB" to the fields of their names.
func addKilobytes(text string, fields map[string]*int64) {
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(line, ":")
		kilobytes, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
		if field := fields[name]; field != nil && err == nil {
			*field += kilobytes << 10
		}
	}
}

// processorTime is how long processes have computed so far.
func processorTime(processes []int) (sum time.Duration, err error) {
	for _, pid := range processes {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			return sum, fmt.Errorf("read the processor time of process %d: %w", pid, err)
		}
		took, err := parseProcessorTime(string(text))
		if err != nil {
			return sum, fmt.Errorf("read the processor time of process %d: %w", pid, err)
		}
		sum += took
	}
	return sum, nil
}

// parseProcessorTime reads utime and stime of proc_pid_stat(5), whose unit is 1/100 second on every Linux.
func parseProcessorTime(stat string) (time.Duration, error) {
	const afterName, utime, stime = 3, 14, 15 // the fields' numbers there; the name may have spaces
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	if len(fields) <= stime-afterName {
		return 0, fmt.Errorf("only %d fields", len(fields))
	}
	var ticks int64
	for _, i := range []int{utime, stime} {
		n, err := strconv.ParseInt(fields[i-afterName], 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond, nil
}
