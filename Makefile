# Every target makes what it needs: a virtual environment in .venv, and node_modules where npm is found.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BENCH := .venv-bench
EXTENSION := vscode-extension

.PHONY: demo test test-python test-extension check fmt vsix bench e2e clean

demo: $(VENV)/.demo
	@$(BIN)/trace-lsp demo

test: test-python test-extension

test-python: $(VENV)/.dev
	$(BIN)/python -m pytest

test-extension:
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory $(EXTENSION)/node_modules/.made \
	  && cd $(EXTENSION) && npm run --silent check && npm test --silent; \
	else echo "npm was not found: the extension's tests were not run."; fi

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

fmt: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

vsix: $(EXTENSION)/node_modules/.made
	cd $(EXTENSION) && npm run package

# The environment holds either what the demo needs or, on top of it, what development needs.
$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' \
	  || { echo "$$($(PYTHON) --version) is too old: set PYTHON to a Python 3.10 or newer."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.demo: $(VENV)/.python pyproject.toml
	@echo "Installing into $(VENV) (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[draw]'
	@touch $@

$(VENV)/.dev: $(VENV)/.python pyproject.toml
	@echo "Installing into $(VENV) (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[draw,dev]'
	@touch $@ $(VENV)/.demo

$(EXTENSION)/node_modules/.made: $(EXTENSION)/package-lock.json
	cd $(EXTENSION) && npm ci --no-audit --no-fund
	@touch $@

# What the engine costs beside trace-opt, and how the search does beside optuna, which have an
# environment of their own; and how the tasks in tests/ are solved. The engine's table on the
# terminal goes into a file as well: `make bench MARKDOWN=README.md` renews the one there.
MARKDOWN ?= $(BENCH)/engine.md

bench: $(VENV)/.dev $(BENCH)/.made
	$(BIN)/python tests/benchmarks/engine.py --theirs $(BENCH)/bin/python \
	  --json $(BENCH)/engine.json --markdown $(MARKDOWN)
	$(BIN)/python tests/benchmarks/problem.py
	$(BIN)/python tests/benchmarks/search.py --optuna $(BENCH)/bin/python
	$(BIN)/python tests/benchmarks/tasks_solved.py
	$(BIN)/python tests/benchmarks/candidates.py

$(BENCH)/.made: | $(VENV)/.python
	$(PYTHON) -m venv $(BENCH)
	@$(BENCH)/bin/python -m pip install --quiet --disable-pip-version-check trace-opt==0.1.3.8 optuna==5.0.0
	@touch $@

# The extension in a real VS Code workbench: installs a browser and a code-server first (Debian).
e2e: $(VENV)/.dev vsix
	$(EXTENSION)/test/e2e/install.sh
	cd $(EXTENSION) && npm run e2e

clean:
	rm -rf $(VENV) $(BENCH) $(EXTENSION)/node_modules $(EXTENSION)/out $(EXTENSION)/*.vsix
