//go:build verify && horizon

package verify_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/verify/realcloud"
	"github.com/avi-lbaas/avi-lbaas/verify/webdriver"
)

// screenshots is where the pictures of the pages are kept.
const screenshots = "screenshots"

// TestHorizon makes a load balancer with listener, pool and monitor by clicking in the dashboard, looks at it and deletes it.
func TestHorizon(t *testing.T) {
	s := startSite(t)
	n := s.network(t, s.demo, "horizon", "10.32.0.0/24", false)
	url, err := s.cloud.StartHorizon(t.Context(), startNoServers(t))
	if err != nil {
		t.Fatal(err)
	}
	browser, err := webdriver.Start(t.Context(), t.TempDir(), t.Output())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := browser.Close(); err != nil {
			t.Error(err)
		}
	})
	p := page{t: t, browser: browser}

	p.open(url + "/auth/login/")
	p.typeInto("//input[@name='username']", realcloud.UserDemo)
	p.typeInto("//input[@name='password']", s.cloud.Password())
	p.click("//button[@type='submit']")
	p.sees("//*[@id='main_content']")
	p.picture("1-logged-in")

	p.open(url + "/project/load_balancer/")
	p.click(button("Create Load Balancer"))
	p.typeInto("//wizard//input[@name='name']", "clicked")
	p.click("(//wizard//filter-select)[3]//button")
	p.click("(//wizard//filter-select)[3]//td[contains(., 'horizon-subnet')]")
	p.picture("2-load-balancer")
	p.click(wizardStep("Listener Details"))
	p.choose("//wizard//select[@name='protocol']", "HTTP")
	p.picture("3-listener")
	p.click(wizardStep("Pool Details"))
	p.choose("//wizard//select[@name='method']", "ROUND_ROBIN")
	p.picture("4-pool")
	p.click(wizardStep("Monitor Details"))
	p.choose("//wizard//select[@name='type']", "HTTP")
	p.picture("5-monitor")
	p.click("//wizard//button[contains(@class, 'finish')]")
	p.sees(row + "//*[contains(., 'Active')]")
	p.picture("6-list")

	p.click(row + "//a[contains(., 'clicked')]")
	p.sees("//dd[contains(., 'avi_adc')]")
	p.picture("7-details")
	lb := s.only(t, "/v2/lbaas/loadbalancers")
	if lb["name"] != "clicked" || lb["vip_subnet_id"] != n.SubnetID {
		t.Errorf("the load balancer made by clicking is %v", lb)
	}
	if l := s.only(t, "/v2/lbaas/listeners"); l["protocol"] != "HTTP" || l["protocol_port"] != 80.0 {
		t.Errorf("the listener made by clicking is %v", l)
	}
	if m := s.only(t, "/v2/lbaas/healthmonitors"); m["type"] != "HTTP" {
		t.Errorf("the monitor made by clicking is %v", m)
	}

	s.removeChildren(t)
	p.open(url + "/project/load_balancer/")
	p.click(row + "//button[contains(@class, 'dropdown-toggle')]")
	p.click(row + "//a[contains(., 'Delete Load Balancer')]")
	p.click("//*[contains(@class, 'modal')]//button[contains(., 'Delete Load Balancer')]")
	p.gone(row)
	p.picture("8-deleted")
	// The page lets go of it when the deletion has been accepted.
	eventually(t, "its port is gone", func() bool {
		ports, err := s.admin.Ports(t.Context(), n.ID)
		return err == nil && len(ports) == 0
	})
}

func button(text string) string { return "//button[contains(., '" + text + "')]" }

func wizardStep(text string) string {
	return "//wizard//*[contains(@class, 'nav')]//a[contains(., '" + text + "')]"
}

// row is the load balancer's in the table.
const row = "//tr[.//a[contains(., 'clicked')]]"

// startNoServers starts what passes for a Nova without servers, and tells its URL.
func startNoServers(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/servers/detail") {
			reply(w, http.StatusOK, map[string]any{"servers": []any{}})
			return
		}
		version := map[string]any{
			"id": "v2.1", "status": "CURRENT", "version": "2.1", "min_version": "2.1",
			"links": []any{map[string]any{"rel": "self", "href": "http://" + r.Host + "/v2.1/"}},
		}
		reply(w, http.StatusOK, map[string]any{"version": version, "versions": []any{version}})
	}))
	t.Cleanup(server.Close)
	return server.URL + "/v2.1"
}

// only is the only object of a list that the user sees; the dashboard makes one after the other, when the page is long there.
func (s *site) only(t *testing.T, path string) map[string]any {
	t.Helper()
	var list []any
	eventually(t, "there is one object at "+path, func() bool {
		a := request(t, s.demo.Token(), http.MethodGet, "http://"+s.cloud.LoadBalancerAddress+path, nil)
		list, _ = a.body[path[strings.LastIndex(path, "/")+1:]].([]any)
		return len(list) == 1
	})
	object, _ := list[0].(map[string]any)
	return object
}

// removeChildren deletes what is below the only load balancer: the dashboard deletes only one that has nothing below it.
func (s *site) removeChildren(t *testing.T) {
	t.Helper()
	for _, kind := range []string{"healthmonitors", "pools", "listeners"} {
		url := "http://" + s.cloud.LoadBalancerAddress + "/v2/lbaas/" + kind + "/" + s.only(t, "/v2/lbaas/"+kind)["id"].(string)
		eventually(t, "it is deleted: "+url, func() bool {
			request(t, s.demo.Token(), http.MethodDelete, url, nil)
			return request(t, s.demo.Token(), http.MethodGet, url, nil).status == http.StatusNotFound
		})
	}
}

// page is the browser in a test: what does not go well ends it, with a picture.
type page struct {
	t       *testing.T
	browser *webdriver.Browser
}

func (p page) must(err error) {
	p.t.Helper()
	if err != nil {
		p.picture("0-failed")
		p.t.Fatal(err)
	}
}

func (p page) open(url string) {
	p.t.Helper()
	p.must(p.browser.Go(p.t.Context(), url))
}

func (p page) click(xpath string) {
	p.t.Helper()
	p.must(p.browser.Click(p.t.Context(), xpath))
}

func (p page) typeInto(xpath, text string) {
	p.t.Helper()
	p.must(p.browser.Type(p.t.Context(), xpath, text))
}

// choose chooses an option of a menu by its text.
func (p page) choose(xpath, text string) {
	p.t.Helper()
	p.click(xpath + "/option[normalize-space(.)='" + text + "']")
}

func (p page) sees(xpath string) {
	p.t.Helper()
	p.must(p.browser.Wait(p.t.Context(), xpath))
}

func (p page) gone(xpath string) {
	p.t.Helper()
	p.must(p.browser.WaitGone(p.t.Context(), xpath))
}

// picture keeps what the page looks like now.
func (p page) picture(name string) {
	p.t.Helper()
	picture, err := p.browser.Screenshot(p.t.Context())
	if err == nil {
		err = os.MkdirAll(screenshots, 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(screenshots, name+".png"), picture, 0o600)
	}
	if err != nil {
		p.t.Error(err)
	}
}
