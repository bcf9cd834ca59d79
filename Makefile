# `make demo` and `make test` are all that a newcomer needs: each makes the virtual environment first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-all check fmt docs bench results deepbind rank clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

setup: $(STAMP) ## make the virtual environment and install the pinned packages

# torch comes first and alone: its pin decides between the CPU and the CUDA build
$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check "$$(grep '^torch==' constraints.txt)"
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[dev,docs]"
	$(BIN)/python -c "$$COMPILE"
	touch $(STAMP)

# compiled inner loops are cached beside their sources: the first run need not wait for the compiler
define COMPILE
import memelite, numpy, tempfile, primase as pr
from pathlib import Path
memelite.tomtom([numpy.eye(4)], [numpy.eye(4)] * 30)
with tempfile.TemporaryDirectory() as folder:
    _, sequences, labels = pr.simulate_motif(rows=200, seed=1)
    table = Path(folder) / "a.csv"
    table.write_text("".join(f"{s},{y}\n" for s, y in zip(sequences, labels)))
    data = pr.curate(table, negatives=None)
    run = pr.train(data, "primer_cnn", out=Path(folder) / "run", changes={"plan": {"epochs": 20}}, device="cpu")
    pr.report(run)
endef
export COMPILE

demo: $(STAMP) ## simulate the primer's data, run the main job on it, print the path of the report
	$(BIN)/primase simulate motif --out runs/demo-data
	$(BIN)/primase run runs/demo-data/sequences.txt --labels runs/demo-data/labels.txt --out runs/demo --overwrite

test: $(STAMP) ## run the tests
	$(BIN)/pytest -m "not slow" -n 2

test-all: $(STAMP) ## run the tests, the long ones too
	$(BIN)/pytest

check: $(STAMP) ## format, lint, types and import contracts; all static
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/lint-imports

fmt: $(STAMP) ## format and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(STAMP) ## build the documentation
	$(BIN)/sphinx-build -W -q docs docs/_build

bench: $(STAMP) ## measure the speed against the named peers (installs them into .venv-bench)
	bash bench/run.sh

results: $(STAMP) ## train and evaluate on every data set of the results page (resumable; needs PRIMASE_DATA)
	$(BIN)/python -m bench.results

deepbind: $(STAMP) ## train on DeepBind's ten factors from scratch (resumable; needs PRIMASE_DATA)
	$(BIN)/python -m bench.deepbind

rank: $(STAMP) ## compare `auto` with every fixed system
	$(BIN)/python -m bench.rank

clean: ## remove what was built
	rm -rf $(VENV) runs docs/_build build src/*.egg-info
