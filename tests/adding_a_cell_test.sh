#!/bin/bash
# Does what docs/adding_a_cell.md says, to a copy of the tree: the file and the manifest from the
# document, the commands, among them the contract that every cell keeps and a small grid.
# usage: adding_a_cell_test.sh SOURCE BUILD [CMAKE ARGUMENT…]
set -euo pipefail
source=$1 build=$2
shift 2
scratch=$build/adding_a_cell
document=$source/docs/adding_a_cell.md
. "$(dirname "$(realpath "$0")")/adding_fixture.sh"

copy_and_build CMakeLists.txt cmake src tests experiments -- -DEIGENRNN_TESTS=ON "$@"
file=$(grep -om1 'src/cells/[a-z_]*\.cpp' "$document")
name=$(basename "$file" .cpp)
manifest=$(grep -om1 'experiments/[a-z_]*\.yaml' "$document")
build/eigenrnn list cells >list.txt
! grep -q "^$name " list.txt || fail "'$name' was there before"

code_block cpp 1 >"$file"        # step 1
run_commands < <(code_block sh 1)  # step 2
code_block yaml 1 >"$manifest"   # step 3
run_commands < <(code_block sh 2)

touched=$(for folder in src tests experiments; do diff -rq "$source/$folder" "$folder" || true; done)
[ "$(wc -l <<<"$touched")" -le 2 ] || fail "more than two files are touched: $touched"
grep -q "^$name " all_output.txt || fail "'eigenrnn list cells' does not name '$name'"
grep -q "\[  PASSED  \]" all_output.txt || fail "no contract was run"
grep -q "CellContract.TheJacobianIsThatOfTheStep/$name " all_output.txt ||
  fail "the contract was not run over '$name'"
results=$(grep -l "\"cell\": \"$name\"" results/quick/"$name"/????????????????.json)
[ "$(wc -w <<<"$results")" = 2 ] || fail "the grid has not two results of '$name': $results"
! grep -L '"status": "finished"' $results | grep . || fail "a run did not finish"
echo "passed: $name, $(wc -l <<<"$touched") files touched"
