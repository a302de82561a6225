package lbaas_test

import (
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

func TestTimeoutClientData(t *testing.T) {
	const cannot = "Provider 'avi' does not support a requested option: "
	checkRefusals(t, []refusal{
		{"TCP", `{"loadbalancer_id":"lb","protocol_port":1,"protocol":"TCP","timeout_client_data":1000}`, unsupported, cannot + "timeout_client_data of a TCP listener"},
		{"none at all", `{"loadbalancer_id":"lb","protocol_port":1,"protocol":"HTTP","timeout_client_data":0}`, unsupported, cannot + "timeout_client_data of 0 milliseconds: the Avi Controller takes 10 to 100000000"},
		{"more than a day", `{"loadbalancer_id":"lb","protocol_port":1,"protocol":"HTTP","timeout_client_data":100000001}`, unsupported, cannot + "timeout_client_data of 100000001 milliseconds: the Avi Controller takes 10 to 100000000"},
	}, func(in lbaas.ListenerInput) error {
		_, err := lbaas.NewListener(in)
		return err
	})
	for body, want := range map[string][2]int{ // kept and shown
		`"protocol":"HTTP"`:                              {0, 50000},
		`"protocol":"TCP","timeout_client_data":50000`:   {0, 50000},
		`"protocol":"TCP","timeout_client_data":null`:    {0, 50000},
		`"protocol":"HTTP","timeout_client_data":1000`:   {1000, 1000},
		`"protocol":"HTTP","timeout_client_data":100000`: {100000, 100000},
	} {
		l, err := lbaas.NewListener(decode[lbaas.ListenerInput](t, `{"loadbalancer_id":"lb","protocol_port":1,`+body+`}`))
		if err != nil || [2]int{l.TimeoutClientData, l.ShownTimeoutClientData()} != want {
			t.Errorf("%s: %d, shown as %d, %v; want %v", body, l.TimeoutClientData, l.ShownTimeoutClientData(), err, want)
		}
	}
}
