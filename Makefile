# Everything a contributor runs. `make` alone lists it.
PYTHON ?= python3
PM_TEST_DATA ?= ../shared/data
export PM_TEST_DATA
BENCH_ROWS ?= 1000000
FUZZ_SEED := $(or $(FUZZ_SEED),$(shell od -An -N3 -tu4 /dev/urandom | tr -d ' '))

BIN := .venv/bin
READY := .venv/.ready
PACKAGES := $(patsubst %/,%,$(dir $(wildcard libs/*/pyproject.toml services/*/pyproject.toml gateway/pyproject.toml cli/pyproject.toml)))
SETUP_INPUTS := constraints.txt pyproject.toml Makefile $(wildcard proto/pyproject.toml proto/hatch_build.py) \
	$(wildcard proto/pm/*/*/*.proto proto/buf/*/*.proto) $(addsuffix /pyproject.toml,$(PACKAGES))
UV_INSTALL := $(BIN)/python -m uv pip install --quiet --python $(BIN)/python --constraint constraints.txt

.DEFAULT_GOAL := help
.PHONY: help setup web web-dev demo up down test test-web test-data test-faults test-fuzz lint format check proto-baseline bench clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## install everything into .venv and build the screens (PYTHON=python3.12 chooses the interpreter)
	@$(BIN)/python web/build.py --if-possible

web: $(READY) ## build the screens, where their sources have changed
	@$(BIN)/python web/build.py

web-dev: $(READY) ## the screens as they are written, beside a running stack (PM_URL=http://127.0.0.1:8080)
	@$(BIN)/python web/build.py run dev

# Build tools come first: packages are built inside .venv, so that the versions of constraints.txt build them too.
$(READY): $(SETUP_INPUTS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "ProductsManager needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1)." >&2; \
		echo "Name another one: make setup PYTHON=/path/to/python3.12" >&2; exit 1; }
	@echo "installing into .venv (about a minute the first time)"
	@$(BIN)/python -c '' 2>/dev/null || $(PYTHON) -m venv --clear .venv || { \
		echo "$(PYTHON) has no venv module: install it (Debian: apt install python3-venv)" >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt uv
	@$(UV_INSTALL) --group build
	@$(UV_INSTALL) --no-build-isolation --reinstall-package pm-proto --editable proto $(addprefix --editable ,$(PACKAGES)) --group dev
	@$(UV_INSTALL) --group web || echo "no wheel of Node for this machine: the screens can't be built here, everything else works" >&2
	@touch $(READY)

demo: setup ## start the stack, import two sample feeds, search them
	$(BIN)/python -m productsmanager demo

up: setup ## start the stack and leave it running
	$(BIN)/python -m productsmanager up --detach

down: setup ## stop the stack
	$(BIN)/python -m productsmanager down

test: setup ## lint, the tests of every package and the end-to-end journeys
	@$(BIN)/python tools/gates.py lint test

test-web: setup ## journeys through the screens in a browser, on a stack of their own (installs Chromium where it may)
	@$(BIN)/python web/journeys.py

test-data: setup ## the ledgers of real feeds (PM_TEST_DATA=FOLDER, default ../shared/data)
	@test -d "$(PM_TEST_DATA)" || { \
		echo "the folder of real feeds is not at $(PM_TEST_DATA): name it with PM_TEST_DATA=FOLDER" >&2; exit 1; }
	$(BIN)/python -m pytest -m data tests/data

test-faults: setup ## the long campaign that kills processes
	$(BIN)/python -m pytest -m faults tests

test-fuzz: setup ## minutes of property tests and requests drawn at random (FUZZ_SEED=N repeats a run)
	@echo "seed $(FUZZ_SEED): repeat with make test-fuzz FUZZ_SEED=$(FUZZ_SEED)"
	@FUZZ_SEED=$(FUZZ_SEED) $(BIN)/python tools/gates.py fuzz

lint: setup ## style, types, imports, contracts, deployment files
	@$(BIN)/python tools/gates.py lint

format: setup ## format the Python code
	$(BIN)/python -m ruff check --fix .
	$(BIN)/python -m ruff format .

check: lint ## the same as lint

proto-baseline: setup ## make the contracts of now what later ones must stay compatible with
	$(BIN)/python tools/proto.py baseline

bench: setup ## every figure, growth and search quality at BENCH_ROWS products (1,000,000: about an hour)
	$(BIN)/python -m productsmanager bench all --rows $(BENCH_ROWS) --store
	$(BIN)/python -m productsmanager bench growth
	$(BIN)/python -m productsmanager bench quality --data-dir "$(PM_TEST_DATA)" --store

clean: ## remove what setup and the tests made; data stays
	rm -rf web/node_modules web/.next web/out web/.stamps
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .schemathesis .import_linter_cache
	find proto/pm proto/buf -name '*_pb2*.py' -delete -o -name '*_pb2*.pyi' -delete
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
