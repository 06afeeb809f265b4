# Two commands: `make demo` (the main job, offline) and `make test` (everything that CI runs).
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
HOLDINGS ?= portfolios/balanced.csv

.PHONY: demo test lint types example bench fuzz clean

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; assert sys.version_info >= (3, 11), "stresstest needs Python 3.11 or newer"'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@

demo: $(VENV)/.installed
	$(BIN)/stresstest run $(HOLDINGS)

lint: $(VENV)/.installed
	$(BIN)/ruff check stresstest tests benchmarks examples
	$(BIN)/ruff format --check stresstest tests benchmarks examples

types: $(VENV)/.installed
	$(BIN)/mypy

test: lint types
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n 2

example: $(VENV)/.installed
	$(BIN)/stresstest run $(HOLDINGS) --out reports/example --quiet

bench: $(VENV)/.installed
	for name in run generator plumbing exposures holdings; do $(BIN)/python benchmarks/$$name.py || exit 1; done

fuzz: $(VENV)/.installed
	$(BIN)/python tests/holdings/fuzz_holdings.py 20000

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache
