package api_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/service"
)

// A short list comes in one piece, whose length is said before; a long one as it is made, over a real connection, and whole.
func TestListsOfAnyLengthAreWhole(t *testing.T) {
	f := newFront(t)
	server := httptest.NewServer(f.handler)
	t.Cleanup(server.Close)
	for _, size := range []int{1, 50, 500} {
		f.memory.empty()
		for n := range size {
			f.memory.lbs = append(f.memory.lbs, service.LoadBalancer{LoadBalancer: lbaas.LoadBalancer{
				Resource: lbaas.Resource{ID: newID(n), ProjectID: project, Name: fmt.Sprint("lb", n)},
			}})
		}
		answer, err := server.Client().Get(server.URL + "/v2/lbaas/loadbalancers?project_id=" + project)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		if err := answer.Body.Close(); err != nil {
			t.Fatal(err)
		}
		if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != "application/json" {
			t.Errorf("a list of %d: %s, %s", size, answer.Status, answer.Header.Get("Content-Type"))
		}
		if length, short := answer.ContentLength, len(body) <= 64<<10; short && length != int64(len(body)) || !short && length != -1 {
			t.Errorf("a list of %d has %d bytes, and says %d", size, len(body), length)
		}
		listed, _ := reply{body: body}.object(t)["loadbalancers"].([]any)
		for n, each := range listed {
			if lb, _ := each.(map[string]any); lb["name"] != fmt.Sprint("lb", n) {
				t.Fatalf("of a list of %d, number %d is %v", size, n, lb["name"])
			}
		}
		if len(listed) != size {
			t.Errorf("of a list of %d, %d came", size, len(listed))
		}
	}
}
