# `make help` lists the targets.

PROFILE ?= cpu
JOBS    ?= $(shell nproc)
DEVICE  ?= auto
ONLY    ?=
RESULTS ?= results
SAMPLE  ?= 5
EXPERIMENT ?=
PORT    ?= 6006
# `slurm` submits the grid to a cluster (docs/cluster.md), with these words for sbatch and so many tasks.
LAUNCHER   ?= local
SLURM_ARGS ?=
TASKS      ?=

# Which LibTorch to build with, kept from then on: a version of PyPI's torch, debian, or auto (scripts/setup.sh).
TORCH ?=
export TORCH
# Settings of the build folder, kept from then on. WERROR=ON is for developers: warnings are errors.
UNITY  ?=
WERROR ?=

# With a precompiled header, ccache needs to be told that time stamps do not matter.
export CCACHE_SLOPPINESS ?= pch_defines,time_macros

BUILD    := build
EIGENRNN := $(BUILD)/eigenrnn
PYTHON   := $(shell command -v /usr/bin/python3 || command -v python3)
# A word of a command, whatever is in it.
quoted = '$(subst ','\'',$(1))'
RESULTS_PROFILE = $(call quoted,$(RESULTS)/$(PROFILE))
ONLY_FLAG = $(if $(ONLY),--only $(call quoted,$(ONLY)))
RUN_FLAGS = --profile $(call quoted,$(PROFILE)) --device $(call quoted,$(DEVICE)) --results $(call quoted,$(RESULTS)) $(ONLY_FLAG)
JOBS_FLAG = --jobs $(JOBS)
# The shell takes SLURM_ARGS apart, as it stands there with its quotes: "$@" are then the words for sbatch.
slurm_words = set --; for word in $(SLURM_ARGS); do set -- "$$@" "--sbatch-arg=$$word"; done
# On a cluster the profile says how many workers a task has, unless JOBS is given.
SLURM_FLAGS = --launcher slurm "$$@" \
              $(if $(TASKS),--tasks $(TASKS)) $(if $(filter file,$(origin JOBS)),,$(JOBS_FLAG))

.DEFAULT_GOAL := help
.PHONY: help setup build configure reproduce-all reproduce-tomita reproduce-adding reproduce-pixel-mnist reproduce-multi30k \
        reproduce-eigen-variants reproduce-dynamics learning-rates tuning figures findings tables check-tables archive verify report lint \
        site tensorboard test-tensorboard test-report datasets test test-fresh test-slurm test-faults test-sanitizers fuzz bench clean

help:  ## this list
	@echo "usage: make TARGET [PROFILE=quick|cpu|paper] [JOBS=N] [DEVICE=auto|cpu|cuda] [ONLY=init=eigen,cell=lstm]"
	@echo "  on a cluster: make reproduce-all LAUNCHER=slurm [SLURM_ARGS=\"--partition=long --time=60\"] [TASKS=N]"
	@sed -n 's/^\([a-z0-9-]*\):[^#]*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 28

setup:  ## install what the first table needs; TORCH=2.11.0 a LibTorch of PyPI, TORCH=debian Debian's
	@scripts/setup.sh

# $(call build_targets,FOLDER,WHAT TO SET UP,-D…,TARGETS): a command builds just what it needs.
SETTINGS = $(if $(UNITY),-DCMAKE_UNITY_BUILD=$(UNITY)) $(if $(WERROR),-DEIGENRNN_WERROR=$(WERROR))
define build_targets
@scripts/setup.sh $(2)
@scripts/configure.sh $(1) $(SETTINGS) $(3)
@cmake --build $(1) --target $(4)
endef
build_program = $(call build_targets,$(BUILD),--program $(1),,eigenrnn)
# Beside other processes, or where times are compared.
ONE_THREAD   := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
TESTS_NEED   := --program --tables --tests

build:  ## set up, and build the program alone
	$(call build_program)

# For developers: then `cmake --build build --target …`.
configure $(BUILD)/build.ninja:
	@scripts/setup.sh $(TESTS_NEED) --bench
	@scripts/configure.sh $(BUILD) $(SETTINGS) -DEIGENRNN_TESTS=ON -DEIGENRNN_BENCHMARKS=ON

# Runs one or more manifests, then collates what there is, and keeps the exit code of the runs:
# a table with holes is still worth seeing, and says that it has them. What is printed fits on a screen.
define reproduce
@if [ $(LAUNCHER) = slurm ]; then $(slurm_words); exec $(EIGENRNN) run $(1) $(RUN_FLAGS) $(SLURM_FLAGS); fi; \
 $(EIGENRNN) run $(1) $(RUN_FLAGS) $(JOBS_FLAG) --no-summary; code=$$?; \
 if [ $$code -eq 2 ] || [ $$code -eq 130 ]; then exit $$code; fi; \
 $(call evaluate,--brief $(basename $(notdir $(1)))) || exit $$?; exit $$code
