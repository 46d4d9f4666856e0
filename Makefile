# Two commands do all the set-up: `make run` and `make test`. `make help` lists the rest.
.DEFAULT_GOAL := help
SHELL := /bin/sh
.PHONY: help run test check fix bench torture vendor shell clean
PYTHON := .venv/bin/python
export PORT DEMO

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## Start everything with the demo organisation (PORT=8000, DEMO=0 for an empty installation)
	@scripts/bootstrap.sh run
	@exec $(PYTHON) scripts/run.py

test: ## Every test, on SQLite and on PostgreSQL (ARGS='-k gap' for some of them)
	@scripts/bootstrap.sh dev
	@exec $(PYTHON) scripts/test.py $(ARGS)

check: ## Format, lint, types, import contracts, migrations, templates
	@scripts/bootstrap.sh dev
	@exec $(PYTHON) scripts/check.py $(ARGS)

fix: ## Repair what ruff can repair
	@scripts/bootstrap.sh dev
	@exec $(PYTHON) scripts/check.py --fix

bench: ## Measure, each figure beside its yardstick
	@scripts/bootstrap.sh dev
	@exec $(PYTHON) scripts/test.py --only bench -s $(ARGS)

torture: ## Faults and races, more rounds than in `make test` (ROUNDS=20)
	@scripts/bootstrap.sh dev
	@TORTURE_ROUNDS=$${ROUNDS:-20} exec $(PYTHON) scripts/test.py --only torture $(ARGS)

vendor: ## Fetch the pinned browser files again (static/vendor)
	@scripts/bootstrap.sh dev
	@exec $(PYTHON) scripts/vendor.py $(ARGS)

shell: ## A Python shell with the models loaded, on the database of `make run`
	@scripts/bootstrap.sh run
	@DEBUG=1 exec $(PYTHON) manage.py shell

clean: ## Remove the environment and the caches; var/ (the database) stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis var/tools var/static var/log
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
