# `make help` lists the targets. None needs Docker. tools/need installs what the machine lacks, or says what to install.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

GO ?= go
# The same sources give the same bytes, on any machine.
BUILD := CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=false -ldflags='-s -w'
JOURNEYS := ./internal/journey/...
LINT := $(GO) tool -modfile=tools/lint.mod golangci-lint

.PHONY: help build run dev test test-fast test-browser bench load load-countries load-dashboard load-desk load-fund load-newsletter load-practices golden check lint generate migration string audit clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## bin/portal
	@tools/need go
	$(BUILD) -o bin/portal ./cmd/portal

run: ## build, start a private PostgreSQL, migrate, seed demonstration data once, serve
	@tools/need go postgresql
	@$(BUILD) -o bin/portal ./cmd/portal
	@exec bin/portal serve --demo

dev: ## run, and start again when a Go file or a template changes: open the address that templ prints
	@tools/need go postgresql
	$(GO) tool templ generate --watch --path . --proxy http://127.0.0.1:8080 --open-browser=false --cmd $(CURDIR)/tools/dev

# The race detector watches everything but packages that only compute: what compresses, matches, draws and hashes keeps
# nothing that two goroutines of ours could share, and watching it made internal/app nearly twice as dear. What guards
# data that others read (sync.Map, atomics) must stay watched, or the detector takes that data for unguarded. Pointers
# are checked in what is ours and not in libraries. Programs that tests build inherit all of it.
UNWATCHED := compress/flate encoding/base64 image/draw image/jpeg regexp regexp/syntax strconv unicode unicode/utf8 \
	github.com/andybalholm/brotli/... github.com/boombuler/barcode/qr github.com/go-json-experiment/json/internal/jsonwire \
	github.com/go-json-experiment/json/jsontext github.com/klauspost/compress/flate golang.org/x/crypto/argon2 \
	golang.org/x/crypto/blake2b golang.org/x/image/draw golang.org/x/net/html/... golang.org/x/text/unicode/norm
test: export GOFLAGS := $(shell $(GO) env GOFLAGS 2>/dev/null) \
	-gcflags=all=-d=checkptr=0 -gcflags=portal/...= $(UNWATCHED:%=-gcflags=%=-race=false)
test: export GORACE = atexit_sleep_ms=0
test: export GOGC = 200
test: ## everything, browser journeys included, on a throwaway PostgreSQL
	@tools/need go gcc
	@tools/need tests postgresql chromium fonts clamav
	$(GO) vet -race ./... # looks at the packages as they are compiled for the tests
	$(GO) test -race -vet=off -ldflags=-w -timeout 60m -p 3 $(JOURNEYS) $$($(GO) list ./... | grep -v /internal/journey) # the journeys take longest and begin first

test-fast: ## all but the browser journeys, without the race detector
	@tools/need go
	@tools/need tests postgresql clamav
	$(GO) test $$($(GO) list ./... | grep -v /internal/journey)

test-browser: ## the journeys alone, in headless Chromium
	@tools/need go
	@tools/need tests postgresql chromium fonts
	$(GO) test -timeout 40m -p 1 $(JOURNEYS)

bench: ## Go benchmarks
	@tools/need go
	@tools/need tests postgresql
	$(GO) test -run '^$$' -bench . -benchmem ./...

SCALE ?= 1000,100000
load: ## the measured list queries at 1,000 and 100,000 pledges, nothing cached: SCALE=1000,100000 READERS=32 SECONDS=60
	@tools/need go
	@tools/need tests postgresql
	@$(BUILD) -o bin/portal ./cmd/portal
	@$(GO) build -o bin/load ./tools/load
	bin/load -portal bin/portal -scale $(SCALE) -readers $(or $(READERS),32) -seconds $(or $(SECONDS),60) $(LOAD)

load-countries: ## the pages of countries and regions over 100,000 pledges, 100,000 practices and 10,000 talks, nothing cached: READERS=32
	@$(MAKE) load SCALE=$(or $(COUNTRIES_SCALE),100000) LOAD="-queries internal/country/testdata/queries.txt $(LOAD)"

load-dashboard: ## the measured dashboard at 100,000 pledges, nothing cached: READERS=32 SECONDS=60
	@$(MAKE) load SCALE=$(or $(DASHBOARD_SCALE),100000) LOAD="-queries internal/pledge/testdata/dashboard.txt $(LOAD)"

load-desk: ## the desk's lists at a million submissions that are over, by 16 officers: DESK_SCALE=1000000 READERS=16 SECONDS=60
	@$(MAKE) load SCALE=$(or $(DESK_SCALE),1000000) READERS=$(or $(READERS),16) LOAD="-desk -queries internal/review/testdata/views.txt $(LOAD)"

PRACTICES ?= 1000,100000
load-practices: ## the measured queries of the repository at 1,000 and 100,000 practices, nothing cached: PRACTICES=1000,100000
	@$(MAKE) load SCALE=$(PRACTICES) LOAD="-practices -queries internal/practice/testdata/queries.txt $(LOAD)"

NOTES ?= 5000
load-fund: ## the measured pipeline, and the lists of the fund desk, at 5,000 concept notes of 40 signatures, nothing cached: NOTES=5000
	@$(MAKE) load SCALE=$(NOTES) LOAD="-notes -queries internal/programme/testdata/queries.txt $(LOAD)"
	@$(MAKE) load SCALE=$(NOTES) READERS=$(or $(READERS),16) LOAD="-notes -desk -queries internal/programme/testdata/desk.txt $(LOAD)"

load-newsletter: ## one issue to a local mail server, beside a bare client that sends the same bytes: MAILS=20000 LINES=20
	@tools/need go
	@tools/need tests postgresql
	MAILS=$(or $(MAILS),20000) LINES=$(or $(LINES),20) $(GO) test -run '^$$' -bench Campaign -benchtime 1x ./internal/newsletter
	$(GO) test -run '^$$' -bench Audience -benchtime 20x ./internal/newsletter

golden: ## rewrite golden files; read the diff before committing
	@tools/need go
	@tools/need tests postgresql
	UPDATE_GOLDEN=1 $(GO) test $$($(GO) list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}' ./... | grep -v /internal/journey)
	git diff --stat -- '*/testdata/*'

check: lint test ## formatting, static analysis, generated code, then test

lint: ## formatting, static analysis, generated code
	@tools/need go
	tools/generated
	$(LINT) run

generate: ## templates to Go
	@tools/need go
	$(GO) tool templ generate

migration: ## a new numbered migration: NAME=pledge_progress
	@[[ "$(NAME)" =~ ^[a-z0-9_]+$$ ]] || { echo "say which: make migration NAME=pledge_progress" >&2; exit 1; }
	@last=$$(ls migrations | sed -n 's/^\([0-9]*\)_.*\.sql$$/\1/p' | tail -n 1); \
	file=migrations/$$(printf '%05d' $$((10#$${last:-0} + 1)))_$(NAME).sql; \
	printf -- '-- +goose Up\n\n' >"$$file"; echo "$$file"

string: ## a text in every language: KEY=pledge.title.label VAL='Title'
	@tools/need go
	@$(GO) run ./tools/addstring '$(subst ','\'',$(KEY))' '$(subst ','\'',$(VAL))'

audit: ## known vulnerabilities in what we depend on (needs the internet)
	@tools/need go
	$(GO) run golang.org/x/vuln/cmd/govulncheck@v1.9.0 ./...

clean: ## remove what was built; data in var/ stay
	rm -rf bin
