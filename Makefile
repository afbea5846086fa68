# What a fresh clone needs: Go 1.26, npm, and Python 3 with pip for the local AWS.

SHELL := bash
.SHELLFLAGS := -o pipefail -ec
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
LINT_VERSION := v2.15.0
LINT := .cache/bin/golangci-lint-$(LINT_VERSION)
# Packages that never touch jsii: quick to build, quick to test.
PURE := ./eventpattern/... ./rules/... ./routes/... ./internal/... ./functions/... ./cmd/...

.PHONY: demo drill test check bench bench-synth fuzz viewer pictures clean help

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

demo: node_modules/.package-lock.json ## Run the whole of Trailbus on this machine, without AWS, Slack or Docker
	@echo "Compiling (the first time, downloads and the AWS CDK for Go take a few minutes) …"
	@go build -v ./... 2>&1 | awk '/^go: downloading|^[a-zA-Z0-9._\/-]+$$/ { if (++n % 50 == 0) { print "  " n " modules and packages …"; fflush() }; next } { print }'
	@go run ./cmd/trailbus demo

drill: node_modules/.package-lock.json ## Break Trailbus on a local AWS so that each of its alarms rings, and mend it
	@echo "Compiling …"
	@go build ./...
	@go run ./cmd/trailbus drill

test: node_modules/.package-lock.json ## Run every test, the end-to-end test too
	go vet ./...
	go test -timeout 30m ./...

check: $(LINT) ## Build, lint and run the quick tests
	go build ./...
	$(LINT) run
	go test -short $(PURE)

# Into a folder of its own: as a tool in go.mod it would add 205 requirements.
$(LINT):
	GOBIN=$(dir $(CURDIR)/$(LINT)) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
	@mv $(dir $(LINT))golangci-lint $(LINT)

bench: ## Run the benchmarks
	go test -run '^$$' -bench . -benchmem -timeout 1h $(PURE)

bench-synth: node_modules/.package-lock.json ## Compare synthesis with the same stacks in TypeScript
	npm --prefix bench/synth ci --no-audit --no-fund
	go run ./bench/synth

fuzz: ## Run each fuzz test for half a minute
	@for package in $$(go list $(PURE)); do \
		for name in $$(go test -list '^Fuzz' $$package | grep '^Fuzz'); do \
			echo "$$package $$name"; go test -run '^$$' -fuzz "^$$name$$" -fuzztime 30s $$package || exit 1; \
		done; \
	done

viewer: ## Bundle anew what draws the page of trailbus preview
	rm -rf .cache/viewer && mkdir -p .cache/viewer && cp cmd/trailbus/internal/preview/viewer/*.* .cache/viewer/
	cd .cache/viewer && npm ci --no-audit --no-fund --ignore-scripts && node build.mjs
	cp .cache/viewer/dist/* cmd/trailbus/internal/preview/viewer/dist/

pictures: ## Take the pictures of messages in docs/images anew (needs Chromium, ImageMagick and a font with emoji)
	docs/images/take.sh

clean: ## Remove what was built or installed here
	rm -rf bin cdk.out .cache node_modules

# npm ci writes that file last.
node_modules/.package-lock.json: package.json package-lock.json
	npm ci --no-audit --no-fund
	@touch $@
