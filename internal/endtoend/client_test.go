package endtoend_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"
)

// client is a user of the API, without a token: the service runs with auth_strategy noauth.
type client struct {
	http    *http.Client
	project string
	// address is where the API is served now; it may change with each call.
	address func() string
	// outages says that 503 is no answer either: what the service needs may go away.
	outages bool
}

func newClient(t *testing.T, project string, address func() string) *client {
	t.Helper()
	c := &client{http: &http.Client{Transport: &http.Transport{}, Timeout: 10 * time.Second}, project: project, address: address}
	t.Cleanup(c.http.CloseIdleConnections)
	return c
}

// answer is what the API said.
type answer struct {
	status int
	body   map[string]any
	text   string
}

func (a answer) String() string { return fmt.Sprintf("%d %s", a.status, a.text) }

// call sends one request. An error means that no answer came: whether the request was carried out is not known then.
func (c *client) call(ctx context.Context, method, path string, body any) (answer, error) {
	var content io.Reader = http.NoBody
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return answer{}, err
		}
		content = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, "http://"+c.address()+"/v2.0/lbaas/"+path, content)
	if err != nil {
		return answer{}, err
	}
	request.Header.Set("X-Project-Id", c.project)
	request.Header.Set("Content-Type", "application/json")
	response, err := c.http.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return answer{}, err
	}
	a := answer{status: response.StatusCode, text: string(text)}
	if c.outages && a.status == http.StatusServiceUnavailable {
		return answer{}, fmt.Errorf("answered %s", a)
	}
	if len(text) > 0 {
		err = json.Unmarshal(text, &a.body)
	}
	return a, err
}

// send carries out an operation.
func (c *client) send(ctx context.Context, op operation) (answer, error) {
	method, path := op.request()
	var body any
	if op.attributes != nil {
		body = map[string]any{op.kind: op.attributes}
	}
	return c.call(ctx, method, path, body)
}

// pendingStatus is part of every status tree in which the worker has yet to finish with something.
const pendingStatus = `"provisioning_status":"PENDING_`

// settle waits until nothing of a load balancer is PENDING any more. A wrongError is the service's fault; any other error means
// that no answer came.
func (c *client) settle(ctx context.Context, loadBalancerID string) error {
	deadline := time.Now().Add(time.Minute) // a busy machine takes seconds
	for {
		a, err := c.call(ctx, http.MethodGet, "loadbalancers/"+loadBalancerID+"/status", nil)
		switch {
		case err != nil:
			return err
		case a.status == http.StatusNotFound:
			return nil
		case a.status != http.StatusOK || strings.Contains(a.text, `"provisioning_status":"ERROR"`):
			return wrongf("load balancer %s: %s", loadBalancerID, a)
		case !strings.Contains(a.text, pendingStatus):
			return nil
		case time.Now().After(deadline):
			return wrongf("load balancer %s stays PENDING: %s", loadBalancerID, a)
		}
		<-time.After(3 * time.Millisecond)
	}
}

// settleAll waits until nothing of the project is PENDING any more, load balancers that are being deleted included.
func (c *client) settleAll(ctx context.Context) error {
	a, err := c.call(ctx, http.MethodGet, "loadbalancers?project_id="+c.project, nil)
	if err != nil {
		return err
	}
	for _, item := range asList(a.body["loadbalancers"]) {
		lb, _ := item.(map[string]any)
		id, _ := lb["id"].(string)
		if err := c.settle(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// holds says whether an operation has been carried out, and for a creation with which id. The load balancer is settled.
func (c *client) holds(ctx context.Context, op operation) (id string, ok bool, err error) {
	if op.verb == create {
		_, path := op.request()
		name, _ := op.attributes["name"].(string)
		// Without authentication everyone is an admin, and sees the objects of all.
		query := url.Values{"name": {name}, "project_id": {c.project}}
		a, err := c.call(ctx, http.MethodGet, path+"?"+query.Encode(), nil)
		if err != nil || a.status != http.StatusOK {
			return "", false, err
		}
		for _, list := range a.body {
			for _, item := range asList(list) {
				if found, ok := item.(map[string]any); ok && found["name"] == name {
					id, _ := found["id"].(string)
					return id, true, nil
				}
			}
		}
		return "", false, nil
	}
	_, path := op.request()
	path, _, _ = strings.Cut(path, "?")
	a, err := c.call(ctx, http.MethodGet, path, nil)
	if err != nil {
		return "", false, err
	}
	if op.verb == remove {
		return "", a.status == http.StatusNotFound, nil
	}
	return "", a.status == http.StatusOK && includes(a.body[op.kind], op.attributes), nil
}

func asList(value any) []any {
	list, _ := value.([]any)
	return list
}

// includes says that everything that was sent is in what came back.
func includes(shown any, sent map[string]any) bool {
	text, err := json.Marshal(sent)
	if err != nil {
		return false
	}
	var plain map[string]any
	return json.Unmarshal(text, &plain) == nil && includesValue(shown, plain)
}

func includesValue(shown, sent any) bool {
	attributes, ok := sent.(map[string]any)
	if !ok {
		return reflect.DeepEqual(shown, sent)
	}
	object, _ := shown.(map[string]any)
	for name, value := range attributes {
		if !includesValue(object[name], value) {
			return false
		}
	}
	return true
}

// wrongError is what a correct service never lets happen, as opposed to an answer that is missing because the service was killed.
type wrongError struct{ text string }

func (e *wrongError) Error() string { return e.text }

func wrongf(format string, args ...any) error { return &wrongError{text: fmt.Sprintf(format, args...)} }
