# Everything from a fresh clone: `make run` draws a report, `make test` runs the whole suite.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PICTURES := tests/sources tests/faces tests/inference tests/cleaning tests/drawing tests/evaluation tests/test_*.py
RUN := $(BIN)/python

.DEFAULT_GOAL := help
.PHONY: help setup teach lock run lab lessons book slides quiz nbgrader room check lint test test-fast test-opencv test-floors test-colab bench wheel clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(VENV)/.ready ## make the virtual environment with the exact pins

$(VENV)/.ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet "uv>=0.4"
	VIRTUAL_ENV=$(VENV) $(RUN) -m uv pip install --quiet --compile-bytecode \
		--constraint requirements.lock --editable '.[dev]'
	touch $@

teach: setup ## add nbgrader, whose menus in JupyterLab are for teachers alone
	VIRTUAL_ENV=$(VENV) $(RUN) -m uv pip install --quiet --constraint requirements.lock --editable '.[dev,teach]'

lock: ## resolve the pins anew
	$(RUN) -m uv pip compile pyproject.toml --extra dev --extra teach --universal --python-version 3.11 --upgrade \
		--quiet --no-annotate --no-header --no-emit-package fer-course --output-file requirements.lock

run: setup ## the main job: clean, train, evaluate, and write runs/sample/report.html
	$(BIN)/fer-course run --data sample --out runs/sample

lab: setup ## open lesson 00 in JupyterLab
	$(BIN)/jupyter lab --ServerApp.root_dir=. lessons/00_welcome.ipynb

lessons: setup ## build lessons/ and solutions/ from source/
	$(RUN) tools/build_notebooks.py

book: setup ## build the solved lessons, the guides and the reference as HTML, in build/book/
	$(RUN) tools/build_book.py book

slides: setup ## build the lessons as slides for a projector, in build/slides/
	$(RUN) tools/build_book.py slides

quiz: setup ## build the questions for a learning platform (Moodle XML, GIFT), in build/quiz/
	$(RUN) tools/build_quiz.py

nbgrader: teach ## build every lesson as an nbgrader assignment, in grading/
	$(RUN) tools/build_assignments.py

room: book slides quiz ## gather wheels, lessons, book, slides and questions for computers without network, in room/
	$(RUN) tools/prepare_room.py room

check: setup ## fail when a derived notebook is stale or an exercise does not hold
	$(RUN) tools/build_notebooks.py --check

lint: teach ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: teach ## the whole suite
	$(RUN) -m pytest -n 2 --dist loadfile --no-loadscope-reorder

test-fast: teach ## unit tests alone
	$(RUN) -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not slow"

test-opencv: test-opencv-4.9 test-opencv-5.0 ## what needs OpenCV, with the oldest that is admitted and with 5.0

test-opencv-4.9: NUMPY := numpy<2

test-opencv-%: setup
	$(RUN) -m uv venv --quiet --clear --python $(RUN) $(VENV)-opencv
	cp requirements.lock $(VENV)-opencv/pins.txt
	printf '%s\n' 'opencv-python==$*.*' 'opencv-python-headless==$*.*' '$(NUMPY)' | $(RUN) -m uv pip compile \
		pyproject.toml --extra dev --constraint - --quiet --no-emit-package fer-course \
		--output-file $(VENV)-opencv/pins.txt >$(VENV)-opencv/compiled.txt
	$(RUN) -m uv pip install --quiet --python $(VENV)-opencv --requirement $(VENV)-opencv/pins.txt
	$(RUN) -m uv pip install --quiet --python $(VENV)-opencv --no-deps --editable .
	$(VENV)-opencv/bin/python -m pytest -n 2 --dist loadfile -m "not slow" $(PICTURES)

test-floors: test-floors-3.11 test-floors-3.12 test-floors-3.13 ## the wheel in each Python, with the oldest packages that are admitted and the newest

test-floors-%: setup
	for versions in lowest-direct highest; do \
		$(RUN) -m uv venv --quiet --clear --python $* $(VENV)-floors && \
		$(RUN) -m uv pip compile pyproject.toml --extra dev --only-binary :all: --resolution $$versions --quiet \
			--python-version $* --no-emit-package fer-course --output-file $(VENV)-floors/pins.txt \
			>$(VENV)-floors/compiled.txt && \
		$(RUN) -m uv pip install --quiet --python $(VENV)-floors --requirement $(VENV)-floors/pins.txt && \
		$(RUN) -m uv pip install --quiet --python $(VENV)-floors --no-deps . && \
		$(VENV)-floors/bin/pytest -n 2 --dist loadfile --confcutdir=tests -m "not slow" $(PICTURES) \
			tests/training tests/plots tests/cli || exit 1; \
	done

test-colab: setup ## the lessons where Colab's packages are, installed by their first cell
	$(RUN) tests/colab/run.py

# The others want FER2013, model files, Chromium or an environment of their own: see each one's first lines.
bench: setup ## the benchmarks that need this checkout alone, into benchmarks/results/ (half an hour)
	for name in bias faces import reading run training; do $(RUN) benchmarks/bench_$$name.py || exit 1; done

wheel: setup ## build the wheel and the source distribution, in dist/
	$(RUN) -m uv build --quiet --no-build-isolation --python $(RUN) --out-dir dist

clean: ## remove what can be made again (data/, runs/ and grading/ stay)
	rm -rf $(VENV) .venv-* dist build artefacts .pytest_cache .mypy_cache .ruff_cache .hypothesis
