# `make run` and `make test` need Python 3.11 or newer and make; everything else goes into .venv.
PYTHON ?= python3
CORES ?= 8
CONFIG ?=
BIN := $(CURDIR)/.venv/bin
INSTALLED := .venv/.installed

export PATH := $(BIN):$(PATH)
# A run and its tests start hundreds of processes, each of which would compile the package anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test lint format docs hashes clean help

help:  ## Show these commands
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

# A file that is none ends Snakemake in its own code, with a page of it; and who is there is asked before a finished run
# is replaced by one of another configuration.
run: $(INSTALLED)  ## Make the environment, then run the workflow (CONFIG=config/published.yaml for another run)
	@python -m retina_vae check --ask $(or $(CONFIG),config/config.yaml)
	snakemake --cores $(CORES) $(if $(CONFIG),--configfile $(CONFIG))

# Tests of one file share what they made, so a file stays with one worker (with few workers some folders do, as
# tests/conftest.py says); one thread each, because the workers are many.
# Files come in the order of tests/conftest.py, the longest first, and not by how many tests they have. The run through Slurm
# waits longer for its jobs than all other tests take: .ci/run has it, as has `pytest tests/slurm`.
test: $(INSTALLED)  ## Make the environment, then run the tests
	OMP_NUM_THREADS=1 pytest --numprocesses auto --dist loadfile --no-loadscope-reorder --ignore=tests/slurm

lint: $(INSTALLED)  ## Check style, types and the workflow
	ruff check .
	ruff format --check .
	mypy
	lint-imports
	snakefmt --check Snakefile workflow
	snakemake --lint
	retina-vae schema | diff - workflow/schemas/config.schema.yaml

format: $(INSTALLED)  ## Format Python and Snakemake files
	ruff check --fix .
	ruff format .
	snakefmt Snakefile workflow

# A warning is an error, and so is a cell of the notebook that fails. The site must open offline.
docs: $(INSTALLED)  ## Build the documentation site in docs/_build/html; this executes its notebook
	sphinx-build -b html -E -W --keep-going -d docs/_build/doctrees docs docs/_build/html
	! grep -rlE '<(script|link|img)[^>]*(src|href)="https?:' --include='*.html' docs/_build/html

# Every file of a version, for every system and Python, so that the hashes hold elsewhere too; needs uv.
hashes:  ## Renew requirements-hashes.txt after a change of requirements.txt
	(echo "# Made by \`make hashes\` from requirements.txt; edit that file instead."; \
	grep -v '^torch==' requirements.txt | uv pip compile --quiet --no-deps --universal --python-version 3.11 \
		--generate-hashes --no-annotate --no-header -) > .requirements-hashes.part
	mv .requirements-hashes.part requirements-hashes.txt

clean:  ## Remove the environment and what Snakemake remembers; results stay
	rm -rf .venv .snakemake

# First what has hashes, and is refused where a file has another; then torch, which has none, and nothing else is left.
$(INSTALLED): requirements.txt requirements-hashes.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed, this is " + sys.version.split()[0] + "; name another with make PYTHON=...")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-hashes.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@
