# make demo      the main job, end to end, in one process on loopback: needs Go alone
# make test      every test that needs nothing but Go
# make verify    everything that takes or needs more: the linter, the same tests under the race detector (where there is a C
#                compiler), and real OpenStack services and clients from Debian's packages (as root)
# make terraform the OpenStack provider of Terraform, built from its module, against the service: needs terraform
# make python-driver PYTHON_DRIVER=<checkout>  Avi's own Python driver against the simulator: needs Python 2.7
# make tempest   OpenStack's own suite of API tests, all of it (make verify has a selection)
# make horizon   OpenStack's dashboard, in a real browser; leaves pictures in verify/screenshots
# make lint      the linter alone
# make build     bin/avi-lbaas, static
# make deb       a Debian package of it, in bin/deb, and a look at what is in it: needs debhelper
# make deb-install  the same, and the package is installed, run, upgraded and purged in a container: as root, with debootstrap

GO ?= go
GOLANGCI_LINT_VERSION := v2.15.0
RACE := $(shell command -v $${CC:-cc} >/dev/null 2>&1 && echo -race)

.PHONY: demo test verify terraform python-driver tempest horizon lint build deb deb-install bench bench-reference fuzz docs

demo:
	$(GO) run ./cmd/avi-lbaas demo $(DEMOFLAGS)

# Twice as fast as under the race detector, and only so does the service get killed at every single request: with it, at some.
test:
	$(GO) vet ./...
	$(GO) test ./...

verify: lint
	$(GO) test $(RACE) -timeout 30m ./...
	$(GO) test -tags verify -count=1 -run '^(TestKilledAtRequestsForTLS|TestRandom\w+)$$' ./internal/endtoend -rapid.checks 100
	./verify/packages.sh
	$(GO) test -tags verify -count=1 -timeout 30m -v ./verify/...

# The provider takes some two minutes to build the first time.
terraform: bin/terraform-provider-openstack
	TERRAFORM_PROVIDER_OPENSTACK=$(CURDIR)/$< $(GO) test -tags terraform -run TestTerraform -count=1 -v ./internal/endtoend

bin/terraform-provider-openstack: verify/terraform/provider/go.mod
	$(GO) build -C verify/terraform/provider -o $(CURDIR)/$@ github.com/terraform-provider-openstack/terraform-provider-openstack

# PYTHON2 is the interpreter, python2.7 where it is not given. -update in PYTHONDRIVERFLAGS records anew.
python-driver:
	PYTHON_DRIVER="$(abspath $(PYTHON_DRIVER))" $(GO) test -tags pythondriver -count=1 ./verify/pythondriver $(PYTHONDRIVERFLAGS)

tempest:
	./verify/packages.sh
	$(GO) test -tags verify,tempest -count=1 -timeout 3h -v -run '^TestTempest$$' ./verify

horizon:
	./verify/packages.sh horizon
	$(GO) test -tags verify,horizon -count=1 -timeout 30m -v -run '^TestHorizon$$' ./verify

lint: bin/golangci-lint
	bin/golangci-lint run ./...

bin/golangci-lint:
	GOBIN=$(CURDIR)/bin $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT_VERSION)

build:
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/avi-lbaas ./cmd/avi-lbaas

# In a copy of the tree: debhelper leaves files about.
deb:
	rm -rf bin/deb && mkdir -p bin/deb/tree
	git ls-files -z | tar -c --null --files-from=- | tar -x -C bin/deb/tree
	ln -s packaging/debian bin/deb/tree/debian
	cd bin/deb/tree && GOFLAGS=-buildvcs=false dpkg-buildpackage --build=binary --no-sign
	rm -rf bin/deb/tree
	DEBIAN_PACKAGE=$(CURDIR)/$$(echo bin/deb/avi-lbaas_*.deb) $(GO) test -tags deb -count=1 -run '^TestDebianPackage$$' ./verify

# Installed in an empty Debian, booted, upgraded and purged: as root, with debootstrap and systemd-container.
deb-install: deb
	DEBIAN_PACKAGE=$(CURDIR)/$$(echo bin/deb/avi-lbaas_*.deb) $(GO) test -tags deb -count=1 -v -run '^TestDebianPackageInstalled$$' ./verify

# Throughput, latency, the way to ACTIVE and memory, as a client sees them: docs/benchmarks.md. BENCHFLAGS=-help
bench: build
	$(GO) build -o bin/bench ./bench
	exec bin/bench $(BENCHFLAGS)

# The same of a reference Octavia too, side by side, on one MariaDB and one Keystone. OS_PASSWORD is an administrator's.
bench-reference: build
	$(GO) build -o bin/bench ./bench
	exec bin/bench -auth-url "$(AUTH_URL)" -database "$(DATABASE)" -reference "$(REFERENCE)" -provider noop_driver -settles=false \
	  -active-provider amphora -trees 1,20,60 $(BENCHFLAGS)

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
