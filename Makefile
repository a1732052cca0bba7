# Every task of this project. `make help` lists them.
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON := $(shell for python in python3.11 python3.12 python3.13 python3; do \
	if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo $$python; break; fi; done)
BIN := .venv/bin
SOURCES := actions bot nlu programme tests tools

.PHONY: help setup run test lint format train eval bench september lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Make both Python environments from their locks (nothing to do when they are current)
	@if [ -z "$(PYTHON)" ]; then echo "setup: Python 3.11 or newer is missing: install it, then run make again." >&2; exit 1; fi
	@$(PYTHON) tools/bootstrap.py

run: setup ## Set up what is missing, start everything, say where the chat is (Ctrl-C stops it)
	@$(BIN)/declic prepare
	@exec $(BIN)/declic up

test: setup ## Run all tests, with a real database, dialogue server and browser
	@chromium=$$($(BIN)/python tools/browser.py) && DECLIC_TEST_CHROMIUM="$$chromium" $(BIN)/python -m pytest $(PYTEST_ARGS)

lint: setup ## Format the code, then check it: ruff, mypy, content, training data
	@$(BIN)/ruff format $(SOURCES)
	@$(BIN)/ruff check --fix $(SOURCES)
	@$(BIN)/mypy
	@$(BIN)/declic content check
	@$(BIN)/declic data check

train: setup ## Train the model, unless there is one for the present data
	@$(BIN)/declic train

eval: setup ## Measure understanding on tests/nlu (AGAINST=model.tar.gz shows another model beside ours)
	@$(BIN)/declic eval tests/nlu $(if $(AGAINST),--against $(AGAINST))

bench: setup ## Measure turns, memory, the chat API, and the services on a million made-up people (SCALE=0.1 for fewer)
	@$(BIN)/declic bench
	@$(BIN)/declic bench programme --scale $(or $(SCALE),1)

september: setup ## Play a September with a million made-up candidates, with a report in var/ (PEOPLE=10000 for fewer)
	@$(BIN)/declic bench september --people $(or $(PEOPLE),1000000) --out var/september

lock: setup ## Compile the locks again from requirements/*.in, with hashes and without addresses
	@for name in bootstrap app; do $(BIN)/uv pip compile --quiet --upgrade --generate-hashes --no-emit-index-url \
		--universal --python-version 3.11 --custom-compile-command "make lock" requirements/$$name.in \
		--output-file requirements/$$name.txt || exit 1; done
	@$(BIN)/uv pip compile --quiet --upgrade --generate-hashes --no-emit-index-url --python-version 3.10 \
		--custom-compile-command "make lock" requirements/dialogue.in --output-file requirements/dialogue.txt

clean: ## Remove both environments and all caches; var/ (database, models) stays
	@rm -rf .venv .venv-dialogue .rasa .mypy_cache .ruff_cache .pytest_cache .hypothesis
