# For the tests that do what a document says, to a copy of the tree: sourced with $source, $build,
# $document and $scratch set. All that the original build has compiled is taken from there, so it
# must be up to date.
tests=$(dirname "$(realpath "${BASH_SOURCE[0]}")")

fail() { echo "FAILED: $*" >&2; exit 1; }
# code_block LANGUAGE N: the Nth block of that language in the document
code_block() {
  awk -v fence="\`\`\`$1" -v wanted="$2" '
    $0 == fence { seen++; inside = seen == wanted; next }
    /^```/ { inside = 0 }
    inside' "$document"
}

# copy_and_build FOLDER… -- CMAKE-ARGUMENT…: the copy in $scratch, where the test goes on
copy_and_build() {
  rm -rf "$scratch"
  mkdir -p "$scratch"
  trap 'rm -rf "$scratch"' EXIT
  while [ "$1" != -- ]; do cp -a "$source/$1" "$scratch"; shift; done
  shift
  (cd "$source" && cp --parents datasets/*.sha256 "$scratch")
  cd "$scratch"
  export EIGENRNN_ORIGINAL_BUILD=$build
  cmake -S . -B build -DCMAKE_CXX_COMPILER_LAUNCHER="$tests/reuse_objects.sh" "$@" >configure.log ||
    { cat configure.log; fail "the copy does not configure"; }
  cmake --build build >build.log || { cat build.log; fail "the copy does not build"; }
}

# The commands that come in, one a line; what they print goes to all_output.txt
run_commands() {
  local command
  while read -r command; do
    echo "\$ $command"
    bash -c "$command" >output.txt 2>&1 || { cat output.txt; fail "the document's '$command'"; }
    cat output.txt >>all_output.txt
  done
}
