package endtoend_test

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"github.com/avi-lbaas/avi-lbaas/internal/app"
	"github.com/avi-lbaas/avi-lbaas/internal/config"
)

// childConfig names the environment variable that makes this binary the service: its value is the configuration file.
const childConfig = "AVI_LBAAS_ENDTOEND_CONFIG"

// TestMain runs the tests, or the service proper when a test has started this binary as its child.
func TestMain(m *testing.M) {
	if path := os.Getenv(childConfig); path != "" {
		os.Exit(serve(path))
	}
	// Defaults, which the command line overrides: a sequence takes longer than what rapid usually checks.
	for name, value := range map[string]string{"rapid.checks": strconv.Itoa(sequences), "rapid.nofailfile": "true"} {
		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
	}
	goleak.VerifyTestMain(m)
}

// Exit codes of a child, besides 0 for a drained one.
const (
	exitFailed   = 1
	exitOrphaned = 3
)

// serve is the service from its configuration file on, until SIGTERM. It writes the API's address to standard output, and its
// log to standard error.
func serve(path string) int {
	logger := slog.New(slog.NewTextHandler(os.Stderr, nil))
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	// The test holds the other end of standard input: when it is gone, however it went, so are we.
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(exitOrphaned)
	}()
	if err := run(ctx, path, logger); err != nil {
		logger.ErrorContext(ctx, "the service failed", "error", err)
		return exitFailed
	}
	return 0
}

func run(ctx context.Context, path string, logger *slog.Logger) error {
	cfg, err := config.Load([]string{path}, nil)
	if err != nil {
		return err
	}
	a, err := app.New(ctx, cfg, logger)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(os.Stdout, a.Address()); err != nil {
		return err
	}
	return a.Run(ctx)
}
