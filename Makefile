# The words everybody uses: make run, make test, make check, make bench.
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
WORKERS ?= 2

.PHONY: run install install-all test check bench lock clean

run: install
	@$(BIN)/fks-desk demo

install: $(VENV)/.base

install-all: $(VENV)/.all

# Wheels only: a machine without a compiler gets the desk all the same.
$(VENV)/.base: pyproject.toml constraints.txt
	@sh packaging/python.sh "$(PYTHON)" "$(VENV)"
	@echo "installing the desk into $(VENV) ..."
	@$(PIP) install --constraint constraints.txt setuptools
	@$(PIP) install --constraint constraints.txt --only-binary :all: --no-build-isolation --editable .
	@touch $@

# Everything the tests need: models, checkers, and Debian packages where that is allowed.
$(VENV)/.all: $(VENV)/.base packaging/debian.sh
	@sh packaging/debian.sh
	@echo "installing the extras ai, llm and dev (llama.cpp is compiled: some minutes) ..."
	@$(PIP) install --constraint constraints.txt --no-build-isolation torch setuptools
	@$(PIP) install --constraint constraints.txt llama-cpp-python
	@$(PIP) install --constraint constraints.txt --no-build-isolation --editable ".[ai,llm,dev]"
	@touch $@

test: install-all check
	@sh packaging/test.sh "$(BIN)" "$(WORKERS)"

check: install-all
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/vulture
	@$(BIN)/codespell

bench: install-all
	@$(BIN)/python tests/benchmarks/run.py $(ONLY)

lock: install-all
	@PATH="$(abspath $(BIN)):$$PATH" sh packaging/lock.sh

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache
