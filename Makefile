# Two commands for everybody: `make run` and `make test`. Python 3.11 or 3.12 with venv, and make, are all they need.
SHELL := /bin/sh
unexport PYTHONDONTWRITEBYTECODE
export UV_PYTHON_DOWNLOADS := never
# the certificates that the machine trusts: an office network has its own
export UV_SYSTEM_CERTS := true
UV_VERSION := 0.13.9
# `make run DATA=folder`; else the command takes BAOPHU_DATA from the environment or from `.env`, then ./data
IN = $(if $(DATA),--data "$(DATA)")

.PHONY: run up down test test-slow lint docs bench clean

run: .venv/.ready  ## the sample where nothing is, the night, the KPI table
	.venv/bin/baophu run $(IN)

up: .venv/.ready  ## PostgreSQL and Airflow's components, one by one; prints address and login
	@.venv/bin/baophu up $(IN)

down: .venv/.ready  ## ends them all
	@.venv/bin/baophu down $(IN)

test: .venv/.ready  ## all tests but the slow ones
	.venv/bin/python -m pytest -m "not slow" --numprocesses 2 --dist loadfile --no-loadscope-reorder

test-slow: .venv/.ready-bench .venv-superset/.ready .clients/.ready  ## tests that download another client, start servers, kill them or run the bench
	.venv/bin/python -m pytest -m slow --numprocesses 2 --dist loadfile --no-loadscope-reorder

lint: .venv/.ready  ## style, types, layers
	.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/mypy && .venv/bin/lint-imports

docs: .venv/.ready  ## writes again what is made from models, rule book, fields and settings
	.venv/bin/python -m publishing.dictionary
	.venv/bin/python -m publishing.entities
	.venv/bin/python -m ingestion.rules.document
	.venv/bin/python -m core.settings_document

bench: .venv/.ready-bench  ## the night by stage beside its peers and floors; writes docs/performance.md
	.venv/bin/python -m bench

.venv/.ready-bench: .venv/.ready
	@set -e; uv=$$(command -v uv || echo .uv/bin/uv); "$$uv" sync --frozen --group bench --group browser; touch .venv/.ready-bench

# Superset in an environment of its own: its locked packages and ours do not go together.
.venv-superset/.ready: publishing/superset/requirements.txt | .venv/.ready
	@set -e; uv=$$(command -v uv || echo .uv/bin/uv); \
	"$$uv" venv --quiet --clear --python .venv/bin/python .venv-superset; \
	"$$uv" pip sync --quiet --python .venv-superset/bin/python publishing/superset/requirements.txt; \
	touch .venv-superset/.ready

# Other clients of the published file, each in a folder of its own.
CLIENTS = tests/support/clients
.clients/.ready: $(CLIENTS)/versions.txt $(CLIENTS)/package-lock.json | .venv/.ready
	@set -e; uv=$$(command -v uv || echo .uv/bin/uv); \
	command -v npm >/dev/null || { echo "make: the tests of clients need Node.js and npm" >&2; exit 2; }; \
	rm -rf .clients; mkdir .clients; \
	grep -v '^#' $(CLIENTS)/versions.txt | while read -r folder package; do \
		"$$uv" pip install --quiet --no-deps --python .venv/bin/python --target ".clients/$$folder" "$$package"; \
	done; \
	cp $(CLIENTS)/package.json $(CLIENTS)/package-lock.json .clients/; \
	npm ci --prefix .clients --silent --no-audit --no-fund --ignore-scripts; \
	touch .clients/.ready

# The environment: uv from the PATH, else fetched into a small environment of its own.
.venv/.ready: uv.lock pyproject.toml
	@set -e; started=$$(date +%s); \
	uv=$$(command -v uv || true); \
	if [ -z "$$uv" ]; then \
		uv=.uv/bin/uv; \
		if [ ! -x "$$uv" ]; then \
			python=$$(for p in python3.12 python3.11 python3; do \
				"$$p" -c 'import sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null && echo "$$p" && break; done) || true; \
			if [ -z "$$python" ]; then echo "make: Python 3.11 or 3.12 with venv is needed, and was not found" >&2; exit 2; fi; \
			echo "Fetching uv $(UV_VERSION)"; \
			"$$python" -m venv .uv && .uv/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION); \
		fi; \
	fi; \
	"$$uv" sync --frozen; \
	touch .venv/.ready; \
	echo "Environment ready after $$(( $$(date +%s) - started )) s, downloads included"

clean:  ## removes the environment; data stays
	rm -rf .venv .venv-superset .clients .uv
