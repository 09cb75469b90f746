#!/usr/bin/env bash
# Runs the fuzzers of a build (`make fuzz` makes one), each for a while, on a copy of its seeds.
#   scripts/fuzz.sh BUILD SECONDS [NAME…]   NAME: manifest, idx, …; all without any
# Prints a line for each. Exit code 1 if one found a crash, a hang, a leak or memory without bounds;
# the input is then kept in BUILD/findings/, and the command that repeats it is printed.
set -euo pipefail
build=$(realpath "${1:?usage: scripts/fuzz.sh BUILD SECONDS [NAME…]}")
seconds=${2:?usage: scripts/fuzz.sh BUILD SECONDS [NAME…]}
shift 2
source=$(cd "$(dirname "$0")/.." && pwd)
[[ $seconds =~ ^[1-9][0-9]*$ ]] || { echo "fuzz: SECONDS is '$seconds', and must be an integer of at least 1" >&2; exit 2; }
names=("$@")
if [ ${#names[@]} -eq 0 ]; then
  for fuzzer in "$source"/fuzz/*_fuzzer.cpp; do names+=("$(basename "$fuzzer" _fuzzer.cpp)"); done
fi

# In memory where there is such a folder: an execution writes a file. The fuzzers run in it, so that
# what an input names is not there.
scratch=$(TMPDIR=$([ -d /dev/shm ] && echo /dev/shm || echo "${TMPDIR:-/tmp}") mktemp -d -t eigenrnn-fuzz-XXXXXX)
trap 'rm -rf "$scratch"' EXIT
findings=$build/findings
mkdir -p "$findings"

export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 TMPDIR=$scratch UBSAN_OPTIONS=print_stacktrace=1
symbolizer=$(command -v llvm-symbolizer || command -v llvm-symbolizer-14 || true)
[ -z "$symbolizer" ] || export ASAN_SYMBOLIZER_PATH=$symbolizer
limits=(-timeout=5 -rss_limit_mb=2048 -max_len=4096)

dictionary_of() {
  case $1 in
    manifest) echo "$source/fuzz/manifest.dict" ;;
    lease | result | safetensors) echo "$source/fuzz/json.dict" ;;
  esac
}

# What the log says last of a number such as cov or exec/s.
last() { grep -oE "$1: +[0-9]+" "$log" | tail -n 1 | grep -oE '[0-9]+$' || echo 0; }

failed=0
printf '%-10s %12s %8s %9s  %s\n' fuzzer executions exec/s coverage verdict
for name in "${names[@]}"; do
  fuzzer=$build/fuzz/${name}_fuzzer
  [ -x "$fuzzer" ] || { echo "fuzz: there is no $fuzzer; the names are those of fuzz/*_fuzzer.cpp" >&2; exit 2; }
  corpus=$scratch/$name log=$findings/$name.log
  cp -r "$source/fuzz/seeds/$name" "$corpus"
  more=()
  [ "$name" != manifest ] || more+=("$source/experiments")
  dictionary=$(dictionary_of "$name")
  verdict=passed
  (cd "$scratch" && exec "$fuzzer" "${limits[@]}" ${dictionary:+-dict="$dictionary"} -max_total_time="$seconds" \
    -print_final_stats=1 -artifact_prefix="$findings/$name-" "$corpus" "${more[@]}") >"$log" 2>&1 || verdict=FAILED
  printf '%-10s %12s %8s %9s  %s\n' "$name" "$(last stat::number_of_executed_units)" \
    "$(last stat::average_exec_per_sec)" "$(last cov)" "$verdict"
  [ $verdict = FAILED ] || continue
  failed=1
  { grep -E 'ERROR:|runtime error|terminate called|what\(\)|SUMMARY' "$log" || tail -n 5 "$log"; } | sed 's/^/  /'
  input=$(grep -oE "Test unit written to .*" "$log" | tail -n 1 | sed 's/Test unit written to //')
  echo "  the whole of what it said: $log"
  [ -z "$input" ] || echo "  again: $fuzzer ${limits[*]} $input"
done
exit $failed
