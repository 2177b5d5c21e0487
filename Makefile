# make demo    the main job on this machine: simulated devices, tasks, a webhook receiver
# make test    everything the tests need, then the tests
# make check   format, lint, types
# make fuzz    the codec against ten million damaged frames (half an hour, or a whole one)
# make bench   speed, as ratios to floors measured in the same run
# make openapi docs/openapi.json, after a change of the API
# make rules   docs/rules.md, after a change of a rule over curves
# make wheel   the package, in dist/

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet
POSTGRES := command -v initdb || ls /usr/lib/postgresql/*/bin/initdb
MOSQUITTO := command -v mosquitto || ls /usr/sbin/mosquitto

.PHONY: demo test check fuzz bench openapi rules wheel format clean
.DEFAULT_GOAL := demo

$(VENV)/bin/python:
	@tools/need "$(PYTHON) -c 'import ensurepip, sys; assert sys.version_info >= (3, 11)'" python3 python3-venv
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "installing (a minute or two, once)"
	@$(PIP) install --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@$(PIP) install --constraint constraints.txt --editable '.[dev]'
	@touch $@

demo: $(VENV)/.installed
	$(BIN)/offsite-monitor demo

test: $(VENV)/.installed-dev
	@tools/need "$(POSTGRES)" postgresql
	@tools/need "$(MOSQUITTO)" mosquitto
	@tools/need "command -v openssl" openssl
	@tools/need "command -v exiftool" libimage-exiftool-perl
	@tools/need "command -v soffice" libreoffice-writer-nogui libreoffice-calc-nogui
	@tools/need "fc-list :lang=zh | grep ." fontconfig fonts-wqy-microhei
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(TESTS)

check: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.installed-dev
	@tools/need "$(POSTGRES)" postgresql
	$(BIN)/python -m bench

# The guided part needs atheris, for which there are wheels on Linux and macOS.
fuzz: $(VENV)/.installed-dev
	@$(PIP) install --constraint constraints.txt atheris
	$(BIN)/python -m tests.fuzz --guided $(or $(SECONDS),300) --frames $(or $(FRAMES),10000000)

rules: $(VENV)/.installed
	$(BIN)/python tools/rule_catalogue.py > docs/rules.md

openapi: $(VENV)/.installed
	$(BIN)/offsite-monitor openapi > docs/openapi.json

wheel: $(VENV)/.installed-dev
	$(PIP) wheel --no-deps --wheel-dir dist .

clean:
	rm -rf $(VENV) dist build .mypy_cache .pytest_cache .ruff_cache .hypothesis
