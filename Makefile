# Every target does its own set-up. Needs a Python of at least 3.11 and a package index, nothing else.

# Which Python the virtual environment is made of: PYTHON=/path/to/python3.12 chooses one.
PYTHON ?=
VENV ?= .venv
PY = $(VENV)/bin/python
RUNNABLE = $(VENV)/.runnable
INSTALLED = $(VENV)/.installed
# A developer's shell may name the settings of another project.
export DJANGO_SETTINGS_MODULE = config.settings
# Packages are compiled as they are first imported, which has to be kept: two thirds of what they hold never are.
unexport PYTHONDONTWRITEBYTECODE
INSTALL_INTO = -m pip install --quiet --no-compile --disable-pip-version-check -r

.PHONY: help run test prove test-newest check check-code check-types check-templates check-api check-documents bench lock service reset clean

help: ## Say what there is
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 24

run: $(RUNNABLE) ## Start everything; PORT and AWS_PORT choose ports
	@exec $(PY) manage.py runserver

# Tests that judge templates, documents and clients: part of the checks.
CHECKED = tests/docs/test_docs.py tests/docs/test_code.py tests/infra/test_sam.py tests/infra/test_clients.py tests/infra/test_typescript.py

test: $(INSTALLED) ## Run the tests, but for those of `make check`
	@$(PY) -m pytest $(CHECKED:%=--ignore=%)
	@$(PY) -m pytest -c dynamo/pyproject.toml dynamo/tests

prove: $(INSTALLED) .venv-tools/.installed ## Run what takes long: volumes, drills under load, kills, clients of every language
	@$(PY) -m pytest -n 0 -m prove --timeout 1800 $(PROVE)
	@$(PY) -m pytest -n 0 -m prove --timeout 1800 -c dynamo/pyproject.toml dynamo/tests
	@MOTO_SERVER=.venv-tools/bin/moto_server $(PY) -m pytest -c dynamo/pyproject.toml dynamo/tests --ignore dynamo/tests/admin

test-newest: $(INSTALLED) ## Run the tests on the newest Python and Django there are; ARGUMENTS=--cov measures what they cover
	@$(PY) -m tests.newest $(ARGUMENTS)

# All templates; infra/edge.yaml with what the services add to it.
TEMPLATES = infra/[!e]*.yaml infra/container/*.yaml */stack.yaml build/edge.json

check: check-code check-types check-templates check-api check-documents ## Lint, types, import rules, templates, schema, documents; with -j2 beside each other

check-code: $(INSTALLED) .venv-tools/.installed
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -c "from importlinter.cli import lint_imports_command as run; run()"
	$(PY) -m infra.lint
	$(PY) -m infra.availability
	$(PY) -m infra.policies
	$(PY) manage.py check --fail-level WARNING

check-types: $(INSTALLED)
	$(PY) -m mypy .

check-templates: $(INSTALLED) .venv-tools/.installed
	mkdir -p build && $(PY) -m infra.edge_template > build/edge.json
	$(PY) -c "import sys; from cfnlint.runner import main; sys.exit(main())" $(TEMPLATES)
	.venv-tools/bin/python infra/tools/validate_templates.py $(TEMPLATES)
	.venv-tools/bin/checkov --config-file infra/tools/checkov.yaml --file $(TEMPLATES)
	.venv-tools/bin/hadolint infra/container/Dockerfile

check-api: $(INSTALLED)
	$(PY) manage.py spectacular --validate --fail-on-warn --file /dev/null
	if command -v npm >/dev/null; then \
	  mkdir -p build/javascript && cp infra/tools/package.json build/javascript/ && \
	  npm install --prefix build/javascript --no-audit --no-fund --silent && \
	  build/javascript/node_modules/.bin/biome check --error-on-warnings $$(find . \( -name '.?*' -o -name build \) -prune -o -name '*.js' -print) && \
	  $(PY) manage.py spectacular --format openapi-json --file build/openapi.json && \
	  build/javascript/node_modules/.bin/spectral lint --fail-severity warn --ruleset infra/tools/spectral.yaml build/openapi.json && \
	  build/javascript/node_modules/.bin/redocly lint --config infra/tools/redocly.yaml build/openapi.json; \
	else echo "Without Node.js, neither JavaScript nor the API's description is linted."; fi

