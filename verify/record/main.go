//go:build verify

package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/conformance"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx)
	stop()
	if err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	var r recorder
	var keystone string
	users := map[string]*string{}
	flag.StringVar(&r.api, "api", "http://127.0.0.1:9875", "where the reference's API is")
	flag.StringVar(&keystone, "keystone", "http://127.0.0.1:5000", "where its Keystone is")
	for _, caller := range conformance.Bearers() {
		users[caller] = flag.String(caller, "", "user:project of that caller; their passwords are in the environment's OS_PASSWORD")
	}
	flag.Parse()
	r.tokens, r.projects = map[string]string{}, map[string]string{}
	for caller, user := range users {
		name, project, _ := strings.Cut(*user, ":")
		token, projectID, err := authenticate(ctx, keystone, name, project)
		if err != nil {
			return fmt.Errorf("authenticate %s: %w", *user, err)
		}
		r.tokens[caller], r.projects[caller] = token, projectID
	}
	for _, script := range flag.Args() {
		if err := r.record(ctx, script); err != nil {
			return fmt.Errorf("record %s: %w", script, err)
		}
	}
	return nil
}

// recorder talks to a reference.
type recorder struct {
	api              string
	tokens, projects map[string]string // by caller
}

// record runs one script and writes the answers beside it.
func (r *recorder) record(ctx context.Context, path string) error {
	file, err := os.Open(path) //nolint:gosec // the developer's own argument
	if err != nil {
		return err
	}
	requests, err := conformance.Parse(file)
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	if err := r.empty(ctx); err != nil {
		return err
	}
	variables := conformance.Variables{
		"api": r.api, "project": r.projects[conformance.Member], "other": r.projects[conformance.Other],
	}
	answers := make([]conformance.Answer, 0, len(requests))
	for _, q := range requests {
		answer, err := r.answer(ctx, variables, q)
		if err != nil {
			return fmt.Errorf("line %d: %w", q.Line, err)
		}
		answers = append(answers, answer)
	}
	text, err := json.MarshalIndent(answers, "", " ")
	if err != nil {
		return err
	}
	log.Printf("%s: %d requests", filepath.Base(path), len(answers))
	out := strings.TrimSuffix(path, ".requests") + ".answers.json"
	return errors.Join(os.WriteFile(out, append(text, '\n'), 0o644), r.empty(ctx)) //nolint:gosec // testdata is for everybody
}

func (r *recorder) answer(ctx context.Context, variables conformance.Variables, q conformance.Request) (conformance.Answer, error) {
	answer := conformance.Answer{Request: q.Text}
	path, err := variables.Expand(q.Path)
	if err != nil {
		return answer, err
	}
	body, err := variables.Expand(q.Body)
	if err != nil {
		return answer, err
	}
	status, raw, err := r.send(ctx, q.Caller, q.Method, path, body, q.Header)
	if errors.Is(err, io.EOF) {
		// There are requests that the reference's web server has no answer to.
		status, err = http.StatusInternalServerError, nil
	}
	if err != nil {
		return answer, err
	}
	answer.Status = status
	value, err := variables.Read(q, raw)
	if err != nil {
		return answer, err
	}
	answer.Body = variables.Neutral(value)
	if status < http.StatusMultipleChoices && q.Method != http.MethodGet {
		err = r.settle(ctx)
	}
	return answer, err
}

