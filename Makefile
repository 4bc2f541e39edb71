# Two commands do everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
RUN    := $(VENV)/.installed-to-run
DEV    := $(VENV)/.installed-to-develop
HOST   ?= 127.0.0.1
PORT   ?= 8000
export PYTHON

.PHONY: help install demo serve test test-fast lint format bench soak pins clean
help:  ## list the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(RUN): pyproject.toml requirements/run.txt
	@requirements/install.sh run
	@touch $(RUN)

install: $(DEV)  ## environment and dependencies for development, pinned by hash
$(DEV): $(RUN) requirements/dev.txt
	@requirements/install.sh dev
	@touch $(DEV)

demo: $(RUN)  ## made-up data for several bots, served; prints how to look at it
	@echo "A year of made-up conversations, in ./botlens-demo; making them up takes some seconds once a day ..."
	@$(BIN)/botlens demo --host $(HOST) --port $(PORT)

serve: $(RUN)  ## serve ./botlens-data
	@$(BIN)/botlens serve --host $(HOST) --port $(PORT)

# Three workers on two cores, as many tests wait; dealt in order, so that tests with a store of their own come first.
WORKERS ?= 3
test: lint  ## every check and every test (WORKERS=3 side by side)
	$(BIN)/pytest -n $(WORKERS) --maxschedchunk 2

test-fast: install  ## the tests without the slow ones
	$(BIN)/pytest -n $(WORKERS) --maxschedchunk 2 -m "not slow"

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

NAME ?= chaos
ROUNDS ?= 200
SEED ?= 1
soak: install  ## long storms, to be gone on with later (NAME=chaos or kills, ROUNDS=200, SEED=1)
	$(BIN)/python -m tests.soak $(NAME) $(ROUNDS) $(SEED)

PIN = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header
pins:  ## write the hashed requirements anew (needs uv)
	$(PIN) --extra dev pyproject.toml -o requirements/dev.txt
	$(PIN) --extra build --constraint requirements/dev.txt pyproject.toml -o requirements/run.txt

clean:  ## remove what was built
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
