# Two commands do everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
RUN    := $(VENV)/.installed-to-run
DEV    := $(VENV)/.installed-to-develop
POSTGRES := $(VENV)/.installed-for-postgres
HOST   ?= 127.0.0.1
PORT   ?= 8000
export PYTHON
# Some machines say so for everybody; the checks and tests start hundreds of processes, each of which would
# compile all that it imports.
unexport PYTHONDONTWRITEBYTECODE

# The web page: built when it is missing or older than what it is made of.
PAGE         := src/botlens/web/dist/index.html
PAGE_SOURCES := $(shell find web -type f -not -path '*/node_modules/*' -not -name '.*') web/.npmrc
PAGE_CHECKED := web/.checked

.PHONY: help install postgres demo serve web test test-fast lint lint-python format bench soak pictures pins clean
help:  ## list the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(RUN): pyproject.toml requirements/run.txt
	@requirements/install.sh run
	@touch $(RUN)

postgres: $(POSTGRES)  ## the driver of PostgreSQL besides: to follow one (botlens sync), or to keep accounts there
$(POSTGRES): $(RUN) requirements/postgres.txt
	@requirements/install.sh postgres
	@touch $(POSTGRES)

install: $(DEV)  ## environment and dependencies for development, pinned by hash
$(DEV): $(RUN) requirements/dev.txt
	@requirements/install.sh dev
	@touch $(DEV)

web: $(PAGE)  ## build the web page, with the Node of this machine or one that is installed for it
$(PAGE): $(PAGE_SOURCES) hatch_build.py | $(RUN)
	@! $(BIN)/python hatch_build.py --needs-node || requirements/install.sh node
	@echo "Building the web page ..."
	@$(BIN)/python hatch_build.py

demo: $(RUN) $(PAGE)  ## made-up data for several bots, served; prints how to look at it
	@echo "A year of made-up conversations, in ./botlens-demo; making them up takes some seconds once a day ..."
	@$(BIN)/botlens demo --host $(HOST) --port $(PORT)

serve: $(RUN) $(PAGE)  ## serve ./botlens-data
	@$(BIN)/botlens serve --host $(HOST) --port $(PORT)

# Three workers on two cores, as many tests wait; dealt in order, so that tests with a store of their own come first.
WORKERS ?= 3
test: install $(PAGE)  ## every check and every test (WORKERS=3 side by side)
	@$(MAKE) --no-print-directory -j 2 lint
	$(BIN)/pytest -n $(WORKERS) --maxschedchunk 2

test-fast: install $(PAGE)  ## the tests without the slow ones
	$(BIN)/pytest -n $(WORKERS) --maxschedchunk 2 -m "not slow"

lint: lint-python $(PAGE_CHECKED)  ## ruff, mypy --strict, the import contracts; the checks of the web page

lint-python: install
	$(BIN)/ruff check src tests benchmarks docs examples hatch_build.py
	$(BIN)/ruff format --check src tests benchmarks docs examples hatch_build.py
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

$(PAGE_CHECKED): $(PAGE_SOURCES) $(PAGE)
	@$(BIN)/python hatch_build.py --check
	@touch $(PAGE_CHECKED)

format: install  ## let ruff tidy
	$(BIN)/ruff check --fix src tests benchmarks docs hatch_build.py
	$(BIN)/ruff format src tests benchmarks docs hatch_build.py

SIZE ?= full
bench: install  ## side-by-side benchmarks (SIZE=small takes two minutes; SCALE10=1 adds ten times the history)
	$(BIN)/python -m benchmarks --size $(SIZE) $(if $(SCALE10),--scale10)

NAME ?= chaos
ROUNDS ?= 200
SEED ?= 1
soak: install  ## long storms, to be gone on with later (NAME=chaos, kills or sync, ROUNDS=200, SEED=1)
	$(BIN)/python -m tests.soak $(NAME) $(ROUNDS) $(SEED)

pictures: install $(PAGE)  ## take the pictures of the README, of the demo in Chromium
	$(BIN)/python -m tests.browser.pictures

PIN = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header
pins:  ## write the hashed requirements anew (needs uv)
	$(PIN) --extra dev pyproject.toml -o requirements/dev.txt
	$(PIN) --extra build --constraint requirements/dev.txt pyproject.toml -o requirements/run.txt
	$(PIN) --constraint requirements/dev.txt requirements/postgres.in -o requirements/postgres.txt
	$(PIN) requirements/node.in -o requirements/node.txt

clean:  ## remove what was built
	rm -rf $(VENV) build dist src/botlens/web/dist web/node_modules $(PAGE_CHECKED) .pictures .mypy_cache .ruff_cache .pytest_cache .hypothesis
