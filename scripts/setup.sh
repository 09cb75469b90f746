#!/usr/bin/env bash
# Installs what eigenrnn needs on Debian and its relatives: the one list of packages.
# Called by `make`; does nothing, quickly, where all is there.
#   scripts/setup.sh           install what is missing (as root, or through sudo without a password)
#   scripts/setup.sh --check   only say what is missing; exit 1 if anything is
#   scripts/setup.sh --report  also what the tests of the page need: a browser
#   scripts/setup.sh --fuzz    also what fuzzing needs: clang with libFuzzer
#   scripts/setup.sh --slurm   also what the tests on a cluster need: Slurm, to run it on this machine
#   scripts/setup.sh --faults  also what the test of faults needs: Slurm, and a clock that can be shifted
#   scripts/setup.sh --libtorch-prefix   print where CMake finds LibTorch ("" for the system's)
set -euo pipefail

packages=(
  build-essential cmake ninja-build git   # to build
  libyaml-cpp-dev                         # manifests
  libspdlog-dev libfmt-dev nlohmann-json3-dev libcli11-dev libssl-dev
  libicu-dev zlib1g-dev                   # sentences: to cut into words, and to unpack
  libopenblas-dev                         # matrix products
  libgtest-dev libgmock-dev               # tests
  libdnnl-dev                             # a point of comparison in `make bench`
  python3 python3-jsonschema              # tables, and the check of results against their schema
  python3-matplotlib                      # figures
  python3-scipy                           # what the tables mean
  python3-nltk                            # its BLEU is what ours must equal
  curl ca-certificates gzip               # data
)
# A program that may be there from elsewhere, and the package that has it otherwise.
programs=(npm:npm)

if [ "${1:-}" = --report ]; then
  packages+=(chromium chromium-driver python3-selenium)
elif [ "${1:-}" = --fuzz ]; then
  packages+=(clang libclang-rt-dev llvm)  # llvm: names in the stacks of findings
elif [ "${1:-}" = --slurm ]; then
  packages+=(slurm-wlm munge)
elif [ "${1:-}" = --faults ]; then
  packages+=(slurm-wlm munge faketime)
fi

# A LibTorch of the user's own comes first: CMAKE_PREFIX_PATH or Torch_DIR, then Python's torch.
libtorch_prefix() {
  if [ -n "${CMAKE_PREFIX_PATH:-}${Torch_DIR:-}" ]; then
    return 0  # CMake reads both from the environment
  fi
  # find_spec is quick where there is no torch; importing it takes seconds where there is.
  python3 -c 'import importlib.util as u, os; s = u.find_spec("torch")
if s: print(os.path.join(os.path.dirname(s.origin), "share", "cmake"))' 2>/dev/null || true
}

if [ "${1:-}" = --libtorch-prefix ]; then
  libtorch_prefix
  exit 0
fi

if [ -z "${CMAKE_PREFIX_PATH:-}${Torch_DIR:-}$(libtorch_prefix)" ]; then
  packages+=(libtorch-dev)
fi
for entry in "${programs[@]}"; do
  command -v "${entry%%:*}" >/dev/null || packages+=("${entry#*:}")
done

if ! command -v dpkg-query >/dev/null; then
  echo "setup: this is not Debian, so nothing is installed. Needed, under Debian's names: ${packages[*]}" >&2
  exit 0
fi
installed=" $(dpkg-query -W -f '${db:Status-Abbrev}${Package} ' 2>/dev/null | sed 's/\bii *//g') "
missing=()
for package in "${packages[@]}"; do
  case "$installed" in *" $package "*) ;; *) missing+=("$package") ;; esac
done
[ ${#missing[@]} -gt 0 ] || exit 0

install="apt-get install -y --no-install-recommends ${missing[*]}"
if [ "${1:-}" = --check ]; then
  echo "setup: missing: ${missing[*]}" >&2
  exit 1
elif [ "$(id -u)" = 0 ]; then
  as_root=()
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
  as_root=(sudo -n)
else
  echo "setup: some packages are missing, and only root may install them. Run this once:" >&2
  echo "  sudo apt-get update && sudo $install" >&2
  exit 1
fi
echo "setup: installing ${missing[*]}"
"${as_root[@]}" apt-get -qq update
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive $install >/tmp/eigenrnn-setup.$$.log 2>&1 || {
  cat /tmp/eigenrnn-setup.$$.log >&2
  echo "setup: the installation failed; see above" >&2
  exit 1
}
rm -f /tmp/eigenrnn-setup.$$.log
