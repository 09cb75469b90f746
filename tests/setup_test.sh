#!/usr/bin/env bash
# scripts/setup.sh and scripts/configure.sh: which LibTorch is taken, and when a build folder is made
# anew. With a torch and a cmake that are only make-believe.
# usage: setup_test.sh SOURCE
set -euo pipefail
source=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
unset CMAKE_PREFIX_PATH Torch_DIR TORCH CXX
fail() { echo "FAILED: $*" >&2; exit 1; }

project=$scratch/project
mkdir -p "$project/scripts" "$scratch/bin"
cp "$source"/scripts/{setup,configure}.sh "$project/scripts"
cd "$project"
# Nothing is installed.
printf '#!/bin/sh\nexit 1\n' | tee "$scratch/bin/apt-get" >"$scratch/bin/sudo"
chmod +x "$scratch"/bin/*
export PATH=$scratch/bin:$PATH

# Python's torch, in the making.
torch=$scratch/python/torch
export PYTHONPATH=$scratch/python
mkdir -p "$torch/share/cmake/Torch" "$torch/include/torch/csrc/api/include/torch" "$torch/lib"
prefix() { scripts/setup.sh --libtorch-prefix; }
touch "$torch/__init__.py"
[ -z "$(prefix)" ] || fail "a torch without headers is taken"
touch "$torch/include/torch/csrc/api/include/torch/torch.h"
cp "$(ldd "$(command -v bash)" | sed -n 's/.*=> \(\S*libc\.so\.6\) .*/\1/p')" "$torch/lib/libtorch.so"
[ "$(prefix)" = "$torch" ] || fail "a torch with headers and libraries is not taken"
echo 'set(TORCH_CXX_FLAGS "-D_GLIBCXX_USE_CXX11_ABI=0")' >"$torch/share/cmake/Torch/TorchConfig.cmake"
[ -z "$(prefix)" ] || fail "a torch of the old ABI is taken"
scripts/setup.sh --check --program >"$scratch/log" 2>&1 || true
grep -q "Python's torch is not used: it has the old C++ ABI" "$scratch/log" || fail "is silent on why: $(cat "$scratch/log")"
: >"$torch/share/cmake/Torch/TorchConfig.cmake"
[ -z "$(Torch_DIR=/elsewhere prefix)" ] || fail "the user's own LibTorch does not come first"
echo "__version__ = '2.1.0'" >"$torch/version.py"

# Choices are kept, and can be taken back.
TORCH=debian scripts/setup.sh --program >"$scratch/log" 2>&1 || true
[ -z "$(prefix)" ] || fail "TORCH=debian takes Python's"
TORCH=auto scripts/setup.sh --program >"$scratch/log" 2>&1 || true
[ "$(prefix)" = "$torch" ] || fail "TORCH=auto does not take the choice back"
if TORCH=two scripts/setup.sh --program >"$scratch/log" 2>&1; then fail "TORCH=two is taken"; fi
grep -q "TORCH is 'two', and must be" "$scratch/log" || fail "TORCH=two: $(cat "$scratch/log")"
[ ! -e .torch ] || [ ! -e .torch/choice ] || fail "what failed is kept as a choice"

# A cmake that counts its calls, and keeps the settings as the real one does.
cat >"$scratch/bin/cmake" <<'END'
#!/usr/bin/env bash
folder=$4
mkdir -p "$folder"
echo "$*" >>"$CALLS"
touch "$folder/CMakeCache.txt" "$folder/build.ninja"
grep -q CMAKE_HOME_DIRECTORY "$folder/CMakeCache.txt" || echo "CMAKE_HOME_DIRECTORY:INTERNAL=$PWD" >>"$folder/CMakeCache.txt"
for argument in "$@"; do
  case $argument in -D*)
    setting=${argument#-D}
    sed -i "/^${setting%%=*}:/d" "$folder/CMakeCache.txt"
    echo "${setting%%=*}:BOOL=${setting#*=}" >>"$folder/CMakeCache.txt" ;;
  esac
done
END
chmod +x "$scratch/bin/cmake"
export CALLS=$scratch/calls
# configured N ARGUMENT…: does configure.sh call cmake so many times more?
configured() {
  local expected=$1
  shift
  : >"$CALLS"
  scripts/configure.sh build "$@" >"$scratch/log" 2>&1 || fail "configure $*: $(cat "$scratch/log")"
  [ "$(wc -l <"$CALLS")" = "$expected" ] || fail "configure $*: $(wc -l <"$CALLS") calls of cmake, not $expected"
}
configured 1 -DA=ON
grep -q -- "-DCMAKE_PREFIX_PATH=$torch " "$CALLS" || fail "LibTorch is not handed to cmake: $(cat "$CALLS")"
configured 0
configured 0 -DA=ON
configured 1 -DA=OFF
configured 1 -DA=OFF -DB=x.y
configured 0 -DA=OFF -DB=x.y
configured 1 -DB=xzy
touch build/object
configured 0
[ -e build/object ] || fail "a folder that is right is made anew"
echo "__version__ = '2.2.0'" >"$torch/version.py"
configured 1
[ ! -e build/object ] || fail "another LibTorch keeps the objects of the old one"
touch build/object
PYTHONPATH= configured 1
PYTHONPATH= configured 0
CXX=clang++ configured 1
[ ! -e build/object ] || fail "another compiler keeps the objects of the old one"

# The tree is moved with its build folder, which names the old place.
touch build/object
mv "$project" "$scratch/moved"
cd "$scratch/moved"
configured 1
[ ! -e build/object ] || fail "the build folder of another source folder is kept"
grep -q "made for the source folder $project" "$scratch/log" || fail "is silent on that: $(cat "$scratch/log")"
grep -qx "CMAKE_HOME_DIRECTORY:INTERNAL=$PWD" build/CMakeCache.txt || fail "the old source folder is kept"
echo "passed: setup"