check-documents: $(INSTALLED) .venv-tools/.installed
	if [ -d tests/docs ]; then $(PY) -m pytest -q -n 0 $(CHECKED); fi

# Linters that need older packages than the project has.
.venv-tools/.installed: infra/tools/requirements.txt | $(RUNNABLE)
	@echo "Installing the linters of infra/"
	@$(PY) -m venv --clear .venv-tools
	@.venv-tools/bin/python $(INSTALL_INTO) infra/tools/requirements.txt
	@touch $@

bench: $(INSTALLED) .venv-bench/.installed ## Measure it beside its peers and write docs/performance.md's figures
	@$(PY) -m benchmarks $(BENCH)

.venv-bench/.installed: benchmarks/requirements-bench.txt
	@echo "Installing the peers"
	@$(PY) -m venv --clear .venv-bench
	@.venv-bench/bin/python $(INSTALL_INTO) benchmarks/requirements-bench.txt
	@touch $@

LOCK = .venv-tools/bin/uv pip compile -q --upgrade --python-version 3.11 --no-header --annotation-style=line --generate-hashes

lock: .venv-tools/.installed ## Pin the newest versions requirements*.in allow
	$(LOCK) -o requirements.txt requirements.in
	$(LOCK) -o requirements-local.txt requirements-local.in
	$(LOCK) -o requirements-dev.txt requirements-dev.in
	$(LOCK) -o infra/tools/requirements.txt infra/tools/requirements.in

service: $(INSTALLED) ## Write a new service, NAME=notes
	@$(PY) -m infra.new_service $(NAME)

reset: $(RUNNABLE) ## Forget all data of the local stage
	@$(PY) -m infra.local.reset

clean: ## Remove the virtual environment and caches; the data stays
	rm -rf $(VENV) .venv-newest .venv-tools .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build

# --- AWS: docs/deploy.md ---
# Which stage of zappa_settings.json, or which name for a clone; which part of the calls a canary gets.
STAGE ?= production
PERCENT ?= 10

