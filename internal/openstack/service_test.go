package openstack_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2"

	"github.com/avi-lbaas/avi-lbaas/internal/openstack"
)

var (
	errAway = errors.New("away")
	errGone = errors.New("gone")
)

// login is a session whose catalog has one service.
type login struct{ url string }

func (l login) Client(context.Context) (*gophercloud.ProviderClient, error) {
	if l.url == "" {
		return nil, errors.New("Keystone does not answer")
	}
	return &gophercloud.ProviderClient{}, nil
}

func (l login) Endpoint(_ context.Context, serviceType, region string, interfaces []string) (string, error) {
	return fmt.Sprintf("%s/%s/%s/%s/v9/", l.url, serviceType, region, strings.Join(interfaces, "+")), nil
}

func service(config openstack.Config, session openstack.Session) *openstack.Service {
	return openstack.NewService(openstack.Kind{
		Type: "thing", Version: "v9", Unavailable: errAway,
		Classify: func(answer gophercloud.ErrUnexpectedResponseCode) (string, error) {
			if answer.Actual == http.StatusNotFound || answer.Actual == http.StatusUnauthorized {
				return "it says so", errGone
			}
			return "", nil
		},
	}, config, session)
}

func TestWhereTheServiceIs(t *testing.T) {
	for _, test := range []struct {
		name   string
		config openstack.Config
		want   string
	}{
		{"catalog", openstack.Config{Region: "one", Interfaces: []string{"admin", "public"}}, "http://cloud/thing/one/admin+public/v9/"},
		{"override", openstack.Config{EndpointOverride: "http://here"}, "http://here/v9/"},
		{"override with a version", openstack.Config{EndpointOverride: "http://here/x/v9/"}, "http://here/x/v9/"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := openstack.Do(t.Context(), service(test.config, login{"http://cloud"}), "looking",
				func(_ context.Context, c *gophercloud.ServiceClient) (string, error) { return c.ResourceBaseURL(), nil })
			if err != nil || got != test.want {
				t.Errorf("%s, %v; want %s", got, err, test.want)
			}
		})
	}
}

func TestWhatFailuresAre(t *testing.T) {
	answer := func(status int) error {
		return gophercloud.ErrUnexpectedResponseCode{Actual: status, Body: []byte("<html>secret")}
	}
	for _, test := range []struct {
		name     string
		err      error
		kind     error
		contains string
	}{
		{"an answer that the service explains", answer(404), errGone, "looking: gone: it says so"},
		{"an answer that it does not", answer(502), errAway, "looking: away: answered 502 Bad Gateway"},
		{"401 to somebody's token", answer(401), errGone, "it says so"},
		{"401 after a new login", &gophercloud.ErrErrorAfterReauthentication{ErrOriginal: answer(401)}, errAway, "looking: away"},
		{"no new login", &gophercloud.ErrUnableToReauthenticate{ErrOriginal: answer(401), ErrReauth: answer(500)}, errAway, "logging in again: answered 500"},
		{"no answer", errors.New("connection refused"), errAway, "looking: away: connection refused"},
		{"an error that is classified already", &openstack.Error{Kind: errGone, Doing: "thinking"}, errGone, "thinking: gone"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := openstack.Do(t.Context(), service(openstack.Config{}, login{"http://cloud"}), "looking",
				func(context.Context, *gophercloud.ServiceClient) (struct{}, error) { return struct{}{}, test.err })
			if !errors.Is(err, test.kind) || !strings.Contains(err.Error(), test.contains) || strings.Contains(err.Error(), "secret") {
				t.Errorf("%v; want %v, %q", err, test.kind, test.contains)
			}
		})
	}
}

func TestWithoutALoginTheServiceIsAway(t *testing.T) {
	_, err := openstack.Do(t.Context(), service(openstack.Config{}, login{}), "looking",
		func(context.Context, *gophercloud.ServiceClient) (struct{}, error) { panic("called without a login") })
	if !errors.Is(err, errAway) {
		t.Errorf("%v", err)
	}
}

func TestACallIsBounded(t *testing.T) {
	_, err := openstack.Do(t.Context(), service(openstack.Config{Timeout: time.Millisecond}, login{"http://cloud"}), "looking",
		func(ctx context.Context, _ *gophercloud.ServiceClient) (struct{}, error) {
			<-ctx.Done()
			return struct{}{}, ctx.Err()
		})
	if !errors.Is(err, errAway) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}
