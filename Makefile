# make report | test | lab | defects | bench: each makes the environment first if it is not there or out of date.
PYTHON ?= python3
BIN := .venv/bin
# twice two cores: the tests wait for servers more than they compute; and what hundreds of processes import is
# compiled once, whatever the machine's own wish is
JOBS ?= 4
ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)

.PHONY: report test lab defects bench env lock clean

report: env
	@$(BIN)/readiness sample --free-ports -- $(BIN)/readiness run {target}; code=$$?; [ $$code -le 2 ]

test: env
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -n $(JOBS) --dist worksteal

# LAB=... passes further options on; JupyterLab's own calls home (news, updates) are off
lab: env
	@$(BIN)/readiness sample -- $(BIN)/jupyter lab $(ROOT) --notebook-dir notebooks --LabApp.news_url=None \
		--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate $(LAB) || true

defects: env
	@$(BIN)/readiness defects --prove

# minutes; the figures are those of an idle machine, so it says how busy this one was
bench: env
	@failed=0; for one in running probing history judging load; do \
		$(BIN)/python -m tests.benchmarks.$$one || failed=1; \
	done; exit $$failed

env: .venv/installed

.venv/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or later is needed; name it with make PYTHON=..." >&2; exit 1; }
	@uv=$$(command -v uv || true); \
	if [ -z "$$uv" ]; then \
		[ -x .uv/bin/uv ] || { $(PYTHON) -m venv .uv && .uv/bin/pip install --quiet --disable-pip-version-check uv; } || exit 1; \
		uv=.uv/bin/uv; \
	fi; \
	export UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never UV_COMPILE_BYTECODE=1; \
	$$uv venv --quiet --allow-existing --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" .venv && \
	$$uv pip sync --quiet --require-hashes --python $(BIN)/python requirements.lock && \
	$$uv pip install --quiet --no-deps --no-build-isolation --python $(BIN)/python --editable .
	@touch $@

# after a change of dependencies in pyproject.toml; environment.yml is changed by hand, a test compares the two
lock:
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --upgrade \
		--generate-hashes --no-emit-index-url --custom-compile-command 'make lock' --output-file requirements.lock

clean:
	[ ! -L .sample/postgres ] || rm -rf "$$(readlink .sample/postgres)"
	rm -rf .venv .uv .sample .pytest_cache .mypy_cache .ruff_cache .hypothesis
