# `make` shows this list. `make demo` and `make test` do all the set-up themselves.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
AZURITE := node_modules/.ready
RECIPIENTS ?=
RATE ?=
SETTINGS ?=
DO ?= --help
FAULTS ?= 0
RETURNS ?= 0
MODE ?= sent-items
SCENARIO ?= 1
CHANNEL ?= email
DEATH ?= machine
# Named tests run in one process: more would take longer to begin than most of them to end. All of them run in three on two
# cores, since a third of their time is spent waiting for servers and processes.
WORKERS ?= $(if $(ARGS),0,3)
.DEFAULT_GOAL := help
.PHONY: help setup chromium demo test check format lint types unit start clean settings chaos questions lock audit cover browser pictures bench mailservers worlds doctor status dispatch

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

# A virtual environment that is gone, too old, or of another Python than one that is named is made anew: its packages
# would not load. One that was made with a Python named then is kept where none is named now.
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
WHICH := import sys; print(sys.version_info[:2])
NAMED := $(filter command environment,$(firstword $(origin PYTHON)))
FITS := $(shell $(BIN)/python -c '$(NEW_ENOUGH)' 2>/dev/null && \
	{ test -z "$(NAMED)" || test "$$($(BIN)/python -c '$(WHICH)')" = "$$($(PYTHON) -c '$(WHICH)' 2>/dev/null)"; } && echo yes)
ifeq ($(FITS),)
$(shell rm -f $(READY))
endif

setup: $(READY) $(AZURITE) ## Create the virtual environment and install Azurite

$(READY): requirements.txt pyproject.toml
	@echo "Setting up the virtual environment (once; a minute or two) ..."
	@test -n "$(FITS)" || command -v $(PYTHON) >/dev/null || { echo "Python is missing: install Python 3.11 or newer, or say where it is: make PYTHON=/path/to/python"; exit 1; }
	@test -n "$(FITS)" || $(PYTHON) -c '$(NEW_ENOUGH)' || { echo "$$($(PYTHON) --version 2>&1) is too old: Python 3.11 or newer is needed. Say where it is: make PYTHON=/path/to/python"; exit 1; }
	@test -n "$(FITS)" || { rm -rf .venv && $(PYTHON) -m venv .venv; }
	@$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	@$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements.txt
	@$(BIN)/python -m pip install --quiet --group dev
	@touch $@

$(AZURITE): package-lock.json
	@command -v node >/dev/null && command -v npm >/dev/null || { echo "Node.js is missing: install Node 20 or newer, with npm."; exit 1; }
	@test "$$(node --version | sed 's/^v\([0-9]*\).*/\1/')" -ge 20 || { echo "Node $$(node --version) is too old: Node 20 or newer is needed."; exit 1; }
	@echo "Installing Azurite (once) ..."
	@npm ci --silent --no-audit --no-fund
	@touch $@

demo: setup ## A ticket becomes hundreds of e-mails, a report and a solved ticket (RECIPIENTS=300 FAULTS=0 RETURNS=0 SCENARIO=1 CHANNEL=email MERGE=0 SENDERS=1 MAILER=)
	@$(BIN)/python -m local.demo --scenario $(SCENARIO) --channel $(CHANNEL) $(if $(RECIPIENTS),--recipients $(RECIPIENTS),) $(if $(filter 1,$(FAULTS)),--faults,) $(if $(filter 1,$(RETURNS)),--returns,) $(if $(filter 1,$(MERGE)),--merge,) $(if $(SENDERS),--senders $(SENDERS),) $(if $(MAILER),--mailer $(MAILER),)

test: check unit ## Lint, types, import contracts and all tests

check: setup lint types

format: setup ## Write the files as the formatter and the linter want them
	@$(BIN)/ruff check --fix --quiet --exit-zero .
	@$(BIN)/ruff format --quiet .

lint: setup
	@$(BIN)/ruff format --check --quiet . || ($(BIN)/ruff format --check . ; exit 1)
	@$(BIN)/ruff check --quiet .
	@out=$$($(BIN)/lint-imports --no-cache 2>&1) || { echo "$$out"; exit 1; }

types: setup
	@$(BIN)/mypy

unit: setup chromium
	@$(BIN)/pytest -q -n $(WORKERS) --dist worksteal $(ARGS)

# The system's own package first, since it needs no download from elsewhere; then the one that Playwright brings.
chromium: setup
	@$(BIN)/python -c "import sys; from tests.browser.conftest import chromium; sys.exit(not chromium())" && exit 0; \
	echo "Installing Chromium for the browser tests (once) ..."; \
	if test "$$(id -u)" = 0 && command -v apt-get >/dev/null; then \
		apt-get update -qq >/dev/null 2>&1; DEBIAN_FRONTEND=noninteractive apt-get install -qq -y chromium >/dev/null 2>&1 && exit 0; \
	fi; \
	$(BIN)/playwright install chromium >/dev/null 2>&1 || echo "It could not be installed: the browser tests are skipped."

