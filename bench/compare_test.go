package main

import (
	"strings"
	"testing"
	"time"
)

func TestTheTableHasBothSides(t *testing.T) {
	var out strings.Builder
	compare(&out,
		measurement{Name: "ours", Memory: &usage{Now: 30 << 20, Peak: 40 << 20, Share: 29 << 20}, Results: []result{
			{Name: "list", Rate: 1500, P50: 2 * time.Millisecond},
			{Name: "create", Rate: 440, P50: 9 * time.Millisecond},
			{Name: "ours alone", Rate: 7, P50: time.Second},
		}},
		measurement{Name: "theirs", Results: []result{
			{Name: "create", Rate: 22, P50: 180 * time.Millisecond},
			{Name: "list", Rate: 2.5, P50: 1600 * time.Millisecond},
		}},
	)
	const want = `| | ours, a second | p50 | theirs, a second | p50 | times |
| --- | --- | --- | --- | --- | --- |
| list | 1500 | 2 ms | 2.5 | 1600 ms | 600 |
| create | 440 | 9 ms | 22 | 180 ms | 20 |
| ours alone | 7 | 1000 ms | | | |

Memory of ours: resident 30.0 MiB, at most 40.0 MiB; shared pages counted once 29.0 MiB.
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}
