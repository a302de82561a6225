package lbaas_test

import (
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

func TestTimeoutRefusals(t *testing.T) {
	const cannot = "Provider 'avi' does not support a requested option: "
	of := func(protocol, more string) string {
		return `{"loadbalancer_id":"lb","protocol_port":1,"protocol":"` + protocol + `",` + more + `}`
	}
	checkRefusals(t, []refusal{
		{"HTTP, none at all", of("HTTP", `"timeout_client_data":0`), unsupported, cannot + "timeout_client_data of 0 milliseconds: the Avi Controller takes 10 to 100000000"},
		{"HTTP, more than a day", of("HTTP", `"timeout_client_data":100000001`), unsupported, cannot + "timeout_client_data of 100000001 milliseconds: the Avi Controller takes 10 to 100000000"},
		{"TCP, more than four hours", of("TCP", `"timeout_client_data":14400001`), unsupported, cannot + "timeout_client_data of 14400001 milliseconds: the Avi Controller takes 1 to 14400000"},
		{"members, more than four hours", of("HTTP", `"timeout_member_data":14400001`), unsupported, cannot + "timeout_member_data of 14400001 milliseconds: the Avi Controller takes 1 to 14400000"},
		{"members, for ever", of("HTTPS", `"timeout_member_data":0`), unsupported, cannot + "timeout_member_data of 0 milliseconds: the Avi Controller takes 1 to 14400000"},
		{"connecting for longer than the Controller does", of("HTTP", `"timeout_member_connect":511001`), unsupported, cannot + "timeout_member_connect of 511001 milliseconds: the Avi Controller takes 1 to 511000"},
	}, func(in lbaas.ListenerInput) error {
		_, err := lbaas.NewListener(in)
		return err
	})
}

// times are what becomes of a listener's timeouts: seconds of silence of the two sides, and how often a member is asked again.
type times struct{ clientIdle, memberIdle, memberSYNs int }

func TestTimeouts(t *testing.T) {
	const none = `"timeout_client_data":null,"timeout_member_connect":5000,"timeout_member_data":50000,"timeout_tcp_inspect":0`
	const short = `"timeout_client_data":1000,"timeout_member_connect":1000,"timeout_member_data":1000,"timeout_tcp_inspect":50`
	for _, c := range []struct {
		protocol, timeouts string
		want               times
		shown              [4]int
	}{
		{"TCP", none, times{}, [4]int{50000, 5000, 50000, 0}},
		{"HTTP", none, times{}, [4]int{50000, 5000, 50000, 0}},
		{"TCP", short, times{5, 5, 3}, [4]int{1000, 1000, 1000, 50}},
		{"HTTPS", short, times{5, 5, 3}, [4]int{1000, 1000, 1000, 50}},
		{"HTTP", short, times{0, 5, 3}, [4]int{1000, 1000, 1000, 50}}, // its clients are timed by HTTP itself
		{"UDP", short, times{}, [4]int{1000, 1000, 1000, 50}},
		{"SCTP", `"timeout_member_data":2000000000`, times{}, [4]int{50000, 5000, 2000000000, 0}},
		{"TCP", `"timeout_client_data":5001,"timeout_member_data":14400000`, times{6, 14400, 0}, [4]int{5001, 5000, 14400000, 0}},
		{"TCP", `"timeout_member_connect":15000`, times{0, 0, 3}, [4]int{50000, 15000, 50000, 0}},
		{"TCP", `"timeout_member_connect":15001`, times{0, 0, 4}, [4]int{50000, 15001, 50000, 0}},
		{"TCP", `"timeout_member_connect":511000`, times{0, 0, 8}, [4]int{50000, 511000, 50000, 0}},
	} {
		l, err := lbaas.NewListener(decode[lbaas.ListenerInput](t,
			`{"loadbalancer_id":"lb","protocol_port":1,"protocol":"`+c.protocol+`",`+c.timeouts+`}`))
		if err != nil {
			t.Errorf("%s, %s: %v", c.protocol, c.timeouts, err)
			continue
		}
		if got := (times{l.ClientIdle(), l.MemberIdle(), l.MemberSYNs()}); got != c.want {
			t.Errorf("%s, %s: %+v, want %+v", c.protocol, c.timeouts, got, c.want)
		}
		shown := [4]int{l.ShownTimeoutClientData(), l.ShownTimeoutMemberConnect(), l.ShownTimeoutMemberData(), l.TimeoutTCPInspect}
		if shown != c.shown {
			t.Errorf("%s, %s: shown as %v, want %v", c.protocol, c.timeouts, shown, c.shown)
		}
	}
}