browser: chromium ## The browser tests alone, with a Chromium installed where there is none; pictures in build/screens
	@$(BIN)/pytest -q tests/browser $(ARGS)

pictures: browser ## The pictures of the user guide anew, from those that the browser tests took
	@$(BIN)/python -m local.pictures

# Debian's Postfix is told that nobody wants it configured, so that no service of the system's begins.
mailservers: ## The mail servers and the spam filter that tests talk to, from the system's packages (Debian, Ubuntu; as root)
	@test "$$(id -u)" = 0 && command -v apt-get >/dev/null || { echo "Not root, or no apt-get: the tests of mail servers are skipped."; exit 0; }; \
	lacking=; for each in postfix chasquid spamassassin saslpasswd2; do command -v $$each >/dev/null || lacking=$$each; done; \
	test -n "$$lacking" || exit 0; \
	echo "Installing mail servers for the tests (once) ..."; \
	echo "postfix postfix/main_mailer_type select No configuration" | debconf-set-selections; \
	export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1; \
	apt-get update -qq && apt-get install -qq -y --no-install-recommends \
		postfix chasquid sasl2-bin libsasl2-modules libsasl2-modules-db spamassassin >/dev/null \
		|| echo "They could not be installed: their tests are skipped."

cover: setup ## All tests, with the lines that none of them reaches
	@$(BIN)/pytest -q -n $(WORKERS) --dist worksteal --cov --cov-report=term:skip-covered $(ARGS)

worlds: setup ## Every order of two workers or the timer, and a person, over a batch of three (SOME=n by chance)
	@$(BIN)/python -m local.small_worlds $(if $(SOME),--some $(SOME),)

chaos: setup ## Kill the worker at every call of a dispatch, or at KILLS=n of them (SEED=s MODE=sent-items SCENARIO=1 DEATH=machine SENDERS=1 PART=1/1 MERGE=0)
	@$(BIN)/python -m local.chaos --mode $(MODE) --scenario $(SCENARIO) --channel $(CHANNEL) --death $(DEATH) $(if $(KILLS),--kills $(KILLS),) $(if $(SEED),--seed $(SEED),) $(if $(SENDERS),--senders $(SENDERS),) $(if $(PART),--part $(PART),) $(if $(filter 1,$(MERGE)),--merge,)

questions: setup ## Every two answers to the open questions about Pureservice, for each kind of dispatch (ARGS=--singles, ARGS=--hardest for 300 recipients under the worst)
	@$(BIN)/python -m tests.questions $(ARGS)

bench: setup ## Speed, memory and cost beside the limit and the alternatives (QUICK=1, ONLY=section, RECIPIENTS=1000000 for the twin); build/bench/results.json
	@$(BIN)/python -m pip install --quiet --group bench
	@$(BIN)/python -m bench $(if $(filter 1,$(QUICK)),--quick,) $(if $(ONLY),--only $(ONLY),) $(if $(RECIPIENTS),--recipients $(RECIPIENTS),)

settings: setup ## Write docs/settings.md and local.settings.example.json anew from dispatch/settings/
	@$(BIN)/python -m local.settings_files
	@$(BIN)/python -m local.questions_page

start: setup ## Play with it: the functions, a simulated Pureservice and a case worker's page (RECIPIENTS=300 RATE=150)
	@$(BIN)/python -m local.start $(if $(RECIPIENTS),recipients=$(RECIPIENTS),) $(if $(RATE),rate=$(RATE),)

doctor: $(READY) ## Check everything that a dispatch needs (SETTINGS=file; else the environment, else local.settings.json)
	@$(BIN)/python -m dispatch $(if $(SETTINGS),--settings $(SETTINGS),) doctor

status: $(READY) ## How the dispatches stand (SETTINGS=file)
	@$(BIN)/python -m dispatch $(if $(SETTINGS),--settings $(SETTINGS),) status

dispatch: $(READY) ## Any of the commands: make dispatch DO="stop 10234" (SETTINGS=file)
	@$(BIN)/python -m dispatch $(if $(SETTINGS),--settings $(SETTINGS),) $(DO)

lock: setup ## Write requirements.txt anew from requirements.in: every package with the hashes of its files
	@$(BIN)/python -m pip install --quiet "uv>=0.9"
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--custom-compile-command "make lock" requirements.in --output-file requirements.txt

audit: setup ## Look for known vulnerabilities in what is deployed (needs the internet)
	@$(BIN)/python -m pip install --quiet "pip-audit>=2.9"
	@$(BIN)/pip-audit --disable-pip --require-hashes --requirement requirements.txt

clean: ## Remove what the other targets made
	rm -rf .venv node_modules build .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage
