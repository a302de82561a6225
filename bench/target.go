package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
)

// target is a load balancing service, as an administrator of it.
type target struct {
	url      string // up to and with the version and /lbaas
	token    string
	client   *http.Client
	provider string // of the load balancers that are made; empty for the service's default
	subnet   string // of VIPs; empty where addresses are given instead
	// anySubnet gives addresses in subnets that there are not, as Octavia with its no-op network driver wants it.
	anySubnet bool
}

func newTarget(url, token string) *target {
	return &target{
		url: strings.TrimRight(url, "/") + "/v2/lbaas", token: token,
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true}, Timeout: time.Minute},
	}
}

// do sends a request and reads its answer to the end. Answers other than 2xx are errors.
func (t *target) do(ctx context.Context, method, path string, body, out any) error {
	var data []byte
	if body != nil {
		var err error
		if data, err = json.Marshal(body); err != nil {
			return fmt.Errorf("encode the body of %s %s: %w", method, path, err)
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, t.url+path, bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("make the request %s %s: %w", method, path, err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json")
	if t.token != "" {
		r.Header.Set("X-Auth-Token", t.token)
	}
	answer, err := t.client.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }() // read to its end
	if out == nil && answer.StatusCode < http.StatusMultipleChoices {
		// What the answer says is not looked at, so that the client takes as little as it can of the machine that both run on.
		_, err := io.Copy(io.Discard, answer.Body)
		return err
	}
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return fmt.Errorf("read the answer to %s %s: %w", method, path, err)
	}
	if answer.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("%s %s: %s: %.300s", method, path, answer.Status, text)
	}
	if err := json.Unmarshal(text, out); err != nil {
		return fmt.Errorf("decode the answer to %s %s: %w", method, path, err)
	}
	return nil
}

// object is what is read of any object.
type object struct {
	ID     string `json:"id"`
	Status string `json:"provisioning_status"`
}

// create makes an object of a kind ("listener") and gives its id.
func (t *target) create(ctx context.Context, path, kind string, attributes map[string]any) (string, error) {
	var made map[string]object
	if err := t.do(ctx, http.MethodPost, path, map[string]any{kind: attributes}, &made); err != nil {
		return "", err
	}
	return made[kind].ID, nil
}

// createLoadBalancer makes the n-th load balancer of a project.
func (t *target) createLoadBalancer(ctx context.Context, project, provider string, n int) (string, error) {
	return t.create(ctx, "/loadbalancers", "loadbalancer", t.loadBalancer(project, provider, n))
}

// loadBalancer is the n-th load balancer of a project in the words of a request.
func (t *target) loadBalancer(project, provider string, n int) map[string]any {
	attributes := map[string]any{"name": fmt.Sprintf("bench-%d", n), "project_id": project}
	switch {
	case t.subnet != "":
		attributes["vip_subnet_id"] = t.subnet
	case t.anySubnet:
		attributes["vip_subnet_id"] = uuid.NewString()
		fallthrough
	default:
		attributes["vip_address"] = fmt.Sprintf("198.18.%d.%d", n/250%250, n%250+1)
	}
	if provider != "" {
		attributes["provider"] = provider
	}
	return attributes
}

// tree makes a load balancer with so many pools of one member each, by one request, and names a member.
func (t *target) tree(ctx context.Context, project string, size int) (loadBalancer, member string, err error) {
	pools := make([]any, size)
	for i := range pools {
		pools[i] = map[string]any{
			"name": fmt.Sprintf("pool-%d", i), "protocol": "HTTP", "lb_algorithm": "ROUND_ROBIN",
			"members": []any{map[string]any{"address": fmt.Sprintf("198.19.%d.%d", i/250, i%250+1), "protocol_port": 80}},
		}
	}
	attributes := t.loadBalancer(project, t.provider, 0)
	attributes["pools"] = pools
	var made struct {
		LoadBalancer struct {
			object
			Pools []struct {
				object
				Members []object `json:"members"`
			} `json:"pools"`
		} `json:"loadbalancer"`
	}
	if err := t.do(ctx, http.MethodPost, "/loadbalancers", map[string]any{"loadbalancer": attributes}, &made); err != nil {
		return "", "", err
	}
	lb := made.LoadBalancer
	if len(lb.Pools) != size || len(lb.Pools[0].Members) != 1 {
		return "", "", fmt.Errorf("load balancer %s was made without all of its pools and members", lb.ID)
	}
	return lb.ID, "/pools/" + lb.Pools[0].ID + "/members/" + lb.Pools[0].Members[0].ID, nil
}

// settled waits until a load balancer is ACTIVE. It asks so seldom that a slow service does not spend its time on the answers.
func (t *target) settled(ctx context.Context, id string) error {
	const shortest = 5 * time.Millisecond
	for {
		asked := time.Now()
		var got struct {
			LoadBalancer object `json:"loadbalancer"`
		}
		if err := t.do(ctx, http.MethodGet, "/loadbalancers/"+id+"?fields=id&fields=provisioning_status", nil, &got); err != nil {
			return err
		}
		switch got.LoadBalancer.Status {
		case "ACTIVE":
			return nil
		case "ERROR":
			return fmt.Errorf("load balancer %s is in ERROR", id)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(max(shortest, 5*time.Since(asked))):
		}
	}
}
