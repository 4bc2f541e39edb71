# Two commands do everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
HOST   ?= 127.0.0.1
PORT   ?= 8000

.PHONY: help install demo serve test test-fast lint format bench pins clean
help:  ## list the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

install: $(STAMP)  ## environment and dependencies, pinned by hash
$(STAMP): pyproject.toml requirements/dev.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $(STAMP)

demo: install  ## made-up data for several bots, served; prints how to look at it
	$(BIN)/botlens demo --host $(HOST) --port $(PORT)

serve: install  ## serve ./botlens-data
	$(BIN)/botlens serve --host $(HOST) --port $(PORT)

test: lint  ## every check and every test
	$(BIN)/pytest

test-fast: install  ## the tests without the slow ones
	$(BIN)/pytest -m "not slow"

lint: install  ## ruff, mypy --strict, the import contracts
	$(BIN)/ruff check src tests benchmarks docs
	$(BIN)/ruff format --check src tests benchmarks docs
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: install  ## let ruff tidy
	$(BIN)/ruff check --fix src tests benchmarks docs
	$(BIN)/ruff format src tests benchmarks docs

SIZE ?= full
bench: install  ## side-by-side benchmarks (SIZE=small takes two minutes; SCALE10=1 adds ten times the history)
	$(BIN)/python -m benchmarks --size $(SIZE) $(if $(SCALE10),--scale10)

pins: ## write the hashed requirements anew (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra dev pyproject.toml -o requirements/dev.txt

clean:  ## remove what was built
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
