# Everything is installed inside this folder: .venv holds the tap's and the tests' packages,
# .venvs/meltano holds Meltano, .meltano holds the plugins. Nothing is installed twice.

PYTHON ?= python3.13 python3.12 python3.11 python3.14 python3
# One that can import Airbyte's source, as found on the path or with pyenv.
OLDER_PYTHON ?= python3.10 python3.9 $(wildcard $(HOME)/.pyenv/versions/3.10*/bin/python $(HOME)/.pyenv/versions/3.9*/bin/python)
# One that Spark 3.5 was tried with, if there is one.
SPARK_PYTHON ?= python3.11 python3.13 $(PYTHON)
VENV := .venv
MELTANO := .venvs/meltano/bin/meltano

# A worker for each core; the tests of a file stay on one, since they may share something.
PARALLEL := --numprocesses=auto --maxprocesses=4 --dist=loadfile

export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Packages come from the virtual environments, from nowhere else.
unexport PYTHONPATH

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo run report documents docs test quick lint dist release bench clean ready-for-demo ready-for-tests ready-for-long-tests ready-for-bench-all ready-for-bench-inbox ready-for-bench-stores ready-for-bench-rounds ready-for-bench-verify ready-for-bench-warehouse ready-for-bench-loaders ready-for-bench-page

help: ## show this list
	@echo 'usage: make TARGET [PYTHON=python3.12]'
	@echo
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1\t\2/p' $(firstword $(MAKEFILE_LIST))

demo: ready-for-demo ## load the year of an invented store into output/demo.duckdb, ask it questions, write output/demo.html (SOURCE=api2cart, SQL=1)
	@$(VENV)/bin/python -m tools.demo $(SOURCE) $(if $(SQL),--sql)

run: ready-for-demo ## load your store, named in .env, into output/warehouse.duckdb and ask the same (SQL=1)
	@$(VENV)/bin/python -m tools.demo run $(if $(SQL),--sql)

report: $(VENV)/.demo ## write output/report.html from the marts (WAREHOUSE=output/demo.duckdb or SQLAlchemy address, SCHEMA=analytics)
	@$(VENV)/bin/bigcommerce-carts report $(if $(WAREHOUSE),--warehouse '$(WAREHOUSE)') $(if $(SCHEMA),--schema '$(SCHEMA)')

documents: $(VENV)/.tests ## write anew what is generated from fields and settings: staging, catalog, tables in the documents
	@$(VENV)/bin/python -m tools.documents

docs: .venvs/docs/.made ## write the documents as a site, output/docs/index.html
	@.venvs/docs/bin/python -m sphinx -q -W --keep-going -E -b html docs output/docs

test: lint ready-for-tests $(if $(LONG),ready-for-long-tests) ## run the whole suite, static checks included (LONG=1: also what takes long or much room)
	@$(VENV)/bin/python -m pytest $(PARALLEL) $(if $(LONG),-m 'quick or slow')

quick: $(VENV)/.tests ## run the tests that start nothing, in less than a minute
	@$(VENV)/bin/python -m pytest $(PARALLEL) -m 'quick and not long'

lint: $(VENV)/.tests ## check format, style and types
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/mypy

dist: .venvs/release/.made ## build sdist and wheel into dist/, check, install and start them; notes and bill of materials into output/release/
	@.venvs/release/bin/python -m tools.release dist $(if $(ADDRESS),--address '$(ADDRESS)') $(if $(FINAL),--final)

release: $(VENV)/.tests ## write VERSION=1.2.0 everywhere, and the unreleased changes as those of it (.github/RELEASING.md)
	@$(VENV)/bin/python -m tools.release prepare '$(VERSION)'

bench: ready-for-bench-$(or $(ONLY),all) ## measure the tap, its peers, the inbox, many stores, checks, loads, the page (65 minutes; QUICK=1: 8 minutes, not published; ONLY=inbox: 1, ONLY=verify: 9, ONLY=stores or ONLY=rounds: 13, ONLY=warehouse: 14, ONLY=loaders: 3, ONLY=page: 1)
	@$(VENV)/bin/python -m tools.benchmarks $(if $(QUICK),--quick) $(if $(ONLY),--only=$(ONLY))
	@$(VENV)/bin/python -m tools.benchmarks.show $(if $(QUICK),,--publish) $(if $(ONLY),--only=$(ONLY))

clean: ## remove all that was installed or made here: venvs, plugins, state, warehouse
	rm -rf .venv .venvs .meltano output dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

# What each target needs

