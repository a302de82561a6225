package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"pgregory.net/rapid"
)

// However a client spells a port, either it is understood as the number that it is, or it is refused: never as another number.
// Fractions are cut.
func TestIntegersAreNeverTakenForOthers(t *testing.T) {
	f := newFront(t)
	f.populate(t)
	member := "/v2/pools/" + poolID() + "/members"
	rapid.Check(t, func(t *rapid.T) {
		port := rapid.IntRange(-70000, 70000).Draw(t, "port")
		form := rapid.SampledFrom([]string{"%d", "%d.0", "%d.5", "%de0", `"%d"`, `" %d "`, `"%d.0"`, "%d0e-1"}).Draw(t, "form")
		text := fmt.Sprintf(form, port)
		got := f.do("POST", member, `{"member": {"address": "192.0.2.1", "protocol_port": `+text+`}}`)
		valid := port >= 1 && port <= 65535
		switch got.status {
		case http.StatusBadRequest:
			if valid && form != `"%d.0"` {
				t.Fatalf("%s was refused: %s", text, got.body)
			}
		case http.StatusCreated:
			var body struct {
				Member struct {
					ProtocolPort int `json:"protocol_port"`
				} `json:"member"`
			}
			if err := json.Unmarshal(got.body, &body); err != nil {
				t.Fatal(err)
			}
			if !valid || body.Member.ProtocolPort != port {
				t.Fatalf("%s became the port %d", text, body.Member.ProtocolPort)
			}
		default:
			t.Fatalf("%s answered %d", text, got.status)
		}
	})
}
