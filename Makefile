# Shortcuts. `go run ./cmd/norang dev` and `go test ./...` work without make.
SHELL := bash
.SHELLFLAGS := -o pipefail -c
.PHONY: help run test lint fuzz compare storm bench soak vuln ci

FUZZTIME ?= 30s
COUNT    ?= 6
BENCH    ?= .
PKG      ?= ./...

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 8

run: ## run the service and the emulator on http://localhost:5000 and :5001
	go run ./cmd/norang dev

test: ## run the tests of PKG and list what was skipped
	@mkdir -p bin
	@go test -v $(PKG) 2>&1 | tee bin/test.log | \
		grep -Ev '^ *(=== (RUN|PAUSE|CONT|NAME)|--- (PASS|SKIP)|PASS$$)|skipped: '; status=$$?; \
	sed -n 's/.*skipped: /skipped: /p' bin/test.log | sort | uniq -c; exit $$status

lint: ## gofmt, layers, go mod tidy, deadcode, types on other systems, vet, staticcheck
	.ci/lint

fuzz: ## run every fuzz target of PKG for FUZZTIME
	@go list $(PKG) | while read -r pkg; do \
		for target in $$(go test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
			echo "$$pkg $$target"; \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$pkg || exit 1; \
		done; \
	done

compare: ## benchmarks of norang against a baseline and common libraries, into docs/benchmarks.md
	cd bench && go run . -markdown ../docs/benchmarks.md

storm: ## a peak of sign-ins, then a kill and a restart: is every acknowledged sign-in kept? STORM=flags
	cd bench && go run . storm $(STORM)

bench: ## run the benchmarks of PKG into bin/bench.txt, compared with OLD=file if given
	@mkdir -p bin
	go test -run '^$$' -bench '$(BENCH)' -benchmem -count $(COUNT) $(PKG) | tee bin/bench.txt
	go tool -modfile=tools/go.mod benchstat $(OLD) bin/bench.txt

soak: ## run the tests with many rounds and rows; takes hours
	NORANG_ROUNDS=$${NORANG_ROUNDS:-100} NORANG_ROWS=$${NORANG_ROWS:-1000000} NORANG_TEST_REQUIRE=all \
		go test -count 1 -timeout 12h $(PKG)

vuln: ## report known vulnerabilities in called code; needs the network
	go tool -modfile=tools/go.mod govulncheck ./...

ci: ## run every check, as on a fresh machine
	.ci/run