func (r *recorder) send(ctx context.Context, caller, method, path, body string, header http.Header) (int, []byte, error) {
	q, err := http.NewRequestWithContext(ctx, method, r.api+path, strings.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	if body != "" {
		q.Header.Set("Content-Type", "application/json")
	}
	maps.Copy(q.Header, header)
	if token := r.tokens[caller]; token != "" {
		q.Header.Set("X-Auth-Token", token)
	}
	answer, err := http.DefaultClient.Do(q)
	if err != nil {
		return 0, nil, err
	}
	raw, err := io.ReadAll(answer.Body)
	return answer.StatusCode, raw, errors.Join(err, answer.Body.Close())
}

// unsettled is the provider whose load balancers stay pending.
const unsettled = "noop_driver"

type balancer struct {
	ID       string `json:"id"`
	Status   string `json:"provisioning_status"`
	Provider string `json:"provider"`
}

// balancers are the load balancers of both projects.
func (r *recorder) balancers(ctx context.Context) ([]balancer, error) {
	var all []balancer
	for _, caller := range []string{conformance.Member, conformance.Other} {
		status, raw, err := r.send(ctx, conformance.Admin, http.MethodGet, "/v2/lbaas/loadbalancers?project_id="+r.projects[caller], "", nil)
		if err != nil {
			return nil, err
		}
		var page struct {
			LoadBalancers []balancer `json:"loadbalancers"`
		}
		if err := json.Unmarshal(raw, &page); err != nil || status != http.StatusOK {
			return nil, fmt.Errorf("list the load balancers: %d %s: %w", status, raw, err)
		}
		all = append(all, page.LoadBalancers...)
	}
	return all, nil
}

// settle waits until nothing is pending.
func (r *recorder) settle(ctx context.Context) error {
	const patience, pause = 2 * time.Minute, 200 * time.Millisecond
	for deadline := time.Now().Add(patience); ; {
		all, err := r.balancers(ctx)
		if err != nil {
			return err
		}
		pending := slices.ContainsFunc(all, func(b balancer) bool {
			return strings.HasPrefix(b.Status, "PENDING_") && b.Provider != unsettled
		})
		if !pending {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("still pending after %s: %v", patience, all)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// empty removes what earlier scripts made. A load balancer that stays pending cannot be removed.
func (r *recorder) empty(ctx context.Context) error {
	all, err := r.balancers(ctx)
	if err != nil {
		return err
	}
	for _, b := range all {
		if b.Provider == unsettled {
			continue
		}
		path := "/v2/lbaas/loadbalancers/" + b.ID + "?cascade=true"
		if status, raw, err := r.send(ctx, conformance.Admin, http.MethodDelete, path, "", nil); err != nil || status != http.StatusNoContent {
			return fmt.Errorf("delete load balancer %s: %d %s: %w", b.ID, status, raw, err)
		}
		if err := r.settle(ctx); err != nil {
			return err
		}
	}
	for _, caller := range []string{conformance.Member, conformance.Other} {
		// There may be none, which is 404.
		if _, _, err := r.send(ctx, conformance.Admin, http.MethodDelete, "/v2/lbaas/quotas/"+r.projects[caller], "", nil); err != nil {
			return err
		}
	}
	for _, kind := range [][2]string{
		{"flavors", "flavors"},
		{"flavorprofiles", "flavorprofiles"},
		{"availabilityzones", "availability_zones"},
		{"availabilityzoneprofiles", "availability_zone_profiles"},
	} {
		if err := r.emptyGlobal(ctx, kind[0], kind[1]); err != nil {
			return err
		}
	}
	return nil
}

// emptyGlobal removes the flavors or zones that scripts have made, which are known by their names; root is that of their list.
func (r *recorder) emptyGlobal(ctx context.Context, kind, root string) error {
	_, raw, err := r.send(ctx, conformance.Admin, http.MethodGet, "/v2/lbaas/"+kind, "", nil)
	if err != nil {
		return err
	}
	var page map[string]json.RawMessage
	var objects []struct{ ID, Name string }
	if err := errors.Join(json.Unmarshal(raw, &page), json.Unmarshal(page[root], &objects)); err != nil {
		return fmt.Errorf("list the %s: %w", kind, err)
	}
	for _, object := range objects {
		if !strings.HasPrefix(object.Name, "conf-") {
			continue
		}
		if _, _, err := r.send(ctx, conformance.Admin, http.MethodDelete, "/v2/lbaas/"+kind+"/"+cmp.Or(object.ID, object.Name), "", nil); err != nil {
			return err
		}
	}
	return nil
}
