# make demo   build everything, start a server with a story in it
# make test   install what the tests need, and run them all (no cluster needed)
# make check  the linters alone      make bench  the figures of docs/benchmarks.md
# Needs Go, Node 20 with npm, and a C compiler.

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo 0.1.0-dev)
LDFLAGS := -X main.version=$(VERSION)
GO      ?= go
NPM     := npm --no-audit --no-fund --loglevel=error
WEB_SRC := $(shell find web/src web/index.html web/vite.config.ts web/package.json -type f 2>/dev/null)
SDK_SRC := $(shell find sdk/src sdk/tsdown.config.ts sdk/package.json -type f 2>/dev/null)

.PHONY: demo test check bench bench-page crash build ui sdk binary clean soak test-go test-go-static test-web test-sdk test-e2e test-senders chromium strace

demo: build
	bin/clewline demo

build: ui sdk binary

binary:
	$(GO) build -ldflags '$(LDFLAGS)' -o bin/clewline ./cmd/clewline

node_modules/.installed: package.json package-lock.json web/package.json sdk/package.json
	$(NPM) ci
	@touch $@

ui: web/dist/app/index.html
# The pages hand out the SDK, so it comes first.
web/dist/app/index.html: node_modules/.installed sdk/dist/.built $(WEB_SRC)
	$(NPM) -w web run build

sdk: sdk/dist/.built
sdk/dist/.built: node_modules/.installed $(SDK_SRC)
	$(NPM) -w sdk run build
	@touch $@

# The binary with the pages in it is what users run, so it is what is tested.
test: build check test-go test-go-static test-web test-sdk test-e2e
	@echo "all tests passed"

test-go: strace
	$(GO) test ./...

# Functions and cluster roles are small static binaries without the C store.
test-go-static:
	CGO_ENABLED=0 $(GO) build -tags noduck ./...
	CGO_ENABLED=0 $(GO) test -tags noduck ./event/... ./format/... ./query/... ./server/ingest/... ./server/queue/... ./server/process/...

test-web: node_modules/.installed
	$(NPM) -w web test
	$(NPM) -w web run size

test-sdk: node_modules/.installed sdk
	$(NPM) -w sdk test
	$(NPM) -w sdk run size

# Pages and SDK in a real browser against the real server.
test-e2e: build chromium
	CLEWLINE_BIN=$(CURDIR)/bin/clewline $(NPM) -w web run e2e
	CLEWLINE_BIN=$(CURDIR)/bin/clewline $(NPM) -w sdk run e2e

chromium:
	@sh scripts/need-chromium

strace:
	@sh scripts/need-strace

check: node_modules/.installed sdk
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo "gofmt would change:"; gofmt -l $$(git ls-files '*.go'); exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	$(NPM) -w web run lint
	$(NPM) -w web run typecheck
	$(NPM) -w sdk run lint
	$(NPM) -w sdk run typecheck

bench: binary
	cd bench && $(GO) run . -bin ../bin/clewline $(BENCH)

# The figures of the search page: its first bundle, queries parsed and matched,
# 100,000 rows scrolled, and, over ROWS events in a real server, the first
# load, interactions, counts of a day and completion. ROWS=5000000 make bench-page
bench-page: build chromium
	$(NPM) -w web run size
	$(GO) test ./query -run '^$$' -bench 'Parse|Match$$' -benchtime 1s
	$(NPM) -w web run smooth
	cd bench && $(GO) run . -bin ../bin/clewline -parts page -rows $${ROWS:-5000000}

# kill -9 at random moments of ingest, power cuts at random moments of a
# recorded run, and system calls that fail: CRASHES=1000 POWERCUTS=200 make crash
crash: strace
	CRASHES=$${CRASHES:-50} POWERCUTS=$${POWERCUTS:-50} FAULTS=$${FAULTS:-all} $(GO) test ./cmd/clewline -run 'KillNine|PowerCuts|Fault' -v -count=1 -timeout 120m

# The SDK's fault plan at length: pages that die, a network that fails, in a
# real Chromium against the real server. LOGS=1000000 SEEDS=20 make soak
soak: build chromium
	CLEWLINE_BIN=$(CURDIR)/bin/clewline LOGS=$${LOGS:-200000} SEEDS=$${SEEDS:-5} $(NPM) -w sdk run e2e -- faults -t 'seed|itself'

# The configurations of docs/quickstart.md in the programs that they are for: nginx, rsyslog,
# syslog-ng, Fluent Bit, Vector. Those that are not on this machine count as not run.
test-senders: binary
	CLEWLINE_BIN=$(CURDIR)/bin/clewline node --test scripts/senders.test.mjs

clean:
	rm -rf bin web/dist/app sdk/dist node_modules web/node_modules sdk/node_modules
