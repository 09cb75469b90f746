# `make help` lists the targets.

PROFILE ?= cpu
JOBS    ?= $(shell nproc)
DEVICE  ?= auto
ONLY    ?=
RESULTS ?= results
SAMPLE  ?= 5
# `slurm` submits the grid to a cluster (docs/cluster.md), with these words for sbatch and so many tasks.
LAUNCHER   ?= local
SLURM_ARGS ?=
TASKS      ?=

# With a precompiled header, ccache needs to be told that time stamps do not matter.
export CCACHE_SLOPPINESS ?= pch_defines,time_macros

BUILD    := build
EIGENRNN := $(BUILD)/eigenrnn
PYTHON   := $(shell command -v /usr/bin/python3 || command -v python3)
RUN_FLAGS = --profile $(PROFILE) --device $(DEVICE) --results $(RESULTS) $(if $(ONLY),--only "$(ONLY)")
JOBS_FLAG = --jobs $(JOBS)
# The shell takes SLURM_ARGS apart, as it stands there with its quotes: "$@" are then the words for sbatch.
slurm_words = set --; for word in $(SLURM_ARGS); do set -- "$$@" "--sbatch-arg=$$word"; done
# On a cluster the profile says how many workers a task has, unless JOBS is given.
SLURM_FLAGS = --launcher slurm "$$@" \
              $(if $(TASKS),--tasks $(TASKS)) $(if $(filter file,$(origin JOBS)),,$(JOBS_FLAG))

.DEFAULT_GOAL := help
.PHONY: help setup build reproduce-all reproduce-tomita reproduce-pixel-mnist reproduce-multi30k \
        reproduce-eigen-variants reproduce-dynamics learning-rates figures tables check-tables verify report \
        test-report datasets test test-slurm test-faults test-sanitizers fuzz bench clean

help:  ## this list
	@echo "usage: make TARGET [PROFILE=quick|cpu|paper] [JOBS=N] [DEVICE=auto|cpu|cuda] [ONLY=init=eigen,cell=lstm]"
	@echo "  on a cluster: make reproduce-all LAUNCHER=slurm [SLURM_ARGS=\"--partition=long --time=60\"] [TASKS=N]"
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 26

setup:
	@scripts/setup.sh

