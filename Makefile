# Needs python3 and make; everything else is installed into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.PHONY: demo test test-cluster test-jetson check fix bench

demo: $(INSTALLED)
	$(BIN)/mixassist demo

test: $(INSTALLED)
	$(BIN)/pytest -q

# On Ray itself: 250 MB more, and half a minute.
test-cluster: $(INSTALLED)
	$(BIN)/python -m pip install -q -c constraints.txt -e ".[dev,cluster]"
	$(BIN)/pytest -q tests/cluster

# A bundle's golden vectors on an emulated ARM processor: fetches an ARM system, and takes minutes.
test-jetson: $(INSTALLED)
	$(BIN)/python -m tests.jetson

check: $(INSTALLED)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MAKE) test

fix: $(INSTALLED)
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(INSTALLED)
	$(BIN)/python -m benchmarks

# The stamp is younger than what it was made from, so a changed dependency is installed at the next make.
$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q -c constraints.txt -e ".[dev]"
	touch $@
