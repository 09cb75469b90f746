#!/bin/bash
# Does what docs/adding_an_initializer.md says, to a copy of the tree: the file from the document,
# the line in the manifest, the commands.
# usage: adding_an_initializer_test.sh SOURCE BUILD [CMAKE ARGUMENT…]
set -euo pipefail
source=$1 build=$2
shift 2
scratch=$build/adding_an_initializer
document=$source/docs/adding_an_initializer.md
. "$(dirname "$(realpath "$0")")/adding_fixture.sh"

copy_and_build CMakeLists.txt cmake src experiments -- -DEIGENRNN_TESTS=OFF "$@"
build/eigenrnn list initializers >list.txt
file=$(grep -om1 'src/initializers/[a-z_]*\.cpp' "$document")
name=$(basename "$file" .cpp)
! grep -q "^$name " list.txt || fail "'$name' was there before"

# Step 1: the file. The build finds it, and no other file has to change.
code_block cpp 1 >"$file"
# Step 4: the line in the manifest
sed -i "/^initializers:/r "<(code_block yaml 1) experiments/include/common.yaml

run_commands < <(code_block sh 1)                     # step 2
run_commands < <(code_block sh 2 | grep -e --dry-run)  # step 4, without the training

grep -q "^$name " all_output.txt || fail "'eigenrnn list initializers' does not name '$name'"
[ "$(grep -c '^gate [ifgo]: spectral radius' all_output.txt)" = 4 ] ||
  fail "'eigenrnn spectrum' does not show the four gates of an LSTM"
grep -q "\"initializer\": \"$name\"" all_output.txt || fail "'eigenrnn spectrum --json' does not name it"
echo "passed: $name"
