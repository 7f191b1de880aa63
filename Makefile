# The two commands are `make run` and `make test`; docs/operations.md tells the rest.
PYTHON ?= python3
PY = .venv/bin/python
# Compiling all that is installed takes longer than compiling what is used, once, below var/.
# Every pin is written down: there is nothing to resolve, and the two files share no package.
INSTALL = $(PYTHON) -m pip --python $(PY) install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes -r
export PYTHONPYCACHEPREFIX = $(CURDIR)/var/bytecode
export DJANGO_SETTINGS_MODULE = config.settings

.PHONY: run ready test check bench faults reset requirements messages

run: .venv/app.ready
	@exec $(PY) -m config.run

test: ready
	@$(PY) -m scripts.check

check: ready
	@$(PY) -m scripts.check --without-tests

bench: ready
	@$(PY) -m bench

faults: ready
	@$(PY) -m bench.faults

reset:
	@if [ -x $(PY) ]; then $(PY) -m config.reset; fi

# A virtual environment without pip: Debian's Python has no ensurepip, and the pip outside installs into it as well.
.venv/bin/python:
	@$(PYTHON) -m venv --without-pip .venv

# Both at once: two cores do it in little more than half the time.
ready: .venv/bin/python
	@$(MAKE) --no-print-directory --silent -j2 .venv/app.ready .venv/dev.ready

.venv/app.ready: requirements/app.txt | .venv/bin/python
	@echo "Installing packages (once)…"
	@$(INSTALL) requirements/app.txt
	@touch $@

.venv/dev.ready: requirements/dev.txt | .venv/bin/python
	@echo "Installing test tools (once)…"
	@$(INSTALL) requirements/dev.txt
	@touch $@

messages: ready
	@$(PY) scripts/messages.py --add

# Pin again after a change of requirements/*.in (needs pip-tools).
requirements:
	cd requirements && for set in app dev; do pip-compile -q --generate-hashes --strip-extras --allow-unsafe --no-header \
	  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host -o $$set.txt $$set.in; done
	$(PYTHON) -m scripts.pins