# Configures a build folder; further -D may follow. Half of compiling a file is loading LibTorch's
# headers, so several files go together; with UNITY=OFF a change compiles just the files it touches.
UNITY ?= ON
define configure
cmake -S . -B $(1) -G Ninja -DCMAKE_PREFIX_PATH="$$(scripts/setup.sh --libtorch-prefix)" \
  -DCMAKE_UNITY_BUILD=$(UNITY) -DCMAKE_UNITY_BUILD_BATCH_SIZE=12 \
  $$(command -v ccache >/dev/null && echo -DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
endef

$(BUILD)/build.ninja: | setup
	@$(call configure,$(BUILD))

build: $(BUILD)/build.ninja
	@cmake --build $(BUILD)

# Runs one or more manifests, then collates what there is, and keeps the exit code of the runs:
# a table with holes is still worth seeing, and says that it has them.
define reproduce
	@if [ $(LAUNCHER) = slurm ]; then $(slurm_words); exec $(EIGENRNN) run $(1) $(RUN_FLAGS) $(SLURM_FLAGS); fi; \
	 $(EIGENRNN) run $(1) $(RUN_FLAGS) $(JOBS_FLAG); code=$$?; \
	 if [ $$code -eq 2 ] || [ $$code -eq 130 ]; then exit $$code; fi; \
	 $(PYTHON) scripts/collate.py $(RESULTS)/$(PROFILE) || exit $$?; \
	 $(PYTHON) scripts/statistics_report.py $(RESULTS)/$(PROFILE) || exit $$?; exit $$code
endef

# At the cpu size images are shrunk, and one cell reads whole ones too; at the paper size all do.
PIXEL_MNIST := pixel_mnist $(if $(filter cpu,$(PROFILE)),pixel_mnist_784)

reproduce-all: build  ## every table: sets up, builds, fetches data, trains the grid, writes the tables
	@datasets/fetch_mnist.sh || echo "going on without MNIST"
	@datasets/fetch_multi30k.sh || echo "going on without Multi30k"
	$(call reproduce,$(foreach task,tomita $(PIXEL_MNIST) multi30k,experiments/$(task).yaml))

reproduce-tomita: build  ## the table of the Tomita grammars
	$(call reproduce,experiments/tomita.yaml)

reproduce-pixel-mnist: build  ## the tables of pixel-by-pixel MNIST
	@datasets/fetch_mnist.sh
	$(call reproduce,$(foreach task,$(PIXEL_MNIST),experiments/$(task).yaml))

reproduce-multi30k: build  ## the table of Multi30k, German to English
	@datasets/fetch_multi30k.sh
	$(call reproduce,experiments/multi30k.yaml)

# The same few learning rates for every initializer, chosen by validation results on seeds of their own.
# What is written is for the profile that was searched; the manifests include that of cpu.
SEARCHES := tomita pixel_mnist multi30k
learning-rates: build  ## search the learning rates of every cell and initializer, and write the choice
	@datasets/fetch_mnist.sh
	@datasets/fetch_multi30k.sh
	$(call reproduce,$(SEARCHES:%=experiments/learning_rates_%.yaml))
	@[ $(LAUNCHER) = slurm ] || for task in $(SEARCHES); do \
	  $(PYTHON) scripts/choose_learning_rates.py $(RESULTS)/$(PROFILE)/learning_rates_$$task \
	    --write experiments/include/learning_rates_$${task}_$(PROFILE).yaml || exit $$?; done

# Tables of the variants, then their ranking by validation results, which chose eigen's default.
VARIANTS := eigen_ablation_tomita eigen_ablation_mnist
define rank_variants
$(PYTHON) scripts/rank_initializers.py $(1) $(VARIANTS) --choose eigen \
  --name eigen_variants --title "Variants of the eigen initializer, ranked by validation results"
endef
reproduce-eigen-variants: build  ## variants of the eigen initializer compared, and ranked on validation
	@datasets/fetch_mnist.sh
	$(call reproduce,$(VARIANTS:%=experiments/%.yaml))
	@[ $(LAUNCHER) = slurm ] || $(call rank_variants,$(RESULTS)/$(PROFILE))

DYNAMICS := $(foreach task,adding mackey_glass tomita pixel_mnist,experiments/dynamics_$(task).yaml)

# Analyses and draws also after runs that failed, and keeps the first exit code that is not 0.
reproduce-dynamics: build  ## the dynamics: trains, writes tables, analyses every network, draws the figures
	@datasets/fetch_mnist.sh || echo "going on without MNIST"
	@if [ $(LAUNCHER) = slurm ]; then $(slurm_words); $(EIGENRNN) run $(DYNAMICS) $(RUN_FLAGS) $(SLURM_FLAGS) && \
	   echo "when they have ended, the same without LAUNCHER=slurm analyses the networks and draws"; exit; fi; \
	 $(EIGENRNN) run $(DYNAMICS) $(RUN_FLAGS) $(JOBS_FLAG); code=$$?; \
	 if [ $$code -eq 2 ] || [ $$code -eq 130 ]; then exit $$code; fi; \
	 $(PYTHON) scripts/collate.py $(RESULTS)/$(PROFILE) || code=$$?; \
	 $(PYTHON) scripts/analyze_grid.py $(RESULTS)/$(PROFILE) --eigenrnn $(EIGENRNN) --jobs $(JOBS) || code=$$?; \
	 $(PYTHON) scripts/figures.py $(RESULTS)/$(PROFILE) --jobs $(JOBS) || code=$$?; exit $$code

figures:  ## draw the figures of the dynamics from what is there into results/PROFILE/figures
	@$(PYTHON) scripts/figures.py $(RESULTS)/$(PROFILE) --jobs $(JOBS)

tables:  ## collate the results that are there into results/PROFILE/tables, and say what they mean
	@$(PYTHON) scripts/collate.py $(RESULTS)/$(PROFILE)
	@$(PYTHON) scripts/statistics_report.py $(RESULTS)/$(PROFILE)
	@if [ -d $(RESULTS)/$(PROFILE)/$(firstword $(VARIANTS)) ]; then $(call rank_variants,$(RESULTS)/$(PROFILE)); fi

check-tables:  ## does every committed table, choice and verdict follow from the committed results?
	@$(PYTHON) scripts/collate.py --check results/cpu results/paper
	@$(PYTHON) scripts/statistics_report.py --check results/cpu --readme README.md
	@$(call rank_variants,results/cpu) --check
	@for task in $(SEARCHES); do \
	  $(PYTHON) scripts/choose_learning_rates.py results/cpu/learning_rates_$$task --check \
	    --write experiments/include/learning_rates_$${task}_cpu.yaml || exit $$?; done

verify: build  ## repeat SAMPLE=5 of the recorded runs of PROFILE, chosen at random, and compare
	@$(EIGENRNN) verify $(RESULTS)/$(PROFILE) --sample $(SAMPLE) --jobs $(JOBS) $(if $(ONLY),--only "$(ONLY)")

# The page's program. Only its own sources and npm's lock file decide what is in it.
report/node_modules/.package-lock.json: report/package-lock.json | setup
	@cd report && npm ci --silent

report/dist/app.js: report/node_modules/.package-lock.json report/build.mjs $(wildcard report/src/*)
	@cd report && npm run --silent build

report: report/dist/app.js  ## results/PROFILE/report/index.html: everything to look at, without a server
	@$(PYTHON) scripts/report_page.py $(RESULTS)/$(PROFILE)

test-report: report/dist/app.js  ## test the page in headless Chromium
	@scripts/setup.sh --report
	@$(PYTHON) -B tests/report_test.py

datasets: setup  ## fetch the data
	@datasets/fetch_mnist.sh
	@datasets/fetch_multi30k.sh

test: build  ## set up, build, fetch the data, pass the tests
	@datasets/fetch_mnist.sh
	@datasets/fetch_multi30k.sh
	@cd $(BUILD) && OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 ctest --output-on-failure -j $(JOBS)

test-slurm: build  ## test the launcher on a Slurm of its own on this machine, where Slurm is installed
	@EIGENRNN=$(BUILD)/eigenrnn $(PYTHON) -B tests/slurm_test.py

test-faults: build  ## a grid under faults (kills, a full disk, clocks that jump …): nothing may be lost
	@EIGENRNN=$(BUILD)/eigenrnn $(PYTHON) -B tests/fault_test.py

test-sanitizers: setup  ## build with AddressSanitizer and UBSan in build-sanitized, pass the unit tests
	@datasets/fetch_mnist.sh
	@datasets/fetch_multi30k.sh
	@$(call configure,build-sanitized) -DEIGENRNN_SANITIZE=ON -DCMAKE_BUILD_TYPE=RelWithDebInfo
	@cmake --build build-sanitized --target eigenrnn_tests
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 ASAN_OPTIONS=detect_leaks=0 build-sanitized/tests/eigenrnn_tests --gtest_brief=1

# As long as nobody looks for something in particular, a minute each.
SECONDS ?= 60
fuzz:  ## feed the readers of files with broken ones, SECONDS=60 each, under sanitizers in build-fuzz
	@scripts/setup.sh --fuzz
	@$(call configure,build-fuzz) -DEIGENRNN_FUZZ=ON -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_BUILD_TYPE=RelWithDebInfo
	@cmake --build build-fuzz
	@scripts/fuzz.sh build-fuzz $(SECONDS)

bench: setup  ## measure the sequence kernels, a step of translation, and many workers on one folder
	@datasets/fetch_multi30k.sh
	@$(call configure,$(BUILD)) -DEIGENRNN_BENCHMARKS=ON
	@cmake --build $(BUILD) --target kernels_bench translation_bench claims_bench
	@$(BUILD)/benchmarks/kernels_bench
	@OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 $(BUILD)/benchmarks/translation_bench
	@$(BUILD)/benchmarks/claims_bench

clean:  ## remove what was built; results and data stay
	@rm -rf $(BUILD) report/dist report/node_modules
