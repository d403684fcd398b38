# make demo | test: the two commands of the README. Everything else serves them. A second call re-installs nothing.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
# Flags for the gateway: make demo ARGS='--http-port 0'. Flags for pytest: make test ARGS='-k drain'.
ARGS ?=
# What make bench measures: make bench PART=edit,cold N=1000 (see docs/performance.md); all without them.
PART ?=
N ?=
# The image's name: make image IMAGE=registry.example/ambassador:1; what it stands on: BASE=debian:trixie-slim.
IMAGE ?= ambassador:$(shell sed -n 's/^version = "\(.*\)"$$/\1/p' pyproject.toml)

.PHONY: help demo test bench cluster-bench bench-plots bench-docs bench-compare agreement cluster-test image image-base image-test image-same install install-dev check docs manifests lock clean
.DEFAULT_GOAL := help

help:
	@echo 'make demo     the gateway with sample routes and backends; Ctrl-C ends everything'
	@echo 'make test     the whole test suite'
	@echo 'make check    format, lint, types, layers'
	@echo 'make bench    speed and memory beside a floor, in one table; PART=edit,rate,cold,… N=10,1000'
	@echo 'make bench-docs  plots and tables of the last figures in docs; make bench-compare BASE=<git ref>  two versions in turns'
	@echo 'make agreement  what explain says and what Envoy does with N=10000 random requests'
	@echo 'make image    the container image; image-test tries it, image-same builds it twice and compares'
	@echo 'make cluster-test  the product on the cluster of KUBECONFIG (tests/cluster/README.md)'
	@echo 'make docs     docs/resources.md from the field declarations'
	@echo 'make manifests  the CRDs and k8s/ambassador.yaml from the field declarations and k8s/base'
	@echo 'make install  only .venv, ending with $(BIN)/ambassador'
	@echo 'make lock     resolve the locked dependencies anew'

demo: install
	@$(BIN)/ambassador demo --samples build/demo $(ARGS) || { code=$$?; \
		[ $$code -ne 1 ] || echo "Flags go here: make demo ARGS='--http-port 0'" >&2; exit $$code; }

test: install-dev
	@$(BIN)/python -m pytest $(ARGS)

bench: install-dev
	@$(BIN)/python -m tests.bench $(if $(PART),--part $(PART)) $(if $(N),--n $(N)) $(ARGS)

# What was measured last: plots in docs/plots, tables in docs/performance.md.
bench-plots: install-dev
	@$(BIN)/python -m tests.bench.plots $(ARGS)
bench-docs: bench-plots
	@$(BIN)/python -m tests.bench.docs

# This version and BASE (a git ref) in turns: make bench-compare BASE=main~5 PART=edit N=1000 ARGS='--turns 5'.
bench-compare: install-dev
	@[ -n '$(BASE)' ] || { echo 'Say what to compare with: make bench-compare BASE=<git ref>' >&2; exit 2; }
	@$(BIN)/python -m tests.bench.compare --base '$(BASE)' $(if $(PART),--part $(PART)) $(if $(N),--n $(N)) $(ARGS)

# The evaluator beside a real Envoy: N random requests, other ones each time; ARGS='--seed 7' for the same again.
agreement: install-dev
	@$(BIN)/python -m tests.agreement --cases $(or $(N),10000) $(ARGS)

# The same on a real cluster, which KUBECONFIG names; N counts routes.
CLUSTER_ROUTES = 10,1000,5000,10000,50000
cluster-bench: install-dev
	@$(BIN)/python -m tests.bench --part cluster --n $(or $(N),$(CLUSTER_ROUTES)) $(ARGS)

# The suites that need a real cluster; tests/cluster/README.md says which one they use. ARGS="-m 'not slow'": the quick ones.
cluster-test: install-dev
	@tests/cluster/run $(ARGS)

check: install-dev
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python docs/generate_resources.py --check
	@$(BIN)/python k8s/generate.py --check

docs: install
	@$(BIN)/python docs/generate_resources.py

manifests: install
	@$(BIN)/python k8s/generate.py

image:
	@IMAGE='$(IMAGE)' image/build.sh

image-base:
	@image/build.sh --base

image-test: install-dev
	@IMAGE_UNDER_TEST='$(IMAGE)' $(BIN)/python -m pytest tests/image $(ARGS)

image-same:
	@IMAGE='$(IMAGE)' image/same.sh

install: $(VENV)/.installed
install-dev: $(VENV)/.installed-dev

$(VENV)/.installed: requirements.lock pyproject.toml
	@[ -n "$(PYTHON)" ] || { echo 'Python 3.11 or newer is needed' >&2; exit 1; }
	@$(PIP) --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV) || \
		{ echo 'No virtual environment can be made: on Debian, apt-get install python3-venv' >&2; exit 1; }
	@echo 'Installing the locked dependencies into $(VENV) ...'
	@$(PIP) install --quiet --require-hashes -r requirements.lock
	@$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.lock
	@echo 'Installing the tools for tests and checks ...'
	@$(PIP) install --quiet --require-hashes -r requirements-dev.lock
	@touch $@

# No index address and no path of this machine may get into the files: tests/test_house_rules.py looks.
COMPILE = build/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-annotate --no-header --extra build
lock:
	@$(PYTHON) -m venv build/lock && build/lock/bin/pip install --quiet uv
	@$(COMPILE) --upgrade pyproject.toml -o requirements.lock
	@$(COMPILE) --upgrade --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock

clean:
	rm -rf $(VENV) build *.egg-info
