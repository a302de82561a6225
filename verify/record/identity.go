//go:build verify

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
)

// authenticate gives a token of a user in a project, and the project's id.
func authenticate(ctx context.Context, keystone, user, project string) (token, projectID string, err error) {
	domain := map[string]string{"name": "Default"}
	body, err := json.Marshal(map[string]any{"auth": map[string]any{
		"identity": map[string]any{
			"methods":  []string{"password"},
			"password": map[string]any{"user": map[string]any{"name": user, "domain": domain, "password": os.Getenv("OS_PASSWORD")}},
		},
		"scope": map[string]any{"project": map[string]any{"name": project, "domain": domain}},
	}})
	if err != nil {
		return "", "", err
	}
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, keystone+"/v3/auth/tokens", bytes.NewReader(body))
	if err != nil {
		return "", "", err
	}
	q.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(q)
	if err != nil {
		return "", "", err
	}
	defer func() { err = errors.Join(err, answer.Body.Close()) }()
	if answer.StatusCode != http.StatusCreated {
		return "", "", fmt.Errorf("the identity service answers %s", answer.Status)
	}
	var made struct {
		Token struct{ Project struct{ ID string } }
	}
	err = json.NewDecoder(answer.Body).Decode(&made)
	return answer.Header.Get("X-Subject-Token"), made.Token.Project.ID, err
}
