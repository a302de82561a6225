# make demo      the main job, end to end, in one process on loopback: needs Go alone
# make test      every test that needs nothing but Go
# make verify    everything that takes or needs more: the linter, the same tests under the race detector (where there is a C
#                compiler), and real OpenStack services and clients from Debian's packages (as root)
# make lint      the linter alone
# make build     bin/avi-lbaas, static

GO ?= go
GOLANGCI_LINT_VERSION := v2.15.0
RACE := $(shell command -v $${CC:-cc} >/dev/null 2>&1 && echo -race)

.PHONY: demo test verify lint build bench fuzz docs

demo:
	$(GO) run ./cmd/avi-lbaas demo $(DEMOFLAGS)

# Twice as fast as under the race detector, and only so does the service get killed at every single request: with it, at some.
test:
	$(GO) vet ./...
	$(GO) test ./...

verify: lint
	$(GO) test $(RACE) ./...
	./verify/packages.sh
	$(GO) test -tags verify -count=1 -timeout 30m -v ./verify/...

lint: bin/golangci-lint
	bin/golangci-lint run ./...

bin/golangci-lint:
	GOBIN=$(CURDIR)/bin $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT_VERSION)

build:
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/avi-lbaas ./cmd/avi-lbaas

# Throughput, latency, the way to ACTIVE and memory, as a client sees them: docs/benchmarks.md. BENCHFLAGS=-help
bench: build
	$(GO) run ./bench $(BENCHFLAGS)

# Each fuzz target for FUZZTIME: FUZZTIME=1m make fuzz
FUZZTIME ?= 20s
fuzz:
	@for package in $$($(GO) list ./...); do \
	  for target in $$($(GO) test -list '^Fuzz' $$package | grep '^Fuzz'); do \
	    $(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) $$package || exit 1; \
	  done; \
	done

# What is generated from the code.
docs:
	$(GO) run ./cmd/avi-lbaas config reference > docs/configuration-reference.md
	$(GO) run ./cmd/avi-lbaas config sample > docs/avi-lbaas.conf.sample
	$(GO) test ./internal/api -run TestTheDescriptionIsUpToDate -update
