# `make` alone says what there is to run. A machine needs Python >= 3.11, make and the package registries; the rest
# (uv, Node, PostgreSQL, Redis) comes from packages, and once installed nothing here uses the network.

UV_VERSION := 0.13.9
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
VENV_PYTHON := .venv/bin/python

# uv builds .venv from the Python that made .tools and downloads none; a caller's activated environment is not ours.
export UV_PYTHON := $(CURDIR)/.tools/bin/python
export UV_PYTHON_DOWNLOADS := never
unexport VIRTUAL_ENV UV_PROJECT_ENVIRONMENT PYTHONPATH PYTHONHOME

# A network may have a certificate authority of its own: where the system keeps a store, it counts.
CA_STORE := $(firstword $(wildcard /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem))
ifneq ($(CA_STORE),)
export UV_SYSTEM_CERTS := true
export NODE_EXTRA_CA_CERTS ?= $(CA_STORE)
endif

.PHONY: help install run test check bench format
.DEFAULT_GOAL := help

help:
	@printf '%s\n' \
		'make install   the environment alone: Python and browser packages, as locked' \
		'make run       everything in one terminal; ARGS="--port 8080 --data-dir …" goes to banshi dev' \
		'make test      every test, on real PostgreSQL, Redis, SMTP and Chromium; ARGS goes to pytest' \
		'make check     format, lint, types, import layers, catalogues' \
		'make bench     the benchmarks; ARGS goes to them' \
		'make format    put the source into the form that make check asks for'

install: .venv/.installed web/node_modules/.installed

run: install
	@exec $(VENV_PYTHON) -m banshi dev $(ARGS)

test: install
	@$(VENV_PYTHON) -m tests.browser.chromium
	@exec $(VENV_PYTHON) -m pytest -n auto --dist worksteal $(ARGS)

check: install
	$(VENV_PYTHON) -m ruff format --check .
	$(VENV_PYTHON) -m ruff check .
	$(VENV_PYTHON) -m mypy
	.venv/bin/lint-imports
	$(VENV_PYTHON) -m banshi i18n check
	$(VENV_PYTHON) -m banshi catalog check

format: install
	$(VENV_PYTHON) -m ruff format .
	$(VENV_PYTHON) -m ruff check --fix .

bench: install
	@exec $(VENV_PYTHON) -m benchmarks $(ARGS)

.tools/uv-$(UV_VERSION):
	@test -n '$(PYTHON)' && '$(PYTHON)' -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo 'Python 3.11 or newer is needed; name one with: make PYTHON=/path/to/python3' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo '$(PYTHON) lacks its venv module; install it (Debian and Ubuntu: apt-get install python3-venv)' >&2; exit 1; }
	@rm -rf .tools
	@$(PYTHON) -m venv .tools
	@.tools/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@

.venv/.installed: .tools/uv-$(UV_VERSION) pyproject.toml uv.lock
	@.tools/bin/uv sync --locked --quiet
	@touch $@

web/node_modules/.installed: .venv/.installed web/package.json web/package-lock.json
	@$(VENV_PYTHON) -m banshi.node
	@touch $@
