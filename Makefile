SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# The product, everything on one machine, the tools of this file, and the OpenID Connect provider of the tests: a module each, so
# that the product's go.mod lists only what the product uses.
MODULES := . standalone tools openid/testprovider

# Tools are built once for each state of their go.mod and each Go, and stay beside those of other branches.
TOOLS := .tools/$(shell { cat tools/go.mod tools/go.sum; go env GOVERSION; } | sha256sum | cut -c1-12)

FUZZTIME ?= 10s

## help: what can be made
.PHONY: help
help:
	@sed -n 's/^## \([a-z-]*\): /\1\t/p' $(MAKEFILE_LIST) | while IFS=$$'\t' read -r name text; do printf 'make %-7s %s\n' "$$name" "$$text"; done

## run: everything on this machine: databases, Temporal, mailbox, page and API (ARGS='--addr 127.0.0.1:9000'; -h lists more)
.PHONY: run
run: bin/marshrut-standalone
	@exec bin/marshrut-standalone $(ARGS)

## build: bin/marshrut, the product, and bin/marshrut-standalone, the product with all it needs
.PHONY: build
build: bin/marshrut bin/marshrut-standalone

# Go knows what is up to date.
.PHONY: bin/marshrut bin/marshrut-standalone
bin/marshrut:
	@go build -o $@ ./cmd/marshrut
bin/marshrut-standalone:
	@scripts/build-standalone

## test: every test, with what they need installed first; the product's under the race detector
# The standalone module's run without it: compiled for the race detector, the Temporal server takes minutes more, and what is
# ours there only starts and stops others. The product's tests of workflows run on the server built here.
# The linters vet.
# A package may take longer than Go's ten minutes on a machine that does other things too. One more than there are processors run at
# once: e2e waits most of its minutes, for timers of real cases.
# The tools' tests read files of the other modules, which Go's cache of results does not watch.
.PHONY: test
test:
	scripts/install-test-deps
	scripts/with-services go test -vet=off -race -shuffle=on -timeout=30m -p $$(( $$(getconf _NPROCESSORS_ONLN) + 1 )) ./...
	go test -C standalone -vet=off -shuffle=on ./...
	go test -C tools -vet=off -count=1 ./...
	$(MAKE) web-test

## cover: the product's tests with a report of what they run: bin/cover.html
.PHONY: cover
cover:
	scripts/install-test-deps
	@mkdir -p bin
	scripts/with-services go test -coverpkg=./... -coverprofile=bin/cover.out ./...
	go tool cover -html=bin/cover.out -o bin/cover.html
	@go tool cover -func=bin/cover.out | tail -n 1

## fuzz: every fuzz test for FUZZTIME (10s)
.PHONY: fuzz
fuzz:
	scripts/fuzz $(FUZZTIME)

## bench: the figures of docs/architecture.md, measured beside bare Temporal workflows (ARGS=-short: less of everything; -h lists more)
.PHONY: bench
bench: bin/marshrut-standalone
	@MARSHRUT_STANDALONE=bin/marshrut-standalone go run ./bench $(ARGS)

## lint: everything that can be said about the code without running it
.PHONY: lint
lint: lint-modules lint-go lint-workflows lint-web lint-vulnerabilities

.PHONY: lint-modules
lint-modules:
	@for module in $(MODULES); do go mod tidy -C $$module -diff; done

# Linters, dependency arrows (depguard) and formatting: see .golangci.yml. The tools module shares its settings.
.PHONY: lint-go
lint-go: $(TOOLS)/golangci-lint
	@failed=; for module in $(MODULES); do (cd $$module && $(CURDIR)/$< run) || failed=1; done; [ -z "$$failed" ]

# What workflow code must not do: read the clock, range over a map, start a goroutine.
.PHONY: lint-workflows
lint-workflows: $(TOOLS)/workflowcheck
	$< ./workflows/...

.PHONY: lint-web
lint-web: web/src/api/schema.ts
	@cd web && npm run --silent lint

.PHONY: lint-vulnerabilities
lint-vulnerabilities: $(TOOLS)/govulncheck
	scripts/check-vulnerabilities $(CURDIR)/$< . standalone

## web: the workplace's page, web/dist, from its sources (wants Node; running Marshrut does not)
.PHONY: web
web: web/node_modules/.package-lock.json web/src/api/schema.ts
	@cd web && npm run --silent build

# What the page knows of the API is made of the contract, so that the compiler finds what does not fit.
.PHONY: web/src/api/schema.ts
web/src/api/schema.ts: web/node_modules/.package-lock.json
	@mkdir -p bin
	@go run ./cmd/marshrut openapi > bin/openapi.yaml
	@cd web && npm run --silent contract

web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	@echo "Installing what the page is built with ..."
	@cd web && npm ci --silent
	@touch $@

## web-dev: the page with its sources watched, beside a running Marshrut (MARSHRUT_URL: where, http://127.0.0.1:8080)
.PHONY: web-dev
web-dev: web/src/api/schema.ts
	@cd web && npm run --silent dev

# The page that is committed is what its sources give; then the real program in a real browser.
.PHONY: web-test
web-test: web bin/marshrut-standalone
	@git diff --exit-code --stat -- web/dist && [ -z "$$(git status --porcelain -- web/dist)" ] || { echo "web/dist is not what its sources give: run 'make web' and commit it." >&2; exit 1; }
	@cd web && npm run --silent unit
	@cd web && npm run --silent browser

## pictures: docs/images of the workplace, taken of a company that was made for them
.PHONY: pictures
pictures: web bin/marshrut-standalone
	@cd web && MARSHRUT_PICTURES=$(CURDIR)/docs/images npm run --silent browser -- tests/pictures.spec.ts

## fmt: all Go code as the linter wants it
.PHONY: fmt
fmt: $(TOOLS)/golangci-lint
	@for module in $(MODULES); do (cd $$module && $(CURDIR)/$< fmt); done

## clean: no programs, no tools; your data in .marshrut and Go's build cache stay
.PHONY: clean
clean:
	rm -rf bin .tools web/node_modules

$(TOOLS)/%:
	@echo "Building $(@F) (once; golangci-lint takes minutes) ..."
	@mkdir -p $(@D)
	@go build -C tools -o ../$@ "$$(go list -C tools -f '{{.ImportPath}}' tool | grep '/$(@F)$$')"
