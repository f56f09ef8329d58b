# setup, check, test, demo, bench, screenshots: the same words for you, for CI and for users.
PYTHON ?= python3
STUDY_PYTHON ?= $(shell test -x /usr/bin/python3 && echo /usr/bin/python3 || echo $(PYTHON))
VENV := .venv
STUDY := .venv-study
BIN := $(VENV)/bin
JOBS ?= auto

.PHONY: setup setup-dev docs check words types house test demo bench screenshots clean

setup: $(VENV)/.run $(STUDY)/.done

setup-dev: $(VENV)/.dev $(STUDY)/.done

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Hygie needs Python 3.11 or later; found $$($(PYTHON) --version)."; exit 1; }
	@$(PYTHON) -m venv $(VENV) 2>/dev/null || $(PYTHON) -m venv --without-pip $(VENV) || { echo "Python's venv module is missing: apt install python3-venv"; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m pip --python $(BIN)/python install -q pip || { echo "pip is missing: apt install python3-venv"; rm -rf $(VENV); exit 1; }
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/uv.txt || echo "uv is not available; pip will do."

define install
	@if test -x $(BIN)/uv; then $(BIN)/uv pip install -q --require-hashes --python $(1) -r $(2); else $(BIN)/python -m pip --python $(1) install -q --disable-pip-version-check --require-hashes -r $(2); fi
endef

$(VENV)/.run: requirements/run.txt | $(BIN)/python
	$(call install,$(BIN)/python,requirements/run.txt)
	@$(BIN)/python tools/link.py
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.run
	$(call install,$(BIN)/python,requirements/dev.txt)
	@touch $@

$(STUDY)/.done: requirements/study.txt | $(BIN)/python
	@$(STUDY_PYTHON) -m venv --without-pip $(STUDY)
	$(call install,$(STUDY)/bin/python,requirements/study.txt)
	@$(STUDY)/bin/python -m compileall -q -j 0 $(STUDY)/lib >/dev/null || true
	@touch $@

docs: setup-dev
	$(BIN)/python tools/docs.py
	$(BIN)/python tools/register_schema.py
	$(BIN)/python tools/permit_schema.py
	$(BIN)/python tools/messages.py

check: words types house

words: setup-dev
	$(BIN)/ruff check src tests tools examples
	$(BIN)/ruff format --check src tests tools examples
	$(BIN)/lint-imports
	$(BIN)/python tools/docs.py --check
	$(BIN)/python tools/messages.py --check

types: setup-dev
	$(BIN)/mypy

house: setup-dev
	$(BIN)/pytest tests/house

test: setup-dev
	$(BIN)/pytest -n $(JOBS) --dist loadfile $(BUT)

demo: setup
	@$(BIN)/hygie demo

bench: setup
	@for name in extract fhir ledger pseudonyms encryption airlock site; do $(BIN)/hygie bench $$name || exit 1; done

screenshots: setup-dev
	$(BIN)/python tools/screenshots.py

clean:
	rm -rf $(VENV) $(STUDY) build
