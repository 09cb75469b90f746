#!/bin/bash
# Does what docs/adding_an_initializer.md says, to a copy of the tree: the file from the document,
# the line in the manifest, the commands. All that the original build has compiled is taken from
# there, so the build must be up to date.
# usage: adding_an_initializer_test.sh SOURCE BUILD [CMAKE ARGUMENT…]
set -euo pipefail
source=$1 build=$2
shift 2
scratch=$build/adding_an_initializer
document=$source/docs/adding_an_initializer.md
tests=$(dirname "$(realpath "$0")")

fail() { echo "FAILED: $*" >&2; exit 1; }
# code_block LANGUAGE N: the Nth block of that language in the document
code_block() {
  awk -v fence="\`\`\`$1" -v wanted="$2" '
    $0 == fence { seen++; inside = seen == wanted; next }
    /^```/ { inside = 0 }
    inside' "$document"
}

rm -rf "$scratch"
mkdir -p "$scratch"
trap 'rm -rf "$scratch"' EXIT
cp -a "$source"/{CMakeLists.txt,cmake,src,experiments} "$scratch"
(cd "$source" && cp --parents datasets/*.sha256 "$scratch")
cd "$scratch"

export EIGENRNN_ORIGINAL_BUILD=$build
cmake -S . -B build -DEIGENRNN_TESTS=OFF -DCMAKE_CXX_COMPILER_LAUNCHER="$tests/reuse_objects.sh" \
  "$@" >configure.log || { cat configure.log; fail "the copy does not configure"; }
cmake --build build >build.log || { cat build.log; fail "the copy does not build"; }
build/eigenrnn list initializers >list.txt
file=$(grep -om1 'src/initializers/[a-z_]*\.cpp' "$document")
name=$(basename "$file" .cpp)
! grep -q "^$name " list.txt || fail "'$name' was there before"

# Step 1: the file. The build finds it, and no other file has to change.
code_block cpp 1 >"$file"
# Step 4: the line in the manifest
sed -i "/^initializers:/r "<(code_block yaml 1) experiments/include/common.yaml

run_commands() {
  local command
  while read -r command; do
    echo "\$ $command"
    bash -c "$command" >output.txt 2>&1 || { cat output.txt; fail "the document's '$command'"; }
    cat output.txt >>all_output.txt
  done
}
run_commands < <(code_block sh 1)                     # step 2
run_commands < <(code_block sh 2 | grep -e --dry-run)  # step 4, without the training

grep -q "^$name " all_output.txt || fail "'eigenrnn list initializers' does not name '$name'"
[ "$(grep -c '^gate [ifgo]: spectral radius' all_output.txt)" = 4 ] ||
  fail "'eigenrnn spectrum' does not show the four gates of an LSTM"
grep -q "\"initializer\": \"$name\"" all_output.txt || fail "'eigenrnn spectrum --json' does not name it"
echo "passed: $name"
