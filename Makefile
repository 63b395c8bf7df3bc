# make run    start the service on embedded defaults
# make test   everything the project checks
# make help   the rest

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

unexport PYTHONDONTWRITEBYTECODE  # the tests start the service a hundred times, and would compile it each time

.DEFAULT_GOAL := help
.PHONY: help install run test bench enumeration generate format lock clean

help:  ## Show the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 24

$(STAMP): pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade --constraint constraints.txt pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable . --group dev
	@touch $@

install: $(STAMP)  ## Make the virtual environment, with pinned versions

run: install  ## Start the service, its workers and its mailbox page on this machine
	$(BIN)/identity-service dev

test: install  ## Check everything: lint, types, imports, contract, generated code, tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m protos.generate --check
	$(BIN)/python -m protos.generate --lint
	$(BIN)/pytest --numprocesses 3 --no-loadscope-reorder

bench: install  ## Measure against the limits; PostgreSQL, Redis and SMTP run in processes of their own
	$(BIN)/python -m benchmarks

enumeration: install  ## Test whether the time of an answer tells which addresses have an account
	$(BIN)/python -m benchmarks.enumeration

generate: install  ## Write generated/ from protos/
	$(BIN)/python -m protos.generate

format: install  ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(STAMP)  ## Pin the newest versions that pyproject.toml allows
	$(BIN)/python -m pip install --quiet --upgrade --upgrade-strategy eager --editable . --group dev
	$(BIN)/python -m pip freeze --exclude-editable --all | grep -v '^setuptools==' > constraints.txt

clean:  ## Remove the virtual environment, caches and local data
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .identity build dist
