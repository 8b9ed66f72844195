# make serve, make test, make play, make lint, make deep, make soak, make bench, make netcode: each sets up what it needs
# first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 5050
HOST ?= 127.0.0.1
PIP := $(BIN)/pip --quiet --disable-pip-version-check
PYTEST := $(BIN)/python -m pytest
# A worker for each core and one more, or PYTEST_WORKERS; 0 for none. One that is done takes tests from another.
PYTEST_WORKERS ?= auto
PARALLEL := -n $(PYTEST_WORKERS) --dist worksteal

.PHONY: serve play test lint deep soak sanitize pure bench netcode lock clean

serve: $(VENV)/.runs
	$(BIN)/tickwire serve snake --bots 3 --host $(HOST) --port $(PORT)

play: $(VENV)/.runs
	$(BIN)/tickwire play snake --bots 3

test: $(VENV)/.tests
	@command -v node >/dev/null || echo "node is not installed: the tests of the page's modules are skipped (they fail where CI=true)"
	$(PYTEST) $(PARALLEL)

lint: $(VENV)/.tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/oxlint --quiet --deny-warnings

# What needs root, other people's servers, sanitizers or minutes. The servers that are killed keep both cores busy, so they
# come by themselves: other tests look at how late a tick is.
deep: $(VENV)/.tests
	$(PYTEST) $(PARALLEL) tests/deep --ignore=tests/deep/test_kills.py
	$(PYTEST) $(PARALLEL) tests/deep/test_kills.py
	$(MAKE) sanitize pure

# A server that is killed KILLS times, ended as often, and whose disk fills now and then; a quarter of an hour.
KILLS ?= 200
soak: $(VENV)/.tests
	env KILLS=$(KILLS) $(PYTEST) --capture=no tests/deep/test_kills.py

# The C extension under AddressSanitizer and UndefinedBehaviorSanitizer, which come with gcc: built into a copy of the
# package that stands before src/ on the path. What Python itself leaves allocated at its end is no fault of ours. A
# sanitizer writes its report straight to standard error and ends the process, so that is not captured.
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -O1 -g
SANITIZED := $(CURDIR)/.sanitized
SANITIZED_TESTS := tests/test_accelerator.py tests/test_accelerator_columns.py tests/test_accelerator_deltas.py \
	tests/test_accelerator_groups.py tests/test_accelerator_tables.py tests/net/test_sieve.py \
	tests/server/test_trays.py tests/server/test_payloads.py tests/server/test_sending.py tests/replication \
	tests/wire/test_framing.py tests/game/test_entity.py tests/game/test_history.py
UNDER_SANITIZERS := PYTHONPATH=$(SANITIZED) PYTHONMALLOC=malloc ASAN_OPTIONS=detect_leaks=0 \
	UBSAN_OPTIONS=print_stacktrace=1 LD_PRELOAD="$$(gcc -print-file-name=libasan.so)"
sanitize: $(VENV)/.tests
	rm -rf $(SANITIZED) && mkdir $(SANITIZED) && cp -R src/tickwire $(SANITIZED) && rm -f $(SANITIZED)/tickwire/_speed*
	gcc -shared -fPIC -Wall -Wextra -Wno-unused-parameter -Wno-missing-field-initializers -Wno-cast-function-type \
		$(SANITIZE) -I"$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("include"))')" \
		src/tickwire/speed_c/module.c \
		-o $(SANITIZED)/tickwire/_speed"$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_config_var("EXT_SUFFIX"))')"
	env $(UNDER_SANITIZERS) $(BIN)/python -c "from tickwire import _speed; assert '/.sanitized/' in _speed.__file__, _speed"
	env $(UNDER_SANITIZERS) $(PYTEST) $(PARALLEL) --capture=sys $(SANITIZED_TESTS)

# What uses the accelerator, with its Python twins instead.
PURE_TESTS := tests/game tests/games tests/replication tests/room tests/replay tests/net tests/server tests/wire \
	tests/client tests/end_to_end tests/test_examples.py
pure: $(VENV)/.tests
	env TICKWIRE_PURE=1 $(PYTEST) $(PARALLEL) $(PURE_TESTS)

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
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .sanitized bench/.build

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
