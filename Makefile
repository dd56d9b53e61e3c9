# `make chat`, `make test`, `make check`, `make gate`, `make bench`, `make reader`: each makes .venv when it is not there, and nothing twice.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: chat test check gate baseline bench reader clean

chat: .venv/installed
	$(BIN)/footnote chat

test: .venv/installed
	$(BIN)/python -m pytest

check: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Whether answers over the sample archive got worse than those kept in the repository; `make baseline` keeps the new ones.
gate: .venv/installed
	rm -f .gate.jsonl
	$(BIN)/footnote eval run sample --out .gate.jsonl
	$(BIN)/footnote eval compare evals/baselines/sample.jsonl .gate.jsonl

baseline: .venv/installed
	rm -f .gate.jsonl
	$(BIN)/footnote eval run sample --out .gate.jsonl
	mkdir -p evals/baselines
	mv .gate.jsonl evals/baselines/sample.jsonl

bench: .venv/installed
	$(BIN)/python -m evals.benchmarks.speed

# A reader trained, calibrated and put in the place of the one that ships; hours without a graphics card.
# DATA is the folder of docs/reader.md; ARGS goes to the training, such as ARGS="--start rag/reader.safetensors --own mine.json".
reader: .venv/installed
	@test -n "$(DATA)" -a -n "$(OUT)" || { echo "Say where: make reader DATA=folder OUT=folder" >&2; exit 2; }
	$(BIN)/python -m rag.training.reader --data "$(DATA)" --out "$(OUT)" $(ARGS)
	$(BIN)/python -m rag.training.calibrate --data "$(DATA)" --weights "$(OUT)/reader.pt"

# Without python3-venv, Debian's Python leaves a .venv that lacks pip: it is made anew. Building a wheel leaves an egg-info here,
# whose list of commands would go before the installed one.
.venv/installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Footnote needs Python 3.11 or newer; try: make PYTHON=python3.11")'
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv || \
		{ echo ".venv could not be made; on Debian or Ubuntu try: apt-get install python3-venv" >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt pip setuptools
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt torch==2.13.0
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt --no-build-isolation -e '.[dev]'
	rm -rf *.egg-info
	touch $@

clean:
	rm -rf .venv build *.egg-info .pytest_cache .mypy_cache .ruff_cache
