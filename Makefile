# The two commands are `make run` and `make test`; docs/operations.md tells the rest.
PYTHON ?= python3
PY = .venv/bin/python
# Without bytecode every process compiles what it imports: two seconds each, and `make test` starts a hundred of them.
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX = $(CURDIR)/var/bytecode
export DJANGO_SETTINGS_MODULE = config.settings

.PHONY: run ready test quick durations check bench faults reset restore-drill move-drill pictures requirements messages

run:
	@$(PYTHON) -m scripts.install app engines
	@exec $(PY) -m config.run

test: ready
	@$(PY) -m scripts.check

quick: ready
	@$(PY) -m scripts.check --quick

durations: ready
	@RECORD_DURATIONS=1 $(PY) -m scripts.check

check: ready
	@$(PY) -m scripts.check --without-tests

bench: ready
	@$(PY) -m bench

faults: ready
	@$(PY) -m bench.faults

restore-drill: ready
	@DATABASE_ROLE=owner $(PY) -m config.backup.drill

move-drill: ready
	@$(PY) -m config.cells.drill

# The pictures of docs/tour.md, from a `make run` that is there: make pictures WEB=http://127.0.0.1:8000
pictures: ready
	@$(PY) -m tests.browser.tour $(or $(WEB),http://127.0.0.1:8000)

reset:
	@if [ -x $(PY) ]; then $(PY) -m config.reset; fi

ready:
	@$(PYTHON) -m scripts.install app engines browser dev

messages: ready
	@$(PY) scripts/messages.py --add

# Pin again after a change of requirements/*.in (needs pip-tools).
requirements:
	cd requirements && for set in app engines browser dev; do pip-compile -q --generate-hashes --strip-extras --allow-unsafe --no-header \
	  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host -o $$set.txt $$set.in; done
	$(PYTHON) -m scripts.pins
