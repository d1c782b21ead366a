# `make` alone lists what there is. Everything makes .venv/ from the lock files when needed.

UV := .uv/bin/uv
PYTHON := .venv/bin/python
LOCK := $(UV) pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header -q
INSTALL := $(UV) pip sync -q --python $(PYTHON) --require-hashes --compile-bytecode
BIND ?= 127.0.0.1:8000
STORE ?= sqlite
PERSONALITY ?= moodle
MINUTES ?= 10
T ?=
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo run test check access audit faults bench format lock clean
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

demo: .venv/.demo ## the tool and a VLE with a course full of people (STORE=postgres PERSONALITY=canvas RESET=1 PARTICIPANTS=N)
	@$(PYTHON) -m demo_vle.stack --store $(STORE) --personality $(PERSONALITY) \
		$(if $(RESET),--reset) $(if $(PARTICIPANTS),--participants $(PARTICIPANTS))

run: .venv/.production ## web and worker with the settings of the environment (see .env.example)
	@.venv/bin/flask --app lti_tool worker & worker=$$!; trap 'kill $$worker 2>/dev/null' EXIT; \
		.venv/bin/gunicorn lti_tool.wsgi:app --bind $(BIND)

test: .venv/.dev ## every test, on SQLite and on PostgreSQL with Redis (T=path for some)
	@$(if $(T),,MTL_WHOLE_SUITE=1) .venv/bin/pytest -q -n 3 --dist worksteal -m "not bench" $(if $(T),$(T),tests)

check: .venv/.dev ## all that CI runs: format, lint, types, import contracts, spelling, Dockerfile, packages, tests
	.venv/bin/ruff format --check
	.venv/bin/ruff check
	.venv/bin/mypy
	.venv/bin/lint-imports --no-cache
	.venv/bin/codespell
	.venv/bin/hadolint Dockerfile
	$(MAKE) --no-print-directory audit
	$(MAKE) --no-print-directory test

access: .venv/.dev ## write docs/access.md anew: who is let in where, from the routes themselves
	@MTL_WRITE_ACCESS=1 .venv/bin/pytest -q tests/integration/attacks/test_access_matrix.py

audit: .venv/.dev ## whether a locked package has a known vulnerability (says so where nobody can be asked)
	@$(PYTHON) -m tests.known_vulnerabilities

faults: .venv/.dev ## everything that can go wrong on the way to a gradebook, in both personalities (STORE=postgres)
	$(PYTHON) -m tests.faults --store $(STORE)

scaled: .venv/.dev ## two web, two workers, PostgreSQL, Redis and an S3 API on this machine (CHECK=1 proves them)
	@$(PYTHON) -m tests.scaled $(if $(CHECK),--check) $(if $(PORT),--port $(PORT))

soak: .venv/.dev ## kill everything again and again while people work, and count what is left (MINUTES=10)
	@$(PYTHON) -m tests.scaled.soak --minutes $(MINUTES)

bench: .venv/.dev ## measure, as ratios in one run
	.venv/bin/pytest -q -m bench tests/unit/benchmarks
	$(PYTHON) -m benchmarks

format: .venv/.dev ## put the code into its form
	.venv/bin/ruff format
	.venv/bin/ruff check --fix

lock: $(UV) ## renew the lock files from pyproject.toml
	$(LOCK) -o requirements.lock
	$(LOCK) --group demo -c requirements.lock -o requirements-demo.lock
	$(LOCK) --group dev -c requirements-demo.lock -o requirements-dev.lock

clean: ## remove the environment and what was made; keeps var/
	rm -rf .venv .uv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache mutants

$(UV): requirements-uv.lock
	@python3 -m venv .uv
	@.uv/bin/pip install -q --disable-pip-version-check --require-hashes -r requirements-uv.lock
	@touch $(UV)

.venv/bin/python: | $(UV)
	@$(UV) venv -q --python python3 .venv

.venv/.production: requirements.lock | .venv/bin/python
	@test -e .venv/.demo || test -e .venv/.dev || $(INSTALL) requirements.lock
	@touch $@

# A larger environment serves the smaller purpose too; it is not taken apart for it.
.venv/.demo: requirements-demo.lock | .venv/bin/python
	@test -e .venv/.dev || { echo "Installing what the demo needs ..."; $(INSTALL) requirements-demo.lock; }
	@touch $@

.venv/.dev: requirements-dev.lock | .venv/bin/python
	@echo "Installing what the tests need ..."
	@$(INSTALL) requirements-dev.lock
	@touch $@
