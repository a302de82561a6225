package adopt_test

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/gophercloud/gophercloud/v2"

	"github.com/avi-lbaas/avi-lbaas/internal/adopt"
)

// session logs in with nothing but a token.
type session struct{}

func (session) Client(context.Context) (*gophercloud.ProviderClient, error) {
	p := &gophercloud.ProviderClient{HTTPClient: http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
	p.SetToken("a token")
	return p, nil
}

// shown are the objects of a type as neutron-lbaas' API shows them: with all attributes and with relations.
func (c cloud) shown(typ string) []adopt.Object {
	related := func(o adopt.Object, attribute string) []any {
		if id, _ := o[attribute].(string); id != "" {
			return []any{map[string]any{"id": id}}
		}
		return []any{}
	}
	var all []adopt.Object
	for _, o := range c.sorted(typ) {
		o = maps.Clone(o)
		if o["admin_state_up"] == nil {
			o["admin_state_up"] = true
		}
		switch typ {
		case "loadbalancer":
			o["provider"], o["provisioning_status"], o["operating_status"] = "avi_adc", "ACTIVE", "ONLINE"
			o["listeners"], o["pools"], o["flavor_id"] = []any{map[string]any{"id": "any"}}, []any{}, ""
			o["tenant_id"] = o["project_id"]
		case "listener":
			o["loadbalancers"] = related(o, "loadbalancer_id")
			o["default_tls_container_ref"], o["sni_container_refs"], o["l7policies"] = nil, []any{}, []any{}
			delete(o, "loadbalancer_id")
		case "pool":
			o["loadbalancers"], o["listeners"] = related(o, "loadbalancer_id"), []any{}
			delete(o, "loadbalancer_id")
		case "healthmonitor":
			o["pools"], o["max_retries_down"] = related(o, "pool_id"), 3
			delete(o, "pool_id")
		}
		all = append(all, o)
	}
	return all
}

// serve is a neutron-lbaas that serves the cloud, two objects a page.
func (c cloud) serve(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	list := func(pattern, name string, objects func(*http.Request) []adopt.Object) {
		mux.HandleFunc("GET /v2.0/lbaas/"+pattern, func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("X-Auth-Token") != "a token" {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			answer := map[string]any{}
			page := objects(r)
			if marker := r.URL.Query().Get("marker"); marker != "" {
				i := slices.IndexFunc(page, func(o adopt.Object) bool { return o["id"] == marker })
				page = page[i+1:]
			}
			if len(page) > 2 {
				page = page[:2]
				answer[name+"_links"] = []any{map[string]any{"rel": "next", "href": fmt.Sprintf("http://elsewhere/x?marker=%s", page[1]["id"])}}
			}
			answer[name] = append([]adopt.Object{}, page...)
			if err := json.NewEncoder(w).Encode(answer); err != nil {
				t.Error(err)
			}
		})
	}
	for _, typ := range []string{"loadbalancer", "listener", "pool", "healthmonitor"} {
		list(typ+"s", typ+"s", func(*http.Request) []adopt.Object { return c.shown(typ) })
	}
	list("pools/{pool}/members", "members", func(r *http.Request) []adopt.Object {
		members := slices.DeleteFunc(c.shown("member"), func(o adopt.Object) bool { return o["pool_id"] != r.PathValue("pool") })
		for _, m := range members {
			delete(m, "pool_id")
		}
		return members
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

func readAPI(t *testing.T, c cloud) adopt.Export {
	t.Helper()
	api := adopt.API{URL: c.serve(t), Session: session{}}
	e, err := api.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestAPISource(t *testing.T) {
	t.Parallel()
	c := newCloud()
	for i := range 5 {
		id := fmt.Sprintf("lb-%d", i)
		c["loadbalancer"][id] = adopt.Object{"id": id, "name": id, "vip_address": "10.0.0.1"}
		c["pool"]["p-"+id] = adopt.Object{"id": "p-" + id, "loadbalancer_id": id}
		for m := range 3 {
			mid := fmt.Sprintf("m-%s-%d", id, m)
			c["member"][mid] = adopt.Object{"id": mid, "pool_id": "p-" + id}
		}
	}
	base := c.serve(t)
	for _, suffix := range []string{"", "/", "/v2.0", "/v2", "/v2.0/lbaas", "/v2/lbaas/"} {
		api := adopt.API{URL: base + suffix, Session: session{}}
		e, err := api.Read(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", suffix, err)
		}
		if len(e.LoadBalancers) != 5 || len(e.Pools) != 5 || len(e.Members) != 15 || e.Octavia {
			t.Errorf("%s: %d load balancers, %d pools, %d members, Octavia %t", suffix, len(e.LoadBalancers), len(e.Pools), len(e.Members), e.Octavia)
		}
		for _, m := range e.Members {
			if id := m["id"].(string); m["pool_id"] != "p-"+id[2:6] {
				t.Errorf("member %s is in pool %v", id, m["pool_id"])
			}
		}
	}
	api := adopt.API{URL: base + "/elsewhere", Session: session{}}
	if _, err := api.Read(t.Context()); err == nil || !strings.Contains(err.Error(), "list loadbalancers") {
		t.Errorf("a wrong address: %v", err)
	}
}

// dump is what "mysql --batch" writes of neutron-lbaas' tables.
func dump() fstest.MapFS {
	file := func(lines ...string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte(strings.Join(lines, "\n") + "\n")}
	}
	return fstest.MapFS{
		"lbaas_loadbalancers.tsv": file(
			"project_id\tid\tname\tdescription\tvip_subnet_id\tvip_port_id\tvip_address\tprovisioning_status\toperating_status\tadmin_state_up\tflavor_id",
			`9f1b2c3d4e5f40718293a4b5c6d7e8f9	779c41b8-7e75-5556-ac0b-8a3f5d12a0cb	web	shop\tfront\\ok	s1	p1	10.0.0.10	ACTIVE	ONLINE	1	NULL`),
		"lbaas_listeners.tsv": file(
			"project_id\tid\tname\tdescription\tprotocol\tprotocol_port\tconnection_limit\tloadbalancer_id\tdefault_pool_id\tadmin_state_up\tprovisioning_status\toperating_status\tdefault_tls_container_id",
			"9f1b2c3d4e5f40718293a4b5c6d7e8f9\t59ff4999-203c-5435-9072-1f54e3b5be3e\tl1\t\tHTTP\t80\t-1\t779c41b8-7e75-5556-ac0b-8a3f5d12a0cb\t3541953d-d19e-54a0-9896-1b8038e26dbd\t0\tACTIVE\tONLINE\tNULL"),
		"lbaas_pools.tsv": file(
			"project_id\tid\tname\tdescription\tprotocol\tlb_algorithm\thealthmonitor_id\tadmin_state_up\tprovisioning_status\toperating_status\tloadbalancer_id",
			"9f1b2c3d4e5f40718293a4b5c6d7e8f9\t3541953d-d19e-54a0-9896-1b8038e26dbd\tp1\tNULL\tHTTP\tROUND_ROBIN\tdf70ca6a-5f36-519f-b8e1-a8e8e514b212\t1\tACTIVE\tONLINE\t779c41b8-7e75-5556-ac0b-8a3f5d12a0cb"),
		"lbaas_members.tsv": file(
			"project_id\tid\tpool_id\tsubnet_id\taddress\tprotocol_port\tweight\tadmin_state_up\tprovisioning_status\toperating_status\tname",
			"9f1b2c3d4e5f40718293a4b5c6d7e8f9\tfc5885ba-93f8-5579-b447-60fc83e3f12d\t3541953d-d19e-54a0-9896-1b8038e26dbd\ts1\t10.0.0.21\t8080\t10\t1\tACTIVE\tONLINE\t"),
		"lbaas_healthmonitors.tsv": file(
			"project_id\tid\ttype\tdelay\ttimeout\tmax_retries\thttp_method\turl_path\texpected_codes\tprovisioning_status\tadmin_state_up\tname\tmax_retries_down",
			"9f1b2c3d4e5f40718293a4b5c6d7e8f9\tdf70ca6a-5f36-519f-b8e1-a8e8e514b212\tTCP\t5\t3\t3\tGET\t/\t200\tACTIVE\t1\t\t3"),
		"lbaas_sessionpersistences.tsv": file("pool_id\ttype\tcookie_name", "3541953d-d19e-54a0-9896-1b8038e26dbd\tAPP_COOKIE\tsid"),
		"lbaas_sni.tsv":                 &fstest.MapFile{},
		"lbaas_l7policies.tsv":          &fstest.MapFile{},
		"providerresourceassociations.tsv": file("provider_name\tresource_id", "Avi_ADC\t779c41b8-7e75-5556-ac0b-8a3f5d12a0cb",
			"haproxy\tanother"),
	}
}

func TestDumpSource(t *testing.T) {
	t.Parallel()
	e, err := adopt.ReadDump(dump())
	if err != nil {
		t.Fatal(err)
	}
	if len(e.LoadBalancers) != 1 || len(e.Listeners) != 1 || len(e.Pools) != 1 || len(e.Members) != 1 || len(e.HealthMonitors) != 1 {
		t.Fatalf("export %+v", e)
	}
	got := map[string]any{
		"description": e.LoadBalancers[0]["description"], "provider": e.LoadBalancers[0]["provider"], "flavor": e.LoadBalancers[0]["flavor_id"],
		"port": e.Listeners[0]["protocol_port"], "up": e.Listeners[0]["admin_state_up"], "sni": e.Listeners[0]["sni_container_refs"],
		"persistence": e.Pools[0]["session_persistence"], "monitored": e.HealthMonitors[0]["pool_id"],
	}
	want := map[string]any{
		"description": "shop\tfront\\ok", "provider": "Avi_ADC", "flavor": nil, "port": json.Number("80"), "up": false, "sni": []any{},
		"persistence": map[string]any{"type": "APP_COOKIE", "cookie_name": "sid"}, "monitored": "3541953d-d19e-54a0-9896-1b8038e26dbd",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("export (-want +got):\n%s", diff)
	}
}

// xmlDump is dump as "mysqldump --xml" writes it.
func xmlDump(t *testing.T) string {
	t.Helper()
	text := &strings.Builder{}
	text.WriteString(`<?xml version="1.0"?>
<mysqldump xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<database name="neutron"><table_structure name="lbaas_pools"><field Field="id" Type="varchar(36)" /></table_structure>
<table_data name="networks"><row><field name="id">n</field></row></table_data>
`)
	for file, content := range dump() {
		fmt.Fprintf(text, "<table_data name=%q>\n", strings.TrimSuffix(file, ".tsv"))
		lines := strings.Split(strings.TrimSuffix(string(content.Data), "\n"), "\n")
		columns := strings.Split(lines[0], "\t")
		for _, line := range lines[1:] {
			text.WriteString("<row>\n")
			for i, value := range strings.Split(line, "\t") {
				if value == "NULL" {
					fmt.Fprintf(text, "<field name=%q xsi:nil=\"true\" />\n", columns[i])
					continue
				}
				fmt.Fprintf(text, "<field name=%q>", columns[i])
				value = strings.NewReplacer(`\t`, "\t", `\\`, `\`).Replace(value)
				if err := xml.EscapeText(text, []byte(value)); err != nil {
					t.Fatal(err)
				}
				text.WriteString("</field>\n")
			}
			text.WriteString("</row>\n")
		}
		text.WriteString("</table_data>\n")
	}
	return text.String() + "</database>\n</mysqldump>\n"
}

// Both forms of a dump say the same.
func TestXMLDumpSource(t *testing.T) {
	t.Parallel()
	want, err := adopt.ReadDump(dump())
	if err != nil {
		t.Fatal(err)
	}
	text := xmlDump(t)
	got, err := adopt.ReadXMLDump(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("export (-tables +XML):\n%s", diff)
	}
	for name, broken := range map[string]string{
		"no table lbaas_sni":   strings.Replace(text, `name="lbaas_sni"`, `name="other"`, 1),
		"syntax error":         text[:len(text)/2],
		"is not a number":      strings.Replace(text, `<field name="weight">10`, `<field name="weight">ten`, 1),
		"no table lbaas_pools": "",
	} {
		if _, err := adopt.ReadXMLDump(strings.NewReader(broken)); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestDumpRefusesWhatIsNone(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(fstest.MapFS){
		"table lbaas_sni":        func(fs fstest.MapFS) { delete(fs, "lbaas_sni.tsv") },
		"no column names":        func(fs fstest.MapFS) { fs["lbaas_pools.tsv"].Data = []byte("one\ttwo\n") },
		"has 2 columns, not 3":   func(fs fstest.MapFS) { fs["lbaas_sessionpersistences.tsv"].Data = []byte("pool_id\ta\tb\nx\ty\n") },
		"is neither 0 nor 1":     func(fs fstest.MapFS) { fs["lbaas_pools.tsv"].Data = []byte("id\tadmin_state_up\nx\tyes\n") },
		"is not a number":        func(fs fstest.MapFS) { fs["lbaas_members.tsv"].Data = []byte("id\tweight\nx\tten\n") },
		"first line has no colu": func(fs fstest.MapFS) { fs["lbaas_members.tsv"].Data = []byte("\nx\n") },
	} {
		files := dump()
		change(files)
		if _, err := adopt.ReadDump(files); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if len(adopt.Tables())+1 != len(dump()) {
		t.Errorf("the test's dump lacks one of %v", adopt.Tables())
	}
	if _, err := adopt.ReadDump(fstest.MapFS{filepath.Base("x"): &fstest.MapFile{}}); err == nil {
		t.Error("a directory without a dump is taken for one")
	}
}

// Whatever is in the files, it is read or refused.
func FuzzDump(f *testing.F) {
	f.Add("id\tname\tadmin_state_up\nx\ty\\t\t1\n")
	f.Add("pool_id\ttype\n\t\nNULL\tNULL\n")
	f.Fuzz(func(_ *testing.T, text string) {
		files := dump()
		for name := range files {
			files[name] = &fstest.MapFile{Data: []byte(text)}
		}
		_, _ = adopt.ReadDump(files)
		_, _ = adopt.ReadXMLDump(strings.NewReader(text))
	})
}
