# make serve, make test, make play, make lint, make bench, make netcode: each sets up what it needs first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 5050
HOST ?= 127.0.0.1
PIP := $(BIN)/pip --quiet --disable-pip-version-check

.PHONY: serve play test lint bench netcode lock clean

serve: $(VENV)/.runs
	$(BIN)/tickwire serve snake --bots 3 --host $(HOST) --port $(PORT)

play: $(VENV)/.runs
	$(BIN)/tickwire play snake --bots 3

test: $(VENV)/.tests
	$(BIN)/python -m pytest

lint: $(VENV)/.tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.tests
	$(BIN)/python bench/run.py all

netcode: $(VENV)/.runs
	$(BIN)/python bench/netcode.py

# Pins every version anew from pyproject.toml. No index address is written, so the lock names no host.
COMPILE := $(BIN)/pip-compile --quiet --strip-extras --generate-hashes --no-header \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host
lock: $(VENV)/bin/python
	$(PIP) install pip-tools
	$(COMPILE) --output-file requirements.txt pyproject.toml
	$(COMPILE) --extra dev --output-file requirements-dev.txt pyproject.toml

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis bench/.build

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

NO_COMPILER := no C compiler was found: the hot functions run in Python, and cost more

$(VENV)/.runs: requirements.txt pyproject.toml setup.py $(wildcard src/tickwire/speed_c/*) | $(VENV)/bin/python
	$(PIP) install --require-hashes -r requirements.txt
	$(PIP) install --no-deps -e .
	@$(BIN)/python -c "from tickwire import accelerator; accelerator.in_use or print('$(NO_COMPILER)')"
	@touch $@

$(VENV)/.tests: requirements-dev.txt $(VENV)/.runs
	$(PIP) install --require-hashes -r requirements-dev.txt
	@touch $@
