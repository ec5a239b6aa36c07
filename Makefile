# The only entry points a newcomer needs. `make demo SOURCES=file.yml` runs the chain on your own sources.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
SOURCES ?=
STACK := $(RUN) -m stack
FROM := $(if $(SOURCES),--sources $(SOURCES),)
# One worker a core, at most four: each has a PostgreSQL of its own.
TESTS := $(RUN) -m pytest --numprocesses logical --maxprocesses 4 --dist loadfile

.PHONY: help setup doctor demo up down test test-slow test-all bi test-bi deep test-deep lint format bench lock

help: ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(VENV)/installed ## create the environment from the lock file

$(VENV)/installed: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13) and "Huaxiang needs Python 3.11 to 3.13: make setup PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	@echo "installing the packages of requirements.lock, a minute or two"
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock || { $(PYTHON) -m stack doctor; exit 1; }
	@touch $@

doctor: ## say what is missing on this machine, and the remedy
	@$(PYTHON) -m stack doctor

demo: setup ## run the whole chain once under a real scheduler, show what came of it, stop
	@$(STACK) demo $(FROM)

up: setup ## start everything and keep it running
	@$(STACK) up $(FROM)

down: ## stop what `make up` started
	@$(STACK) down

bi: setup .venv-bi/installed ## serve the dashboards on loopback until Ctrl-C (Apache Superset, in .venv-bi)
	@$(RUN) -m bi

.venv-bi/installed: requirements-bi.lock
	$(PYTHON) -m venv .venv-bi
	@echo "installing the packages of requirements-bi.lock, two or three minutes"
	@.venv-bi/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-bi.lock
	@touch $@

deep: setup .venv-deep/installed ## let a model of sequences foretell too (SASRec, in .venv-deep), before `python -m ml recommend`
	@.venv-deep/bin/python -m ml.deep

# PyTorch differs from machine to machine (CPU, CUDA): it is pinned, and no hash holds everywhere.
.venv-deep/installed: requirements-deep.lock
	$(PYTHON) -m venv .venv-deep
	@echo "installing PyTorch and the packages of requirements-deep.lock, some minutes"
	@.venv-deep/bin/pip install --quiet --disable-pip-version-check torch==2.13.0
	@.venv-deep/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-deep.lock
	@touch $@

test: setup ## run the tests against a real PostgreSQL
	$(TESTS) -m "not slow and not bench and not bi and not deep"

test-slow: setup ## run the tests that take minutes
	$(TESTS) -m slow --durations 20

test-all: test test-slow ## run the tests that take minutes too

test-bi: setup .venv-bi/installed ## look at the dashboards and reports in a real browser (installs Debian's chromium)
	@command -v chromium chromedriver >/dev/null && fc-list :lang=zh | grep -q . || { apt-get update -qq && \
	DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends chromium chromium-driver fontconfig fonts-wqy-zenhei >/dev/null; }
	$(RUN) -m pytest -m bi tests/bi

test-deep: setup .venv-deep/installed ## let SASRec learn small worlds
	$(RUN) -m pytest -m deep tests/deep

bench: setup ## measure speed against named bounds in the same run
	$(RUN) -m pytest tests/benchmarks -m bench -s -q

lint: setup ## check style and the rules of the house
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	cd dbt && ../$(VENV)/bin/sqlfluff lint --disable-progress-bar models tests

format: setup ## format Python and SQL
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .
	cd dbt && ../$(VENV)/bin/sqlfluff fix --disable-progress-bar models tests

lock: ## write the lock files anew from pyproject.toml (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --generate-hashes --no-header --no-annotate --group pyproject.toml:dev pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --generate-hashes --no-header --no-annotate --group pyproject.toml:bi -o requirements-bi.lock
	uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --generate-hashes --no-header --no-annotate --no-emit-package torch --group pyproject.toml:deep -o requirements-deep.lock
