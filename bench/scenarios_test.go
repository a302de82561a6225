package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// standIn is a load balancing service that keeps what it is asked to make, and has it ACTIVE at once.
type standIn struct {
	mu   sync.Mutex
	made []map[string]any // load balancers
	next int
}

func (s *standIn) id() string { s.next++; return fmt.Sprint("id-", s.next) }

func (s *standIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	path := strings.TrimPrefix(r.URL.Path, "/v2/lbaas/")
	var answer any
	switch {
	case r.Method == http.MethodPost && path == "loadbalancers":
		var body map[string]map[string]any
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		lb := body["loadbalancer"]
		lb["id"], lb["provisioning_status"] = s.id(), "ACTIVE"
		pools, _ := lb["pools"].([]any)
		for _, each := range pools {
			pool, _ := each.(map[string]any)
			pool["id"], pool["members"] = s.id(), []any{map[string]any{"id": s.id()}}
		}
		s.made = append(s.made, lb)
		answer = body
	case r.Method == http.MethodPost:
		answer = map[string]any{"listener": map[string]any{"id": s.id()}}
	case path == "loadbalancers":
		answer = map[string]any{"loadbalancers": slices.DeleteFunc(slices.Clone(s.made), func(lb map[string]any) bool {
			return lb["project_id"] != r.URL.Query().Get("project_id")
		})}
	default:
		answer = map[string]any{"loadbalancer": map[string]any{"id": "x", "provisioning_status": "ACTIVE"}}
	}
	_ = json.NewEncoder(w).Encode(answer) // a client that is gone fails by itself
}

func TestEverythingIsMeasuredInOrder(t *testing.T) {
	service := &standIn{}
	server := httptest.NewServer(service)
	t.Cleanup(server.Close)
	for run := range 2 { // the second finds the lists of the first
		b := &bench{
			target: newTarget(server.URL, ""), out: io.Discard, clients: 2, lasting: time.Millisecond,
			lists: []int{1, 3}, trees: []int{2}, settle: 2, settles: true,
		}
		t.Cleanup(b.client.CloseIdleConnections)
		m, err := b.run(t.Context(), "a stand-in")
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, r := range m.Results {
			names = append(names, r.Name)
		}
		want := []string{
			"list of 1", "list of 3", "show", "create load balancer", "load balancer to ACTIVE", "load balancer with listener to ACTIVE",
			"show a load balancer of 2 pools", "list one load balancer of 2 pools", "show a member beside 2 pools",
			"change a member beside 2 pools",
		}
		if !slices.Equal(names, want) {
			t.Errorf("measured %q, want %q", names, want)
		}
		kept := 0
		for _, size := range b.lists {
			project := projectID(fmt.Sprintf("list of %d", size))
			for _, lb := range service.made {
				if lb["project_id"] == project {
					kept++
				}
			}
		}
		if kept != 4 {
			t.Errorf("after run %d the lists have %d load balancers, want 4", run, kept)
		}
	}
}

// A list that has other things in it is not what is to be measured.
func TestAListThatIsTooLongIsRefused(t *testing.T) {
	service := &standIn{}
	for range 2 {
		service.made = append(service.made, map[string]any{"id": service.id(), "project_id": projectID("list of 1")})
	}
	server := httptest.NewServer(service)
	t.Cleanup(server.Close)
	b := &bench{target: newTarget(server.URL, ""), out: io.Discard, clients: 1, lasting: time.Millisecond, lists: []int{1}}
	t.Cleanup(b.client.CloseIdleConnections)
	if _, err := b.run(t.Context(), "a stand-in"); err == nil || !strings.Contains(err.Error(), "has 2 load balancers, not 1") {
		t.Errorf("measured all the same: %v", err)
	}
}
