# Everything is installed inside this folder: .venv holds the tap's and the tests' packages,
# .venvs/meltano holds Meltano, .meltano holds the plugins. Nothing is installed twice.

PYTHON ?= python3.13 python3.12 python3.11 python3
VENV := .venv
MELTANO := .venvs/meltano/bin/meltano

export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Packages come from the virtual environments, from nowhere else.
unexport PYTHONPATH

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo run test lint clean ready-for-demo ready-for-tests

help: ## show this list
	@echo 'usage: make TARGET [PYTHON=python3.12]'
	@echo
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1\t\2/p' $(firstword $(MAKEFILE_LIST))

demo: ready-for-demo ## load an invented store into output/warehouse.duckdb, twice, and ask it questions
	@$(VENV)/bin/python -m demo

run: ready-for-demo ## load your store, named in .env, into output/warehouse.duckdb and ask the same
	@$(VENV)/bin/python -m demo run

test: lint ready-for-tests ## run the whole suite, static checks included
	@$(VENV)/bin/python -m pytest

lint: $(VENV)/.tests ## check format, style and types
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/mypy

clean: ## remove all that was installed or made here: venvs, plugins, state, warehouse
	rm -rf .venv .venvs .meltano output/* dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

# What each target needs

TAP := .meltano/.tap
LOADER = .meltano/.target-$(1)

ready-for-demo: $(VENV)/.demo $(TAP) $(call LOADER,duckdb)
ready-for-tests: $(VENV)/.tests $(TAP) $(foreach each,duckdb postgres jsonl,$(call LOADER,$(each)))

$(VENV)/.made:
	$(call venv,$(VENV))
	@$(VENV)/bin/python -m pip install -qq --upgrade 'pip>=25.1,<27'
	@touch $@

$(VENV)/.demo: pyproject.toml constraints/tap.txt | $(VENV)/.made
	@echo 'Installing the demo ...'
	@$(VENV)/bin/python -m pip install -qq -c constraints/tap.txt --group demo --group sandbox
	@touch $@

$(VENV)/.tests: pyproject.toml constraints/tap.txt | $(VENV)/.made
	@echo 'Installing the tap and its tests ...'
	@$(VENV)/bin/python -m pip install -qq -c constraints/tap.txt -e . --group test
	@touch $@ $(VENV)/.demo

.venvs/meltano/.made: constraints/meltano.txt
	$(call venv,.venvs/meltano)
	@echo 'Installing Meltano ...'
	@.venvs/meltano/bin/python -m pip install -qq -c constraints/meltano.txt meltano
	@touch $@

$(TAP): pyproject.toml constraints/tap.txt | .venvs/meltano/.made
	@echo 'Installing the tap for Meltano ...'
	@$(MELTANO) --log-level=warning install --clean extractor tap-bigcommerce-carts
	@touch $@

.meltano/.target-%: constraints/target-%.txt | .venvs/meltano/.made
	@echo 'Installing target-$* for Meltano ...'
	@$(MELTANO) --log-level=warning install --clean loader target-$*
	@touch $@

# A virtual environment at $(1), from the first Python of $(PYTHON) that will do.
define venv
	@for each in $(PYTHON); do \
	  if $$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    $$each -c 'import ensurepip, venv' 2>/dev/null || { \
	      echo "$$each cannot make virtual environments: install its venv package (Debian: apt install python3-venv)." >&2; exit 1; }; \
	    exec $$each -m venv --clear $(1); \
	  fi; \
	done; \
	echo 'Python 3.11 or newer is needed; none of these is: $(PYTHON). Name one: make PYTHON=/path/to/python3.' >&2; exit 1
endef
