# NetRaven: `make` shows what can be done. Everything is installed into .venv and nowhere else.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

MEMBERS := libs/contracts libs/chassis services/devices services/monitor services/jobs services/auth services/gateway cli
IMAGES := devices monitor jobs auth gateway
VENV := .venv
BIN := $(VENV)/bin

# The first interpreter that is new enough; PYTHON=… chooses another.
PYTHON ?= $(firstword $(foreach name,python3 python3.14 python3.13 python3.12 python3.11,$(shell \
	$(name) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(name))))

# Tests wait more than they work, for brokers that stop and for lapses: five of these parts run at a time, the
# longest first. What a part has started ends with it.
PARTS := chassis people system faults rooms jobs house
TESTS_system := tests/system
TESTS_chassis := tests/chassis
TESTS_jobs := tests/jobs tests/lab
TESTS_rooms := tests/devices tests/gateway tests/monitor
TESTS_faults := tests/faults
TESTS_people := tests/cli tests/auth tests/servers
TESTS_house := tests/house tests/contracts tests/bench

# A stamp's name holds a digest of what was installed (and where), so that a second run starts at once
# and a changed pin installs again, whatever the files' dates say.
digest = $(shell cat $(1) $(MEMBERS:=/pyproject.toml) | { cat; echo $(CURDIR); } | sha256sum | cut -c1-16)
RUN_STAMP := $(VENV)/.run-$(call digest,requirements/cli.txt requirements/install.txt)
DEV_STAMP := $(VENV)/.dev-$(call digest,requirements/cli.txt requirements/install.txt requirements/dev.txt)

COMPILE := $(BIN)/uv pip compile --system-certs --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make requirements" \
	$(foreach member,$(MEMBERS),--no-emit-package netraven-$(notdir $(member)))

##@ Use
.PHONY: run
run: $(RUN_STAMP) ## Start the whole system on http://127.0.0.1:8080 (settings: netraven settings)
	@exec $(BIN)/netraven up

.PHONY: lab
lab: $(DEV_STAMP) ## Start 20 simulated devices with real SSH and register them in the running system
	@deploy/debian-packages lab
	@exec $(BIN)/python -m lab

##@ Work on it
.PHONY: test
test: ## Install what the tests need, lint and run every test
	@$(MAKE) --no-print-directory -j2 test-packages $(DEV_STAMP)
	$(MAKE) --no-print-directory --keep-going --output-sync=target -j5 lint $(PARTS:%=test-%)

.PHONY: test-packages
test-packages:
	@deploy/debian-packages test

.PHONY: $(PARTS:%=test-%)
$(PARTS:%=test-%): test-%: $(DEV_STAMP)
	$(BIN)/python -m pytest $(TESTS_$*) $(PYTEST_ARGS)

.PHONY: lint
lint: $(DEV_STAMP) ## Check style, types and who imports whom
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

.PHONY: format
format: $(DEV_STAMP) ## Put the code into its one form
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

.PHONY: bench
bench: $(DEV_STAMP) ## Measure us and our peers side by side, into bench/RESULTS.md
	@deploy/debian-packages test
	$(BIN)/python -m bench

.PHONY: requirements
requirements: $(DEV_STAMP) ## Compile requirements/*.in again; UPGRADE=1 takes newer versions
	for name in build install $(IMAGES) cli dev; do \
		$(COMPILE) $(if $(UPGRADE),--upgrade) requirements/$$name.in -o requirements/$$name.txt; done

.PHONY: clean
clean: ## Remove the environment, caches and build leftovers; data stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage* htmlcov
	rm -rf $(foreach member,$(MEMBERS),$(member)/build $(member)/*.egg-info)
	find $(firstword $(MEMBERS)) $(wordlist 2,99,$(MEMBERS)) tests -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help
help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "NetRaven needs Python 3.11 or later (apt-get install python3 python3-venv)."; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
		echo "$(PYTHON) cannot make virtual environments yet: apt-get install python3-venv"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(RUN_STAMP): | $(BIN)/python
	@echo "Installing NetRaven into $(VENV) …"
	@deploy/install --require-hashes --only-binary :all: -r requirements/cli.txt
	@deploy/install --no-deps --no-build-isolation $(MEMBERS:%=-e %)
	@deploy/debian-packages run
	@rm -f $(VENV)/.run-* && touch $@

# `detect`, which the simulated devices need, is published as a source package only: a single pure module.
$(DEV_STAMP): | $(RUN_STAMP)
	@echo "Installing what tests and checks need …"
	@deploy/install --require-hashes --only-binary :all: --no-binary detect --no-build-isolation -r requirements/dev.txt
	@rm -f $(VENV)/.dev-* && touch $@