endef
evaluate = $(PYTHON) scripts/evaluate.py $(RESULTS_PROFILE) $(1)

# At the cpu size images are shrunk, and two cells read whole ones too, with a positive control; at the paper size all do.
PIXEL_MNIST := pixel_mnist $(if $(filter cpu,$(PROFILE)),pixel_mnist_784 pixel_mnist_control)
# Constants were searched at the cpu size; elsewhere these are what their sources say, as in the tables above.
TUNED := $(if $(filter cpu,$(PROFILE)),pixel_mnist_tuned adding_tuned pixel_mnist_gated_tuned)

# At the cpu size the search found two learning rates equally good for a GRU: there every row runs at both, too.
MULTI30K := multi30k $(if $(filter cpu,$(PROFILE)),multi30k_equal_rates)

# Said before anything takes time.
WHAT_IT_TAKES_quick := a first look in minutes; with 3 seeds it decides hardly anything
WHAT_IT_TAKES_cpu := hours on two cores (results/cpu/tables/README.md has what each part took); PROFILE=quick is a first look in minutes
WHAT_IT_TAKES_paper := full size, meant for GPUs; build/eigenrnn plan says how long it takes; PROFILE=quick is a first look in minutes

reproduce-all:  ## every table: sets up, builds, fetches data, trains the grid, writes the tables
	@echo "PROFILE=$(PROFILE): $(WHAT_IT_TAKES_$(PROFILE))"
	$(call build_program,--tables)
	@datasets/fetch_mnist.sh || echo "going on without MNIST"
	@datasets/fetch_multi30k.sh || echo "going on without Multi30k"
	$(call reproduce,$(foreach task,tomita adding $(PIXEL_MNIST) $(TUNED) $(MULTI30K),experiments/$(task).yaml))

reproduce-tomita:  ## the table of the Tomita grammars
	$(call build_program,--tables)
	$(call reproduce,experiments/tomita.yaml)

reproduce-adding:  ## the table of the adding problem
	$(call build_program,--tables)
	$(call reproduce,experiments/adding.yaml)

reproduce-pixel-mnist:  ## the tables of pixel-by-pixel MNIST
	$(call build_program,--tables)
	@datasets/fetch_mnist.sh
	$(call reproduce,$(foreach task,$(PIXEL_MNIST),experiments/$(task).yaml))

reproduce-multi30k:  ## the table of Multi30k, German to English
	$(call build_program,--tables)
	@datasets/fetch_multi30k.sh
	$(call reproduce,$(MULTI30K:%=experiments/%.yaml))

# $(call choose,KIND OF SEARCH,TASKS,FLAGS): writes what the searches of these tasks chose.
define choose
@[ $(LAUNCHER) = slurm ] || for task in $(2); do \
  $(PYTHON) scripts/choose_learning_rates.py $(RESULTS_PROFILE)/$(1)_$$task $(3) \
    --write experiments/include/$(1)_$${task}_$(call quoted,$(PROFILE)).yaml \
    --figure $(RESULTS_PROFILE)/figures || exit $$?; done
endef

# The same few learning rates for every initializer, chosen by validation results on seeds of their own.
# What is written is for the profile that was searched; the manifests include that of cpu.
SEARCHES := tomita adding pixel_mnist pixel_mnist_gated pixel_mnist_784 multi30k multi30k_tanh multi30k_relu
learning-rates:  ## search the learning rates of every cell and initializer, and write the choice
	$(call build_program,--tables --figures)
	@datasets/fetch_mnist.sh
	@datasets/fetch_multi30k.sh
	$(call reproduce,$(SEARCHES:%=experiments/learning_rates_%.yaml))
	$(call choose,learning_rates,$(SEARCHES))

# As learning-rates, of the constants of each family, too.
TUNINGS := adding pixel_mnist pixel_mnist_gated
tuning:  ## search constants and learning rates of whole families of initializers, and write the choice
	$(call build_program,--tables --figures)
	@datasets/fetch_mnist.sh
	$(call reproduce,$(TUNINGS:%=experiments/tuning_%.yaml))
	$(call choose,tuning,$(TUNINGS),--families)

# Tables of the variants, and their ranking by validation results, which chose eigen's default.
VARIANTS := eigen_ablation_tomita eigen_ablation_mnist
reproduce-eigen-variants:  ## variants of the eigen initializer compared, and ranked on validation
	$(call build_program,--tables)
	@datasets/fetch_mnist.sh
	$(call reproduce,$(VARIANTS:%=experiments/%.yaml))