TAP := .meltano/.tap
LOADER = .meltano/.target-$(1)
DBT = .meltano/.dbt-$(1)

ready-for-demo: $(VENV)/.demo $(TAP) $(call LOADER,duckdb) $(call DBT,duckdb)
ready-for-tests: $(VENV)/.tests $(TAP) $(foreach each,duckdb postgres jsonl csv s3tables,$(call LOADER,$(each))) \
  $(foreach each,duckdb postgres,$(call DBT,$(each))) .venvs/dbt-elsewhere/.made \
  .venvs/dbt-metricflow/.made .venvs/airflow/.made .venvs/dagster/.made .venvs/docs/.made .venvs/moto/.made

ready-for-long-tests: $(foreach each,snowflake bigquery,$(call LOADER,$(each))) .venvs/dbt-spark/.made .venvs/release/.made \
  .venvs/uv/.made

ready-for-bench-inbox ready-for-bench-verify ready-for-bench-page: $(VENV)/.tests
ready-for-bench-stores ready-for-bench-rounds: $(VENV)/.tests $(TAP) $(call LOADER,postgres)
ready-for-bench-loaders: ready-for-bench-stores $(call LOADER,duckdb)
ready-for-bench-warehouse: ready-for-bench-loaders $(foreach each,singer airbyte dlt,.venvs/bench-$(each)/.made)
ready-for-bench-all: ready-for-bench-warehouse

$(VENV)/.made:
	@echo 'The first time, packages are installed into this folder: for the demo about three minutes and'
	@echo '700 MB, for the tests about five minutes. Afterwards everything starts at once.'
	$(call venv,$(VENV))
	@$(VENV)/bin/python -m pip install -qq --upgrade 'pip>=25.1,<27'
	@touch $@

$(VENV)/.demo: pyproject.toml constraints/tap.txt | $(VENV)/.made
	@echo 'Installing the demo ...'
	@$(VENV)/bin/python -m pip install -qq -c constraints/tap.txt -e '.[inbox,load,report,sandbox,verify]' --group demo
	@touch $@

$(VENV)/.tests: pyproject.toml constraints/tap.txt | $(VENV)/.made
	@echo 'Installing the tap and its tests ...'
	@$(VENV)/bin/python -m pip install -qq -c constraints/tap.txt -e '.[inbox,load,parquet,report,sandbox,verify]' --group test
	@touch $@ $(VENV)/.demo

.venvs/meltano/.made: constraints/meltano.txt
	$(call venv,.venvs/meltano)
	@echo 'Installing Meltano ...'
	@.venvs/meltano/bin/python -m pip install -qq -c constraints/meltano.txt 'meltano[postgres,s3]'
	@touch $@

$(TAP): pyproject.toml constraints/tap.txt | .venvs/meltano/.made
	@echo 'Installing the tap for Meltano ...'
	@$(MELTANO) --log-level=warning install --clean extractor tap-bigcommerce-carts
	@touch $@

.meltano/.target-%: constraints/target-%.txt | .venvs/meltano/.made
	@echo 'Installing target-$* for Meltano ...'
	@$(MELTANO) --log-level=warning install --clean loader target-$*
	@mkdir -p output # DuckDB's loader does not make the folder of its file
	@touch $@

.meltano/.dbt-%: constraints/dbt.txt | .venvs/meltano/.made
	@echo 'Installing dbt for $* ...'
	@$(MELTANO) --log-level=warning install --clean utility dbt-$*
	@touch $@

# What builds the package is what an index gets: by version.
.venvs/release/.made: constraints/release.txt
	$(call venv,.venvs/release)
	@echo 'Installing what builds and checks a release ...'
	@.venvs/release/bin/python -m pip install -qq -c constraints/release.txt \
	  build twine cyclonedx-bom hatchling hatch-fancy-pypi-readme
	@touch $@

.venvs/docs/.made: constraints/docs.txt
	$(call venv,.venvs/docs)
	@echo 'Installing what makes the site ...'
	@.venvs/docs/bin/python -m pip install -qq -c constraints/docs.txt sphinx myst-parser furo
	@touch $@

.venvs/dbt-elsewhere/.made: constraints/dbt-elsewhere.txt
	$(call venv,.venvs/dbt-elsewhere)
	@echo 'Installing dbt for warehouses that need an account, to compile for them, and a fake Snowflake ...'
	@.venvs/dbt-elsewhere/bin/python -m pip install -qq -c constraints/dbt-elsewhere.txt \
	  dbt-core dbt-snowflake dbt-bigquery dbt-redshift dbt-spark fakesnow sqlglot
	@touch $@

