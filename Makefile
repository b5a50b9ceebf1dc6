# Two commands for a newcomer: `make demo` and `make test`. Both set themselves up; both need only Python and make.

PYTHON ?= python3
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
RUN := .venv/bin

.PHONY: demo test check lint types setup range range-page clean bench-scan bench-scale bench-truth bench-real bench-second

demo: .venv/run
	$(RUN)/stillwatch demo --out demo

# Files of tests side by side: nothing is timed in them.
test: .venv/dev
	$(RUN)/pytest --numprocesses auto --maxprocesses 4 --dist loadfile

check: lint types test

lint: .venv/dev
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .

types: .venv/dev
	$(RUN)/mypy

bench-scan: .venv/dev
	$(RUN)/python benchmarks/scan.py

# Writes docs/scale-bench.md. SIZES="3000000 30000000": 300000000 takes hours and 40 GB. PARTS="signals raw peers sketch".
bench-scale: .venv/dev
	$(RUN)/python -m benchmarks.scale $(if $(SIZES),--exchanges $(SIZES)) $(if $(PARTS),--parts $(PARTS)) $(if $(MEMORY),--memory $(MEMORY)) $(if $(WORLDS),--worlds $(WORLDS))

# Writes docs/truth.md; 25 minutes to an hour on two cores, goes on where it was stopped. QUICK=1 is a trial, LONG=1 the 50-fold log.
bench-truth: .venv/dev
	$(RUN)/python benchmarks/truth.py $(if $(QUICK),--quick) $(if $(LONG),--long) $(if $(NO_PEERS),--no-peers) $(if $(WORKERS),--workers $(WORKERS))

# Measures on real data, which are not in the repository: DATA=FOLDER or STILLWATCH_DATA. CHITCHAT=WHEEL, if it lies elsewhere.
bench-real: .venv/dev
	$(RUN)/python -m benchmarks.real $(if $(DATA),--data "$(DATA)") $(if $(CHITCHAT),--chitchat "$(CHITCHAT)")

# Writes docs/second.md from worlds of a second simulator, made of real data; 10 to 20 minutes, goes on where it was stopped.
bench-second: .venv/dev
	$(RUN)/python -m benchmarks.second $(if $(DATA),--data "$(DATA)")

setup: .venv/dev

# PyTorch for the range's own models, beside what is locked. The smallest one:
# make range TORCH="torch==2.13.0 --index-url https://download.pytorch.org/whl/cpu"
TORCH ?= torch==2.13.0
range: .venv/dev
	$(PYTHON) -m pip --python $(RUN)/python install --quiet $(TORCH)
	$(PYTHON) -m pip --python $(RUN)/python install --quiet "safetensors>=0.6" "transformers>=5"

# Writes docs/range.md and the table that reports quote, from the records of `stillwatch-range`.
range-page: range
	$(RUN)/stillwatch-range report benchmarks/range

# The environment is rebuilt whenever the lock changes. `run` is what a user gets; `dev` adds the tools.
.venv/run: uv.lock pyproject.toml | $(UV)
	$(UV) sync --frozen --no-dev --extra desk --inexact --python $(PYTHON)
	@touch $@

.venv/dev: uv.lock pyproject.toml | $(UV)
	$(UV) sync --frozen --python $(PYTHON)
	@touch $@ .venv/run

.uv/bin/uv:
	$(PYTHON) -m venv .uv
	.uv/bin/python -m pip install --quiet "uv>=0.13,<0.14"

clean:
	rm -rf .venv .uv demo .mypy_cache .ruff_cache .pytest_cache
