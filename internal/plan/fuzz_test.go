package plan_test

import (
	"bytes"
	"encoding/json"
	"testing"
)

// FuzzActual holds whatever a Controller may answer to two rules: nothing panics, and what was merged does not differ.
func FuzzActual(f *testing.F) {
	for _, seed := range []string{
		`{}`,
		`{"name":"web-1234","enabled":null,"settings":[],"servers":{},"services":"x"}`,
		`{"servers":[1,{"ip":7,"port":{}},{"ip":{"addr":"2001:DB8::1"},"port":"80"},null]}`,
		`{"cloud_ref":"https://c/api/cloud/cloud-1#100%","pool_refs":[{}],"settings":{"inner":{"x":{}}}}`,
		`{"limit":1e400,"text":{"deep":[[{}]]}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		d := json.NewDecoder(bytes.NewReader(body))
		d.UseNumber()
		var actual fields
		if d.Decode(&actual) != nil {
			return
		}
		o := object(fields{
			"name": "web", "enabled": true, "limit": 7, "text": nil, "cloud_ref": "/api/cloud?name=c",
			"pool_refs": list{"/api/pool/pool-1"}, "settings": fields{"inner": fields{"flag": true}},
			"servers": servers(server("2001:db8::1", 80, 1)), "services": positional(fields{"port": 80}),
		})
		o.AlternativeName = "web-1234"
		o.Differs(actual)
		if differs := o.Differs(sent(t, o.Merged(actual))); len(differs) > 0 {
			t.Errorf("%s: after the merge %v differ", body, differs)
		}
		if _, err := o.ChangeFrom(string(body)); err != nil {
			t.Errorf("%s: %v", body, err)
		}
	})
}