DYNAMICS := $(foreach task,adding mackey_glass tomita pixel_mnist adding_threshold,experiments/dynamics_$(task).yaml)

# Analyses and draws also after runs that failed, and keeps the first exit code that is not 0.
reproduce-dynamics:  ## the dynamics: trains, writes tables, analyses every network, draws the figures
	$(call build_program,--tables --figures)
	@datasets/fetch_mnist.sh || echo "going on without MNIST"
	@if [ $(LAUNCHER) = slurm ]; then $(slurm_words); $(EIGENRNN) run $(DYNAMICS) $(RUN_FLAGS) $(SLURM_FLAGS) && \
	   echo "when they have ended, the same without LAUNCHER=slurm analyses the networks and draws"; exit; fi; \
	 $(EIGENRNN) run $(DYNAMICS) $(RUN_FLAGS) $(JOBS_FLAG); code=$$?; \
	 if [ $$code -eq 2 ] || [ $$code -eq 130 ]; then exit $$code; fi; \
	 $(EIGENRNN) analyze $(DYNAMICS:experiments/%.yaml=$(RESULTS_PROFILE)/%) --jobs $(JOBS) || code=$$?; \
	 $(PYTHON) scripts/figures.py $(RESULTS_PROFILE) --jobs $(JOBS) || code=$$?; \
	 $(call evaluate,--brief $(basename $(notdir $(DYNAMICS)))) || code=$$?; exit $$code

figures:  ## draw the figures of the dynamics from what is there into results/PROFILE/figures
	@scripts/setup.sh --tables --figures
	@$(PYTHON) scripts/figures.py $(RESULTS_PROFILE) --jobs $(JOBS)

# Of the networks before training, which are drawn again from their seeds; those of the experiments on dynamics
# are analysed when they are made.
findings:  ## write the numbers in docs/findings.md from the results, and analyse the networks that it takes
	$(call build_program,--tables --figures)
	@needed=$$($(PYTHON) scripts/findings.py $(RESULTS_PROFILE) --needed) && \
	 { [ -z "$$needed" ] || $(EIGENRNN) analyze $$needed --results $(RESULTS) --at start --jobs $(JOBS); }
	@$(PYTHON) scripts/findings.py $(RESULTS_PROFILE)

tables:  ## all that is said about the results that are there: tables, statistics, and the page if it is built
	@scripts/setup.sh --tables
	@$(call evaluate)

check-tables:  ## does every committed table, choice and verdict follow from the committed results?
	@scripts/setup.sh --tables --figures
	@$(PYTHON) scripts/evaluate.py results/cpu --check --readme README.md
	@$(PYTHON) scripts/collate.py --check results/paper
	@$(PYTHON) scripts/findings.py results/cpu --check
	@$(PYTHON) scripts/performance.py --check

archive:  ## pack the results of PROFILE, one file per experiment that is read like its folder
	@$(PYTHON) scripts/archive.py pack $(RESULTS_PROFILE)

verify:  ## repeat SAMPLE=5 of the recorded runs of PROFILE, chosen at random, and compare
	$(call build_program)
	@$(EIGENRNN) verify $(RESULTS_PROFILE) --sample $(SAMPLE) --jobs $(JOBS) $(ONLY_FLAG)

# The page's program. Only its own sources and npm's lock file decide what is in it.
report/node_modules/.package-lock.json: report/package-lock.json
	@scripts/setup.sh --npm
	@cd report && npm ci --silent

