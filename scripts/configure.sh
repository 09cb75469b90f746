#!/usr/bin/env bash
# Makes a build folder, or brings its settings up to date; does nothing, quickly, where they are right.
#   scripts/configure.sh FOLDER [-DNAME=VALUE…]
# A setting that is not given stays as the folder has it. A folder made for another source folder (the
# tree was moved or copied), another LibTorch or another compiler (CXX) is made anew.
set -euo pipefail
folder=${1:?usage: scripts/configure.sh FOLDER [-DNAME=VALUE…]}
shift
cd "$(dirname "$0")/.."
cache=$folder/CMakeCache.txt

prefix=$(scripts/setup.sh --libtorch-prefix)
version=$(sed -n 's/^__version__ = //p' "$prefix/version.py" 2>/dev/null || true)
made_for="source $(pwd -P)
libtorch ${prefix:-of the system} $version
environment ${CMAKE_PREFIX_PATH:-} ${Torch_DIR:-} ${CXX:-}"

# Has the folder this -DNAME=VALUE?
has() {
  local setting=${1#-D}
  grep -qxE -- "${setting%%=*}:[A-Z]+=$(printf '%s' "${setting#*=}" | sed 's/[][\\.*^$+?(){}|]/\\&/g')" "$cache"
}

if [ -f "$cache" ]; then
  source=$(sed -n 's/^CMAKE_HOME_DIRECTORY:INTERNAL=//p' "$cache")
  if [ "$source" != "$(pwd -P)" ]; then
    echo "configure: $folder was made for the source folder $source, and is made anew"
    rm -rf "$folder"
  elif [ -f "$folder/made_for" ] && [ "$(cat "$folder/made_for")" != "$made_for" ]; then
    echo "configure: $folder was made for another LibTorch or compiler, and is made anew"
    rm -rf "$folder"
  fi
fi

settings=("$@")
if [ -f "$cache" ] && [ -f "$folder/made_for" ] && [ -f "$folder/build.ninja" ]; then
  settings=()
  for setting in "$@"; do
    has "$setting" || settings+=("$setting")
  done
  [ ${#settings[@]} -gt 0 ] || exit 0
elif [ ! -f "$cache" ]; then
  # Half of compiling a file is loading LibTorch's headers, so several files go together; with
  # -DCMAKE_UNITY_BUILD=OFF a change compiles just the files that it touches.
  settings=(-G Ninja -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=12 "-DCMAKE_PREFIX_PATH=$prefix" "$@")
  if command -v ccache >/dev/null; then settings+=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache); fi
fi
rm -f "$folder/made_for"
cmake -S . -B "$folder" "${settings[@]}"
echo "$made_for" >"$folder/made_for"
