# All a fresh machine needs is make and Python 3.11 or later; everything else is built here.
PYTHON ?= python3
PORT ?= 8501
SOAK ?= 20
STORE := data/desk.duckdb
PY := .venv/bin/python

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup tools browser run test lint format types bench soak update-golden sample clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.runtime ## build .venv with what the desk needs
run: .venv/.runtime $(STORE) ## open the desk on 127.0.0.1:8501, on the sample year at first
	@echo "The desk opens at http://127.0.0.1:$(PORT); Ctrl+C closes it."
	@$(PY) -m streamlit run app.py --server.port $(PORT)

test: tools browser lint types ## all checks: lint, types, every test
	$(PY) -m pytest

lint: tools ## style, likely bugs, imports that run one way
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	PYTHONPATH=. .venv/bin/lint-imports --no-logo

format: tools ## lay the code out as lint wants it
	$(PY) -m ruff check --fix-only --quiet .
	$(PY) -m ruff format .

types: tools ## strict types
	$(PY) -m mypy $(wildcard otc app.py pages benchmarks tests)

bench: tools browser ## each claim about speed or size beside its peer
	$(PY) -m pytest benchmarks -m bench -s --durations=0 --durations-min=0

soak: tools ## the property tests, each with SOAK (20) times the examples
	SOAK=$(SOAK) $(PY) -m pytest -m "not browser and not bench" --timeout=3600

update-golden: tools ## write the golden files anew; read the difference before it is kept
	$(PY) -m pytest -m "not browser and not bench" --update-golden

sample: .venv/.runtime ## write the sample year to out/sample
	$(PY) -m otc sample --out out/sample

clean: ## remove .venv and caches; the store in data/ stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache out
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

tools: .venv/.tools

# A stamp is as old as the requirements it was built from; an interrupted build leaves none.
.venv/.runtime: requirements.txt
	@scripts/build-venv "$(PYTHON)"
	$(PY) -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
	@touch $@

.venv/.tools: requirements-dev.txt .venv/.runtime
	$(PY) -m pip install --quiet --disable-pip-version-check --requirement requirements-dev.txt
	@touch $@

browser:
	@scripts/install-chromium

# Made once; a store that is there is never touched. It gets its name when it is whole.
$(STORE): | .venv/.runtime
	@mkdir -p $(@D)
	@rm -f $(@D)/.making.duckdb $(@D)/.making.duckdb.wal
	@echo "Preparing the sample year ..."
	@$(PY) -m otc --store $(@D)/.making.duckdb init --sample
	@mv $(@D)/.making.duckdb $@