report/dist/app.js: report/node_modules/.package-lock.json report/build.mjs $(wildcard report/src/*)
	@cd report && npm run --silent build

report: report/dist/app.js  ## results/PROFILE/report/index.html: everything to look at, without a server
	@scripts/setup.sh --tables
	@$(PYTHON) scripts/report_page.py $(RESULTS_PROFILE)

test-report: report/dist/app.js  ## test the page in headless Chromium
	@scripts/setup.sh --tables --figures --report
	@$(PYTHON) -B -m unittest discover -s tests -p 'report_*test.py'

# Debian has no TensorBoard: it is in an environment of its own, where a file says of which version.
TENSORBOARD := .tensorboard/made-of-2.21.0
$(TENSORBOARD):
	@scripts/setup.sh --tensorboard
	@$(PYTHON) -m venv --clear .tensorboard
	@.tensorboard/bin/pip install --quiet --disable-pip-version-check tensorboard==$(@:.tensorboard/made-of-%=%)
	@touch $@

tensorboard: $(TENSORBOARD)  ## curves, spectra and settings in TensorBoard: EXPERIMENT=tomita, ONLY=…, PORT=6006
	@.tensorboard/bin/python3 scripts/tensorboard_events.py $(RESULTS_PROFILE) --port $(PORT) \
	  $(foreach name,$(EXPERIMENT),--experiment $(call quoted,$(name))) $(ONLY_FLAG)

test-tensorboard: $(TENSORBOARD)  ## read what is written for TensorBoard with its own reader
	@scripts/setup.sh --tables
	@$(PYTHON) -B tests/tensorboard_events_test.py

site:  ## README and docs/ as pages that open from the disk: build-site/index.html
	@scripts/setup.sh --site
	@$(PYTHON) -m mkdocs build --strict
	@echo "pages: build-site/index.html"

lint:  ## check Python and JavaScript sources, and the formatting of C++; what that takes is put into .lint/ and report/node_modules/
	@scripts/lint.sh

datasets:  ## fetch the data
	@scripts/setup.sh --data
	@datasets/fetch_mnist.sh
	@datasets/fetch_multi30k.sh

test:  ## set up, build, fetch the data, pass the tests
	$(call build_targets,$(BUILD),$(TESTS_NEED),-DEIGENRNN_TESTS=ON,eigenrnn eigenrnn_library eigenrnn_tests)
	@datasets/fetch_mnist.sh
	@datasets/fetch_multi30k.sh
	@cd $(BUILD) && $(ONE_THREAD) ctest --output-on-failure -j $(JOBS)

SUITE ?= trixie
test-fresh:  ## the README's two commands in a new, minimal Debian of SUITE=trixie|bookworm; needs root
	@[ $$(id -u) != 0 ] || scripts/setup.sh --fresh
	@scripts/test_fresh.sh $(SUITE)

test-slurm:  ## test the launcher on a Slurm of its own on this machine, where Slurm is installed
	$(call build_program,--tables)
	@EIGENRNN=$(BUILD)/eigenrnn $(PYTHON) -B tests/slurm_test.py

test-faults:  ## a grid under faults (kills, a full disk, clocks that jump …): nothing may be lost
	$(call build_program)
	@EIGENRNN=$(BUILD)/eigenrnn $(PYTHON) -B tests/fault_test.py

test-sanitizers:  ## build with AddressSanitizer and UBSan in build-sanitized, pass the unit tests
	$(call build_targets,build-sanitized,$(TESTS_NEED),-DEIGENRNN_TESTS=ON -DEIGENRNN_SANITIZE=ON -DCMAKE_BUILD_TYPE=RelWithDebInfo,eigenrnn_tests)
	@datasets/fetch_mnist.sh
	@datasets/fetch_multi30k.sh
	@$(ONE_THREAD) ASAN_OPTIONS=detect_leaks=0 build-sanitized/tests/eigenrnn_tests --gtest_brief=1

# As long as nobody looks for something in particular, a minute each.
SECONDS ?= 60
fuzz:  ## feed the readers of files with broken ones, SECONDS=60 each, under sanitizers in build-fuzz
	@scripts/setup.sh --program --clang
	@CXX=clang++ scripts/configure.sh build-fuzz -DEIGENRNN_FUZZ=ON -DCMAKE_BUILD_TYPE=RelWithDebInfo
	@cmake --build build-fuzz
	@scripts/fuzz.sh build-fuzz $(SECONDS)

# PyTorch is of the version that the program is built against.
TORCH_PYTHON = $(firstword $(wildcard .torch/venv/bin/python3) $(PYTHON))

# One after the other; nothing else should run on the machine.
bench:  ## measure kernels, training steps (against PyTorch's, too) and many workers on one folder; writes docs/performance.md
	$(call build_targets,$(BUILD),--program --figures --bench --peer,-DEIGENRNN_BENCHMARKS=ON,\
	  kernels_bench step_bench translation_bench claims_bench)
	@rm -rf build/bench
	@$(BUILD)/benchmarks/kernels_bench
	@datasets/fetch_mnist.sh && $(ONE_THREAD) $(BUILD)/benchmarks/step_bench
	@$(ONE_THREAD) $(TORCH_PYTHON) benchmarks/pytorch_peer.py
	@if datasets/fetch_multi30k.sh; then $(ONE_THREAD) $(BUILD)/benchmarks/translation_bench; \
	 else echo "without Multi30k a step of translation is not measured"; fi
	@$(BUILD)/benchmarks/claims_bench
	@$(PYTHON) scripts/performance.py --add build/bench

clean:  ## remove what was built; results, data and the LibTorch of TORCH=… stay
	@rm -rf $(BUILD) report/dist report/node_modules
