# make demo     set up, harvest the bundled news site into ./archive, show what was stored
# make test     set up, check style and types, run all tests
# make torture  kill each command at twenty moments and call it again: it must end as undisturbed
# make format   bring the code into its form

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

.PHONY: demo test torture format clean

demo: $(VENV)/.installed
	$(BIN)/harvest --archive file://./archive demo

test: $(VENV)/.installed-dev $(VENV)/.installed-readers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest -n auto --dist loadgroup

torture: $(VENV)/.installed-dev
	$(BIN)/python -m tests.torture

format: $(VENV)/.installed-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

$(VENV)/.created:
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or later is needed" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/.installed: $(VENV)/.created pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/.installed-dev: $(VENV)/.created pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@ $(VENV)/.installed

$(VENV)/.installed-readers: $(VENV)/.created tests/readers.txt
	$(PYTHON) -m venv $(VENV)/readers
	$(VENV)/readers/bin/pip install --quiet --disable-pip-version-check --requirement tests/readers.txt
	touch $@

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
