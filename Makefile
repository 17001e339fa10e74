# Every target sets up what it needs. `make help` lists them.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.DEFAULT_GOAL := check
.PHONY: check demo test format lint types accuracy bench bench-text farm-score soak lock help clean

check: lint types test accuracy ## format, lint, types, tests: what CI runs

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

demo: $(READY) ## crawl the embedded demo portals, twice, into data/demo
	$(BIN)/scrapy demo

.venv-replay/.ready: tests/replay.lock
	$(PYTHON) -m venv .venv-replay
	.venv-replay/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	touch $@

.venv-release/.ready: tests/release.lock
	$(PYTHON) -m venv .venv-release
	.venv-release/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	touch $@

test: export PYTHONDONTWRITEBYTECODE := # modules are compiled once, not by each process of the tests
test: $(READY) .venv-replay/.ready .venv-release/.ready ## tests and the import rule
	$(BIN)/lint-imports --no-cache > /dev/null || $(BIN)/lint-imports --no-cache
	$(BIN)/python -m pytest

format: $(READY) ## rewrite the code in the project's format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: $(READY) ## check format and lint
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(READY) ## check types, strictly
	$(BIN)/mypy

accuracy: $(READY) ## how the golden pages are read: figures, docs/accuracy.*, floors
	$(BIN)/python -m bench.accuracy

bench: $(READY) ## measure our line against bare Scrapy, the naive pipeline and wget
	$(BIN)/python -m bench.run

.venv-peers/.ready: bench/peers.lock
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	touch $@

bench-text: $(READY) .venv-peers/.ready ## measure decoding and repair against other libraries
	$(BIN)/python -m bench.text

farm-score: $(READY) ## crawl the portal farm from its home pages: found, precise, requests spent
	$(BIN)/python -m bench.farm_score

MINUTES := 20
soak: $(READY) ## long runs by hand: fuzz (MINUTES=5), crashes, 500 reports, 20 kills, 100 portals, 20,000 pages, ten visits
	$(BIN)/python -m bench.soak_crash
	$(BIN)/python -m bench.soak_text --minutes $(MINUTES)
	$(BIN)/python -m bench.editions --reports 500
	$(BIN)/python -m bench.soak_kill --kills 20
	$(BIN)/python -m bench.soak_crawl --portals 100
	$(BIN)/python -m bench.soak_memory --pages 20000
	$(BIN)/python -m bench.storage --pages 1000

PIP_COMPILE := $(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras \
  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header --no-annotate

lock: ## write the lock files anew from pyproject.toml and the .in files beside them
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet pip-tools
	$(PIP_COMPILE) --extra dev --extra browser --output-file requirements.lock pyproject.toml
	for name in bench/peers tests/replay tests/release; do \
	  $(PIP_COMPILE) --output-file $$name.lock $$name.in || exit; done

clean: ## remove the environment, caches and the demo archive
	rm -rf $(VENV) .venv-peers .venv-replay .venv-release .mypy_cache .ruff_cache .hypothesis data/demo data/large data/farm build *.egg-info

help: ## show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12
