# The two commands are `make run` and `make test`; docs/operations.md tells the rest.
PYTHON ?= python3
PY = .venv/bin/python
# Compiling all that is installed takes longer than compiling what is used, once, below var/.
INSTALL = $(PYTHON) -m pip --python $(PY) install --quiet --disable-pip-version-check --no-compile --require-hashes -r
export PYTHONPYCACHEPREFIX = $(CURDIR)/var/bytecode
export DJANGO_SETTINGS_MODULE = config.settings

.PHONY: run test check bench faults reset requirements messages

run: .venv/app.ready
	@exec $(PY) -m config.run

test: .venv/dev.ready
	@$(PY) -m scripts.check

check: .venv/dev.ready
	@$(PY) -m scripts.check --without-tests

bench: .venv/dev.ready
	@$(PY) -m bench

faults: .venv/dev.ready
	@$(PY) -m bench.faults

reset:
	@if [ -x $(PY) ]; then $(PY) -m config.reset; fi

# A virtual environment without pip: Debian's Python has no ensurepip, and the pip outside installs into it as well.
.venv/bin/python:
	@$(PYTHON) -m venv --without-pip .venv

.venv/app.ready: requirements/app.txt | .venv/bin/python
	@echo "Installing packages (once)…"
	@$(INSTALL) requirements/app.txt
	@touch $@

.venv/dev.ready: requirements/dev.txt | .venv/bin/python
	@echo "Installing packages and test tools (once)…"
	@$(INSTALL) requirements/dev.txt
	@touch $@ .venv/app.ready

messages: .venv/dev.ready
	@$(PY) scripts/messages.py --add

# Pin again after a change of requirements/*.in (needs pip-tools).
requirements:
	cd requirements && for set in app dev; do pip-compile -q --generate-hashes --strip-extras --allow-unsafe --no-header \
	  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host -o $$set.txt $$set.in; done