# An application that stays as it is, behind CloudFront: docs/updates.md.
OFFLOAD = $(if $(ORIGIN),,$(error Say ORIGIN=https://origin.example.com))$(ORIGIN) --domain "$(DOMAIN)" \
  --certificate "$(CERTIFICATE)" --zone "$(ZONE)" --shield "$(or $(SHIELD),us-east-1)" \
  $(foreach path,$(UNCACHED),--uncached "$(path)") $(foreach path,$(VERSIONED),--versioned "$(path)") \
  $(foreach path,$(MOVING),--moving "$(path)")

.PHONY: offload offload-preview offload-cut-over offload-undo offload-report

offload: $(INSTALLED) ## Put CloudFront in front of ORIGIN, which stays as it is
	@$(PY) -m infra.offload apply $(OFFLOAD)

offload-preview: $(INSTALLED) ## Say what that would change
	@$(PY) -m infra.offload preview $(OFFLOAD)

offload-cut-over: $(INSTALLED) ## Have DOMAIN in ZONE lead to CloudFront
	@$(PY) -m infra.offload cut-over $(OFFLOAD)

offload-undo: $(INSTALLED) ## Have DOMAIN lead where it led before; repeated, remove CloudFront
	@$(PY) -m infra.offload undo $(OFFLOAD)

offload-report: $(INSTALLED) ## Say from ORIGIN's access log, LOG, what that would save
	@$(PY) -m infra.offload report $(OFFLOAD) $(if $(LOG),$(LOG),$(error Say LOG=access.log))

.PHONY: preflight verify deploy canary clone remove-clone second-region fail-over fail-back veto rehearse remove-second-region drill sdk

preflight: $(INSTALLED) ## Say what the account lacks for STAGE, before anything is made
	@$(PY) -m infra.deploy preflight $(STAGE)

deploy: $(INSTALLED) ## Put STAGE on AWS, or what changed of it
	@$(PY) -m infra.deploy deploy $(STAGE)

verify: $(INSTALLED) ## Ask the deployed STAGE at its addresses whether it works, and write what it says to a file
	@$(PY) -m infra.deploy verify $(STAGE) $(ARGUMENTS)

canary: $(INSTALLED) ## Update STAGE, but for PERCENT of its calls first
	@$(PY) -m infra.deploy canary $(STAGE) --percent $(PERCENT)

clone: $(INSTALLED) ## Make a complete environment like production, named STAGE
	@$(PY) -m infra.deploy clone $(STAGE) $(ARGUMENTS)

remove-clone: $(INSTALLED) ## Remove the clone STAGE with its data
	@$(PY) -m infra.deploy remove-clone $(STAGE)

second-region: $(INSTALLED) ## Keep STAGE in REGION too, standing by, or bring it up to date there
	@$(PY) -m infra.deploy second-region $(STAGE) $(REGION)

fail-over: $(INSTALLED) ## Send readers of STAGE to its second region, REGION
	@$(PY) -m infra.deploy fail-over $(STAGE) $(REGION)

fail-back: $(INSTALLED) ## Send readers of STAGE to its home region
	@$(PY) -m infra.deploy fail-back $(STAGE)

veto: $(INSTALLED) ## Have REGION not take STAGE over by itself; ARGUMENTS=--lift allows it again
	@$(PY) -m infra.deploy veto $(STAGE) $(REGION) $(ARGUMENTS)

rehearse: $(INSTALLED) ## Take every step of a fail-over of STAGE to REGION, but send nobody anywhere
	@$(PY) -m infra.deploy rehearse $(STAGE) $(REGION)

remove-second-region: $(INSTALLED) ## Have STAGE in its home region alone
	@$(PY) -m infra.deploy remove-second-region $(STAGE)

drill: $(INSTALLED) ## Kill a region of the embedded AWS under load, and write docs/failover.md's table
	@$(PY) -m tests.deploy.drill

sdk: $(INSTALLED) ## Generate typed clients of the API in Python and TypeScript
	@$(PY) -m infra.sdk

INSTALL = $(PY) $(INSTALL_INTO) $(1) || { \
  echo "The packages could not be installed: see above, then start again." >&2; exit 1; }

# The stamp is written last, so an install that failed is tried again.
$(RUNNABLE): requirements.txt requirements-local.txt
	@python=; \
	for candidate in $(if $(PYTHON),"$(PYTHON)",python3.11 python3.12 python3.13 python3); do \
	  if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python="$$candidate"; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
	  echo "$(if $(PYTHON),$(PYTHON) is not,There is no) Python 3.11 or newer$(if $(PYTHON),, here): install one, or name it like PYTHON=/path/to/python3.11." >&2; \
	  exit 1; \
	fi; \
	$(PY) -c '' 2>/dev/null || echo "Making the virtual environment $(VENV)"; \
	$(PY) -c '' 2>/dev/null || "$$python" -m venv --clear $(VENV) || { \
	  echo "Could not make a virtual environment: Python's venv module may be missing (Debian: apt install python3-venv)." >&2; exit 1; }
	@echo "Installing the pinned packages"
	@$(call INSTALL,requirements-local.txt)
	@touch $@

$(INSTALLED): requirements-dev.txt $(RUNNABLE)
	@echo "Installing what tests and checks need"
	@$(call INSTALL,requirements-dev.txt)
	@touch $@
