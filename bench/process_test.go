package main

import (
	"os"
	"testing"
	"time"
)

func TestProcessorTimeOfAProcessWithAnOddName(t *testing.T) {
	const stat = "42 (odd) name) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0 20 0 1 0 9 0 0"
	if took, err := parseProcessorTime(stat); err != nil || took != 2*time.Second {
		t.Errorf("150 and 50 ticks are %s: %v", took, err)
	}
	if _, err := parseProcessorTime("42 (short) S 1"); err == nil {
		t.Error("a line without the fields has a time")
	}
}

func TestMemoryIsThatOfAllProcesses(t *testing.T) {
	self := os.Getpid()
	once, err := memory([]int{self})
	if err != nil {
		t.Fatal(err)
	}
	twice, err := memory([]int{self, self})
	if err != nil {
		t.Fatal(err)
	}
	if once.Now <= 0 || once.Share <= 0 || once.Peak < once.Now/2 || twice.Peak < 2*once.Peak {
		t.Errorf("once %+v, twice %+v", once, twice)
	}
	if _, err := memory([]int{1 << 30}); err == nil {
		t.Error("a process that there is not has memory")
	}
}
