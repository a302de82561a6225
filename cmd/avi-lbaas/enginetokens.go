package main

import (
	"context"
	"errors"
	"log/slog"
	"os"

	"github.com/avi-lbaas/avi-lbaas/internal/adopt"
	"github.com/avi-lbaas/avi-lbaas/internal/app"
	"github.com/avi-lbaas/avi-lbaas/internal/config"
)

// sessionTokens gives the simulated Controller the tokens of a login.
type sessionTokens struct{ session adopt.Session }

// engineTokens logs in as the OS_* variables of the environment say.
func engineTokens(logger *slog.Logger) (_ sessionTokens, closeIt func(), err error) {
	if os.Getenv("OS_AUTH_URL") == "" && os.Getenv("OS_TOKEN") == "" {
		return sessionTokens{}, nil, errors.New("--neutron-url needs a login: source an openrc file, or set OS_TOKEN")
	}
	session, closeIt, err := app.EnvironmentSession(&config.Config{}, os.Getenv, logger)
	return sessionTokens{session}, closeIt, err
}

// Token implements avisim.TokenSource.
func (s sessionTokens) Token(ctx context.Context) (string, error) {
	provider, err := s.session.Client(ctx)
	if err != nil {
		return "", err
	}
	return provider.Token(), nil
}
