# make demo      the main job, end to end, in one process on loopback: needs Go alone
# make test      every test that needs nothing but Go, with the race detector where there is a C compiler
# make verify    everything that needs more: the linter, and real OpenStack clients from Debian's packages (as root)
# make lint      the linter alone
# make build     bin/avi-lbaas, static

GO ?= go
GOLANGCI_LINT_VERSION := v2.15.0
RACE := $(shell command -v $${CC:-cc} >/dev/null 2>&1 && echo -race)

.PHONY: demo test verify lint build fuzz docs

demo:
	$(GO) run ./cmd/avi-lbaas demo $(DEMOFLAGS)

# The tests that kill the service at every request are thinned out under the race detector: here they run whole, without it,
# and make verify runs them with it.
test:
	$(GO) vet ./...
	$(GO) test ./internal/endtoend
	$(GO) test $(RACE) $$($(GO) list ./... | grep -v /internal/endtoend)

verify: lint
	$(GO) test $(RACE) ./internal/endtoend
	./verify/packages.sh
	$(GO) test -tags verify -count=1 -timeout 20m -v ./verify/...

lint: bin/golangci-lint
	bin/golangci-lint run ./...

bin/golangci-lint:
	GOBIN=$(CURDIR)/bin $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT_VERSION)

build:
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/avi-lbaas ./cmd/avi-lbaas

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
