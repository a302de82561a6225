package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDiffersComparesEachFieldThatIsWanted(t *testing.T) {
	for _, c := range []struct {
		name   string
		wanted fields
		actual string
		want   []string
	}{
		{"what is not wanted does not matter", fields{"a": 1}, `{"a":1,"b":2}`, nil},
		{"scalars", fields{"a": 1, "b": "x", "c": true}, `{"a":2,"b":"y","c":false}`, []string{"a", "b", "c"}},
		{"equal scalars", fields{"a": 1, "b": "x", "c": true}, `{"a":1,"b":"x","c":true}`, nil},
		{"absent, null and empty are the same", fields{"a": 0, "b": "", "c": false, "d": list{}, "e": nil, "f": fields{}}, `{"b":null,"e":[]}`, nil},
		{"wanted absent, and empty there", fields{"a": nil, "b": nil, "c": nil, "d": nil}, `{"a":0,"b":"","c":false,"d":{}}`, nil},
		{"wanted absent", fields{"a": nil, "b": nil}, `{"a":1,"b":{"x":1}}`, []string{"a", "b"}},
		{"wanted, and absent there", fields{"a": 1, "b": list{"x"}, "c": fields{"x": 1}}, `{}`, []string{"a", "b", "c"}},
		{"a number is not a text of another type", fields{"a": 10}, `{"a":"10"}`, nil}, // 64-bit numbers travel as texts
		{"a value of another shape", fields{"a": "x", "b": fields{"x": 1}, "c": list{"x"}}, `{"a":["x"],"b":"x","c":"x"}`, []string{"a", "b", "c"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := object(c.wanted)
			if diff := cmp.Diff(c.want, o.Differs(parsed(t, c.actual))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestDiffersComparesAtAnyDepth(t *testing.T) {
	for _, c := range []struct {
		name   string
		wanted fields
		actual string
		equal  bool
	}{
		{"a field of a message", fields{"m": fields{"x": 1}}, `{"m":{"x":2}}`, false},
		{"another field of the message is not ours", fields{"m": fields{"x": 1}}, `{"m":{"x":1,"y":2}}`, true},
		{"a field two levels down", fields{"m": fields{"n": fields{"x": 1}}}, `{"m":{"n":{"x":2}}}`, false},
		{"a field of a message wanted absent", fields{"m": fields{"x": nil}}, `{"m":{"x":1}}`, false},
		{"texts in their order", fields{"l": list{"a", "b"}}, `{"l":["a","b"]}`, true},
		{"texts in another order", fields{"l": list{"a", "b"}}, `{"l":["b","a"]}`, false},
		{"more texts", fields{"l": []string{"a"}}, `{"l":["a","b"]}`, false},
		{"the same texts", fields{"l": []string{"a", "b"}}, `{"l":["a","b"]}`, true},
		{
			"keyed entries in any order, with fields that are not ours",
			fields{"servers": servers(server("10.0.0.1", 80, 1), server("10.0.0.2", 80, 2))},
			`{"servers":[{"ip":{"addr":"10.0.0.2","type":"V4"},"port":80,"ratio":2,"location":{"name":"x"}},
			             {"ip":{"addr":"10.0.0.1","type":"V4"},"port":80,"ratio":1}]}`, true,
		},
		{
			"a keyed entry too many",
			fields{"servers": servers(server("10.0.0.1", 80, 1))},
			`{"servers":[{"ip":{"addr":"10.0.0.2","type":"V4"},"port":80,"ratio":1},
			             {"ip":{"addr":"10.0.0.1","type":"V4"},"port":80,"ratio":1}]}`, false,
		},
		{
			"the same address with another port",
			fields{"servers": servers(server("10.0.0.1", 80, 1))},
			`{"servers":[{"ip":{"addr":"10.0.0.1","type":"V4"},"port":81,"ratio":1}]}`, false,
		},
		{
			"an address in another spelling is the same entry",
			fields{"servers": servers(server("2001:db8::1", 80, 1))},
			`{"servers":[{"ip":{"addr":"2001:0DB8::0:1","type":"V4"},"port":80,"ratio":1}]}`, true,
		},
		{"entries by their place", fields{"services": positional(fields{"port": 80})}, `{"services":[{"port":80,"x":1}]}`, true},
		{"another entry in the place", fields{"services": positional(fields{"port": 80})}, `{"services":[{"port":81}]}`, false},
		{"no entries", fields{"services": positional()}, `{}`, true},
		{"no entries wanted", fields{"services": positional()}, `{"services":[{"port":81}]}`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := object(c.wanted)
			if got := o.Differs(parsed(t, c.actual)); (len(got) == 0) != c.equal {
				t.Errorf("Differs() = %v, want equal: %v", got, c.equal)
			}
		})
	}
}

func TestReferencesAreComparedByWhatTheyName(t *testing.T) {
	for _, c := range []struct {
		name, wanted, actual string
		equal                bool
	}{
		{"a uuid as the Controller shows it", "/api/pool/pool-1", "https://10.0.0.1/api/pool/pool-1#web", true},
		{"a uuid without the name", "/api/pool/pool-1", "https://10.0.0.1/api/pool/pool-1", true},
		{"another uuid", "/api/pool/pool-1", "https://10.0.0.1/api/pool/pool-2#web", false},
		{"a name as the Controller shows it", "/api/cloud?name=Default-Cloud", "https://10.0.0.1/api/cloud/cloud-1#Default-Cloud", true},
		{"a name as it was sent", "/api/cloud?name=Default-Cloud", "/api/cloud/?name=Default-Cloud", true},
		{"another name", "/api/cloud?name=Default-Cloud", "https://10.0.0.1/api/cloud/cloud-1#other", false},
		{"a name that is not shown", "/api/cloud?name=Default-Cloud", "https://10.0.0.1/api/cloud/cloud-1", false},
		{"a name with a space", "/api/cloud?name=my cloud", "https://10.0.0.1/api/cloud/cloud-1#my cloud", true},
		{"a name with a plus", "/api/cloud?name=rhel+kvm", "https://10.0.0.1/api/cloud/cloud-1#rhel+kvm", true},
		{"a name with a percent sign", "/api/cloud?name=100% mine", "https://10.0.0.1/api/cloud/cloud-1#100% mine", true},
		{"none", "/api/pool/pool-1", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := object(fields{"some_ref": c.wanted, "some_refs": list{c.wanted}})
			got := o.Differs(fields{"some_ref": c.actual, "some_refs": list{c.actual}})
			want := []string{"some_ref", "some_refs"}
			if c.equal {
				want = nil
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	t.Run("only fields named so are references", func(t *testing.T) {
		o := object(fields{"description": "/api/pool/pool-1"})
		if got := o.Differs(fields{"description": "/x/pool-1"}); len(got) != 1 {
			t.Errorf("Differs() = %v", got)
		}
	})
}

func TestTheAlternativeNameIsAsGoodAsTheName(t *testing.T) {
	o := object(fields{"name": "web"})
	o.AlternativeName = "web-1234"
	for name, want := range map[string][]string{"web": nil, "web-1234": nil, "other": {"name"}} {
		if diff := cmp.Diff(want, o.Differs(fields{"name": name})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