.venvs/dbt-metricflow/.made: constraints/dbt-metricflow.txt
	$(call venv,.venvs/dbt-metricflow)
	@echo 'Installing MetricFlow, to ask the metrics ...'
	@.venvs/dbt-metricflow/bin/python -m pip install -qq -c constraints/dbt-metricflow.txt \
	  'dbt-metricflow[dbt-duckdb,dbt-postgres]'
	@touch $@

# pyspark is built here, of which pip says nothing. The other package is jars of Iceberg for Spark,
# which do not care for the version of Python that it asks for.
.venvs/dbt-spark/.made: constraints/dbt-spark.txt
	$(call venv,.venvs/dbt-spark,$(SPARK_PYTHON))
	@echo 'Installing Spark and its dbt, 580 MB, two minutes ...'
	@.venvs/dbt-spark/bin/python -m pip install -qq -c constraints/dbt-spark.txt dbt-core dbt-spark pyspark
	@.venvs/dbt-spark/bin/python -m pip install -qq -c constraints/dbt-spark.txt --no-deps \
	  --ignore-requires-python snowpark-connect-deps-iceberg
	@touch $@

.venvs/airflow/.made: deploy/airflow/requirements.txt constraints/airflow.txt
	$(call venv,.venvs/airflow)
	@echo 'Installing Airflow ...'
	@.venvs/airflow/bin/python -m pip install -qq -r deploy/airflow/requirements.txt -c constraints/airflow.txt
	@touch $@

.venvs/dagster/.made: constraints/dagster.txt
	$(call venv,.venvs/dagster)
	@echo 'Installing Dagster, to try its example ...'
	@.venvs/dagster/bin/python -m pip install -qq -c constraints/dagster.txt dagster
	@touch $@

.venvs/moto/.made: constraints/moto.txt
	$(call venv,.venvs/moto)
	@echo 'Installing a server that speaks S3, to keep state in ...'
	@.venvs/moto/bin/python -m pip install -qq -c constraints/moto.txt 'moto[s3,server]'
	@touch $@

.venvs/uv/.made: constraints/uv.txt
	$(call venv,.venvs/uv)
	@echo 'Installing uv and pipx, to try the tap without installing it ...'
	@.venvs/uv/bin/python -m pip install -qq -c constraints/uv.txt uv pipx
	@touch $@

.venvs/bench-singer/.made: constraints/bench-singer.txt
	$(call venv,.venvs/bench-singer)
	@echo 'Installing tap-bigcommerce of singer-io, to compare with ...'
	@.venvs/bench-singer/bin/python -m pip install -qq -c constraints/bench-singer.txt tap-bigcommerce || \
	  echo 'It could not be installed; the table will say so.' >&2
	@touch $@

.venvs/bench-airbyte/.made: constraints/bench-airbyte.txt
	@echo 'Installing airbyte-source-bigcommerce, to compare with ...'
	@mkdir -p $(@D)
	@for each in $(OLDER_PYTHON); do \
	  if $$each -m venv --clear $(@D) 2>/dev/null; then \
	    $(@D)/bin/python -m pip install -qq -c constraints/bench-airbyte.txt airbyte-source-bigcommerce && break; \
	    rm -rf $(@D)/bin; \
	  fi; \
	done
	@test -x $(@D)/bin/source-bigcommerce || \
	  echo 'It could not be installed; it needs one of these: $(OLDER_PYTHON). The table will say so.' >&2
	@mkdir -p $(@D) && touch $@

.venvs/bench-dlt/.made: constraints/bench-dlt.txt
	$(call venv,.venvs/bench-dlt)
	@echo 'Installing dlt, to compare with ...'
	@.venvs/bench-dlt/bin/python -m pip install -qq -c constraints/bench-dlt.txt 'dlt[duckdb,postgres]' || \
	  echo 'It could not be installed; the table will say so.' >&2
	@touch $@

# A virtual environment at $(1), from the first Python of $(2), or else of $(PYTHON), that will do.
define venv
	@for each in $(or $(2),$(PYTHON)); do \
	  if $$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    $$each -c 'import ensurepip, venv' 2>/dev/null || { \
	      echo "$$each cannot make virtual environments: install its venv package (Debian: apt install python3-venv)." >&2; exit 1; }; \
	    exec $$each -m venv --clear $(1); \
	  fi; \
	done; \
	echo 'Python 3.11 or newer is needed; none of these is: $(or $(2),$(PYTHON)). Name one: make PYTHON=/path/to/python3.' >&2; exit 1
endef
