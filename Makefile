# Everything a person types. Each target sets up what it needs in an environment of its own, once.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:

NEWEST := 1.9.1
MACHINES ?= i386,s390x
SCIKIT_LEARN ?= $(NEWEST)
PYTEST_ARGS ?=
BENCH_ARGS ?=

# pyenv's commands answer only for the versions it is told of.
ifndef PYENV_VERSION
export PYENV_VERSION := $(shell pyenv versions --bare 2>/dev/null | grep -E '^3\.1[1-9]\.[0-9]+$$' | sort -rV | paste -sd: -)
endif
# The first Python of 3.11 to 3.13 that runs and can make an environment.
PYTHON ?= $(shell export PYENV_VERSION='$(PYENV_VERSION)'; for name in python3.13 python3.12 python3.11 python3 python; do \
	$$name -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$name; break; }; done)

VENV ?= .venv$(if $(filter-out $(NEWEST),$(SCIKIT_LEARN)),-$(SCIKIT_LEARN))
PINS := requirements/scikit-learn-$(SCIKIT_LEARN).txt
TOOLS := requirements/tools.txt
BIN := $(VENV)/bin

.PHONY: help demo test third-party services recipes page machines pmml coverage exports bench lint format docs wheel clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "Options: SCIKIT_LEARN=1.2.2 (any release in requirements/), PYTHON=python3.11, PYTEST_ARGS='-k tree'"

demo: $(VENV)/.installed-demo ## a real model saved, inspected, loaded in a fresh process
	@$(BIN)/perdure demo

test: $(VENV)/.installed-test ## the test suite
	@$(BIN)/python -m pytest -n 2 $(PYTEST_ARGS)

# An environment of its own: what these libraries want of others is not what the tests want.
third-party: ## the tests of xgboost, lightgbm, catboost, imbalanced-learn, category_encoders, quantile-forest and skrub
	@$(MAKE) --no-print-directory VENV=.venv-third-party .venv-third-party/.installed-third-party
	@PERDURE_THIRD_PARTY=1 .venv-third-party/bin/python -m pytest tests/third_party $(PYTEST_ARGS)

# As root on Debian the browser is installed; elsewhere it has to be there.
page: $(VENV)/.installed-test ## the tests of `perdure view` in headless Chromium
	@tools/install_chromium.sh
	@PERDURE_BROWSER=1 $(BIN)/python -m pytest tests/viewing/test_browser.py $(PYTEST_ARGS)

recipes: ## the recipes for Spark (Java 17 has to be there) and Ray, run by both
	@$(MAKE) --no-print-directory VENV=.venv-recipes .venv-recipes/.installed-recipes
	@PERDURE_RECIPES=1 .venv-recipes/bin/python -m pytest tests/recipes $(PYTEST_ARGS)

# Needs root and Debian; a host that cannot make them says so, and that is no failure.
machines: ## i386 and s390x (emulated) write and read each other's files; MACHINES=amd64,i386,armhf,arm64,ppc64el,s390x: all
	@python3 architectures/run.py --if-possible --machines $(MACHINES)

# Pinned by a file of its own: what MLflow and botocore want of others is not what the tests want.
services: ## the tests against a server of S3's protocol and one of MLflow, on this machine
	@$(MAKE) --no-print-directory VENV=.venv-services PINS=requirements/services.txt TOOLS=requirements/services.txt .venv-services/.installed-services
	@PERDURE_SERVICES=1 .venv-services/bin/python -m pytest tests/services $(PYTEST_ARGS)

# sklearn2pmml and its scikit-learn go into an environment that perdure makes: once, before the tests.
pmml: ## the tests of exports to PMML, where there is a Java
	@if ! java -version > /dev/null 2>&1; then echo "make pmml: skipped, there is no java on the PATH (apt-get install default-jre-headless)"; exit 0; fi; \
	$(MAKE) --no-print-directory VENV=.venv-pmml .venv-pmml/.installed-pmml-test && \
	.venv-pmml/bin/python -c 'from perdure.exporters.pmml.working import prepare; print(prepare())' && \
	PERDURE_PMML=1 .venv-pmml/bin/python -m pytest tests/exporters/pmml $(PYTEST_ARGS)

coverage: $(VENV)/.installed-test ## docs/coverage.md, from the tests of all of scikit-learn
	@$(BIN)/python tools/write_coverage.py -n 2 $(PYTEST_ARGS)

exports: $(VENV)/.installed-test ## docs/exports.md: every class as ONNX, on 10,000 rows each
	@$(BIN)/python -W ignore tools/write_exports.py

bench: $(VENV)/.installed-bench ## perdure against its peers, into docs/benchmarks.md (BENCH_ARGS='--folder F --models tiny,forest')
	@$(BIN)/python benchmarks/run.py $(BENCH_ARGS)

lint: $(VENV)/.installed-lint ## ruff, mypy, import-linter
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(VENV)/.installed-lint ## let ruff mend what it can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

docs: $(VENV)/.installed-docs ## the documentation, with warnings as errors
	@$(BIN)/sphinx-build -q -E -W --keep-going docs docs/_build/html
	@echo "docs/_build/html/index.html"

wheel: $(VENV)/.installed-demo ## a wheel in dist/, checked to hold every file of the package
	@rm -rf dist build
	@$(BIN)/python -m pip wheel -qq --no-deps --wheel-dir dist .
	@$(BIN)/python tools/check_wheel.py dist/perdure-*.whl

runtime: $(VENV)/.installed-demo ## perdure-runtime in dist/, installed alone in an empty environment and compared there
	@$(BIN)/python tools/make_runtime.py

clean: ## remove what make has made
	rm -rf .venv .venv-* build dist docs/_build docs/reference/generated .mypy_cache .ruff_cache .pytest_cache .hypothesis .nox
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps: one for each extra, made again when the pins or the dependencies change.
$(VENV)/.installed-%: pyproject.toml $(PINS) $(TOOLS) | $(BIN)/python
	@echo "setting up $(VENV) for 'make $*' with scikit-learn $(SCIKIT_LEARN) (once) …"
	@$(BIN)/python -m pip install -qq -r $(PINS) -c $(TOOLS) -e '.[$*]'
	@touch $@

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer (with venv) was not found; name one: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) does not run, or is older than Python 3.11; name another: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(PINS):
	@echo "no pins for scikit-learn $(SCIKIT_LEARN); there are: $$(ls requirements | sed -n 's/scikit-learn-\(.*\)\.txt/\1/p' | paste -sd' ' -)" >&2; exit 1
