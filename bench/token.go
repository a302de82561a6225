package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// account is whom the measured service is asked as: an administrator. Without an authURL nobody is asked for a proof.
type account struct {
	authURL, user, password, project string
}

// token logs in at a Keystone; empty where there is none.
func (a account) token(ctx context.Context) (string, error) {
	if a.authURL == "" {
		return "", nil
	}
	domain := map[string]string{"name": "Default"}
	body, err := json.Marshal(map[string]any{"auth": map[string]any{
		"identity": map[string]any{
			"methods":  []string{"password"},
			"password": map[string]any{"user": map[string]any{"name": a.user, "password": a.password, "domain": domain}},
		},
		"scope": map[string]any{"project": map[string]any{"name": a.project, "domain": domain}},
	}})
	if err != nil {
		return "", fmt.Errorf("encode a login: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	address := strings.TrimSuffix(strings.TrimRight(a.authURL, "/"), "/v3") + "/v3/auth/tokens"
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return "", fmt.Errorf("make a login: %w", err)
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", fmt.Errorf("log in as %s: %w", a.user, err)
	}
	defer func() { _ = answer.Body.Close() }() // nothing of it is needed
	if answer.StatusCode != http.StatusCreated {
		return "", fmt.Errorf("log in as %s at %s: %s", a.user, address, answer.Status)
	}
	return answer.Header.Get("X-Subject-Token"), nil
}
