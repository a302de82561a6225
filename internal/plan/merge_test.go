package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMergedKeepsWhatIsNotOurs(t *testing.T) {
	for _, c := range []struct {
		name         string
		wanted       fields
		actual, want string
	}{
		{
			"a field that LBaaS does not have",
			fields{"enabled": true},
			`{"uuid":"pool-1","_last_modified":"7","enabled":false,"graceful_disable_timeout":3}`,
			`{"uuid":"pool-1","_last_modified":"7","enabled":true,"graceful_disable_timeout":3}`,
		},
		{
			"a hand edit within a message",
			fields{"performance_limits": fields{"max_concurrent_connections": 10}},
			`{"performance_limits":{"max_concurrent_connections":5,"max_throughput":9}}`,
			`{"performance_limits":{"max_concurrent_connections":10,"max_throughput":9}}`,
		},
		{
			"a hand edit in an entry that stays; entries that go take theirs with them",
			fields{"servers": servers(server("10.0.0.2", 80, 3), server("10.0.0.3", 80, 1))},
			`{"servers":[{"ip":{"addr":"10.0.0.1","type":"V4"},"port":80,"ratio":1,"description":"gone"},
			             {"ip":{"addr":"10.0.0.2","type":"V4","x":"y"},"port":80,"ratio":1,"description":"kept"}]}`,
			`{"servers":[{"ip":{"addr":"10.0.0.2","type":"V4","x":"y"},"port":80,"ratio":3,"description":"kept"},
			             {"ip":{"addr":"10.0.0.3","type":"V4"},"port":80,"ratio":1}]}`,
		},
		{
			"a hand edit in an entry by its place",
			fields{"vip": positional(fields{"ip_address": fields{"addr": "10.0.0.9", "type": "V4"}})},
			`{"vip":[{"vip_id":"1","ip_address":{"addr":"10.0.0.8","type":"V4"}},{"vip_id":"2"}]}`,
			`{"vip":[{"vip_id":"1","ip_address":{"addr":"10.0.0.9","type":"V4"}}]}`,
		},
		{
			"what is the same keeps the Controller's spelling",
			fields{"pool_ref": "/api/pool/pool-1", "ip": fields{"addr": "2001:db8::1"}, "limit": 10},
			`{"pool_ref":"https://c/api/pool/pool-1#web","ip":{"addr":"2001:DB8::1"},"limit":10}`,
			`{"pool_ref":"https://c/api/pool/pool-1#web","ip":{"addr":"2001:DB8::1"},"limit":10}`,
		},
		{
			"an entry whose address is spelled otherwise keeps its hand edits",
			fields{"servers": servers(server("2001:db8::1", 80, 2))},
			`{"servers":[{"ip":{"addr":"2001:DB8::1","type":"V4"},"port":80,"ratio":1,"description":"kept"}]}`,
			`{"servers":[{"ip":{"addr":"2001:DB8::1","type":"V4"},"port":80,"ratio":2,"description":"kept"}]}`,
		},
		{"wanted absent", fields{"pool_ref": nil, "m": fields{"x": nil}}, `{"pool_ref":"/api/pool/pool-1","m":{"x":1,"y":2}}`, `{"m":{"y":2}}`},
		{"what is empty is not filled in", fields{"description": "", "enabled": false}, `{}`, `{}`},
		{
			"a new entry gets all that is wanted: what it lacks, the Controller sets to its default, which need not be empty",
			fields{"servers": servers(with(server("10.0.0.1", 80, 1), "enabled", false))},
			`{"servers":[]}`,
			`{"servers":[{"ip":{"addr":"10.0.0.1","type":"V4"},"port":80,"ratio":1,"enabled":false}]}`,
		},
		{
			"so does a new message",
			fields{"m": fields{"follow": false, "n": fields{"x": 0, "y": nil}}},
			`{}`,
			`{"m":{"follow":false,"n":{"x":0}}}`,
		},
		{"a list of texts is owned whole", fields{"refs": list{"b"}}, `{"refs":["a","b"]}`, `{"refs":["b"]}`},
		{
			"empty messages are left out at any depth",
			fields{"m": fields{"n": fields{"x": nil}}},
			`{"m":{"n":{"x":1}},"ip6":{},"deep":{"er":{}},"list":[{"e":{},"f":1}]}`,
			`{"list":[{"f":1}]}`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := object(c.wanted)
			actual := parsed(t, c.actual)
			if diff := cmp.Diff(parsed(t, c.want), sent(t, o.Merged(actual))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(parsed(t, c.actual), actual); diff != "" {
				t.Errorf("the actual object was changed (-before +after):\n%s", diff)
			}
		})
	}
}

// with is fields with one more.
func with(f fields, name string, value any) fields {
	f[name] = value
	return f
}

func TestMergedKeepsTheAlternativeNameWhileItStands(t *testing.T) {
	o := object(fields{"name": "web"})
	o.AlternativeName = "web-1234"
	for actual, want := range map[string]string{"web-1234": "web-1234", "web": "web", "other": "web"} {
		if got := o.Merged(fields{"name": actual})["name"]; got != want {
			t.Errorf("from %q: %v, want %q", actual, got, want)
		}
	}
}
