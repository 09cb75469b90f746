#!/usr/bin/env bash
# Proves within ten minutes that this program trains right, and how fast, on the GPU that is there:
#   scripts/gpu_check.sh [--build FOLDER] [--out FOLDER] [STEP…]
# FOLDER has the program, its tests and gpu_bench, built against a LibTorch with CUDA (build/ by
# default; they may lie side by side). Each step has a limit of its own, and a failure does not keep
# the next from being tried. At the end stand a table, and FOLDER/gpu_check.json with all of it.
# Where there is no GPU it runs what runs without one, and says what is left out.
set -uo pipefail
cd "$(dirname "$0")/.."
build=build out=gpu_check steps=()
while [ $# -gt 0 ]; do
  case $1 in
    --build) build=$2; shift 2 ;;
    --out) out=$2; shift 2 ;;
    --help) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 0 ;;
    -*) echo "gpu_check: unknown option '$1'; see --help" >&2; exit 2 ;;
    *) steps+=("$1"); shift ;;
  esac
done
[ ${#steps[@]} -gt 0 ] || steps=(facts tests bench small_grid same_bits speed sanitizer)
mkdir -p "$out"
torch_lib=$(python3 -c 'import os, torch; print(os.path.join(torch.__path__[0], "lib"))' 2>/dev/null || true)
export LD_LIBRARY_PATH="$build/lib${torch_lib:+:$torch_lib}${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
find_program() { for path in "$build/$1" "$build/tests/$1" "$build/benchmarks/$1"; do [ -x "$path" ] && echo "$path" && return; done; }
eigenrnn=$(find_program eigenrnn) tests=$(find_program eigenrnn_tests) bench=$(find_program gpu_bench)
gpu=$(nvidia-smi --query-gpu=name --format=csv,noheader 2>/dev/null | head -1)
device=cpu; [ -n "$gpu" ] && device=cuda
results=$out/results
grid() { "$eigenrnn" run "$@" --results "$results" --device "$device"; }

facts() { [ "$device" = cuda ] || return 77; nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv; env -u OMP_NUM_THREADS nproc; python3 -c 'import torch; print(torch.__version__)'; }
tests() { "$tests" --gtest_filter='BlockKernels*:Fused*:Trainer*:Checkpoint*' --gtest_brief=1; }
bench() { [ "$device" = cuda ] || return 77; "$bench" 9 | tee "$out/gpu_bench.jsonl"; }
# Every cell and initializer, several workers on one GPU.
small_grid() { grid experiments/tomita.yaml --profile quick --only condition=5,seed=1 --jobs 8 && ! grep -i warn "$results/runner.log"; }
same_bits() { "$eigenrnn" verify "$results/quick" --sample 4 --compare bits; }
# Eight runs at the published size, 200 steps each, by 1, 4 and 8 workers, which take turns or share.
speed() {
  [ "$device" = cuda ] || return 77
  local jobs way begin
  for way in in_turns mps; do
    if [ $way = mps ]; then
      command -v nvidia-cuda-mps-control >/dev/null || continue
      export CUDA_MPS_PIPE_DIRECTORY=$out/mps CUDA_MPS_LOG_DIRECTORY=$out/mps
      mkdir -p "$out/mps" && nvidia-cuda-mps-control -d || continue
    fi
    for jobs in 1 4 8; do
      [ $way.$jobs = mps.1 ] && continue
      rm -rf "$out/speed"
      begin=$(date +%s.%N)
      "$eigenrnn" run benchmarks/gpu_speed.yaml --profile paper --results "$out/speed" --device cuda --jobs $jobs >"$out/speed.txt" 2>&1 || { tail -5 "$out/speed.txt"; continue; }
      python3 - "$out/speed" $way $jobs $begin <<'PY'
import glob, json, sys, time
runs = [json.load(open(path)) for path in glob.glob(sys.argv[1] + "/paper/gpu_speed/*.json") if "table" not in path]
seconds = sorted(run["timing"]["training_seconds"] for run in runs)
wall = time.time() - float(sys.argv[4])
print(json.dumps({"way": sys.argv[2], "workers": int(sys.argv[3]), "runs": len(runs), "wall_seconds": round(wall, 1),
                  "ms_per_step_of_a_run": round(1000 * seconds[len(seconds) // 2] / 200, 2), "steps_per_second_in_all": round(200 * len(runs) / wall, 1)}))
PY
    done
    [ $way = mps ] && echo quit | nvidia-cuda-mps-control
  done
  rm -rf "$out/speed" "$out/mps"
}
sanitizer() {
  command -v compute-sanitizer >/dev/null || return 77
  local tool
  for tool in memcheck racecheck; do
    compute-sanitizer --tool $tool --error-exitcode 9 "$tests" --gtest_filter='BlockKernelsOnGpu.GiveTheSameBits*' --gtest_brief=1 || return 1
  done
}

declare -A limits=([facts]=20 [tests]=150 [bench]=90 [small_grid]=90 [same_bits]=60 [speed]=150 [sanitizer]=120)
rows=() failed=0
export -f facts tests bench small_grid same_bits speed sanitizer grid
export eigenrnn tests bench device results out
for step in "${steps[@]}"; do
  begin=$(date +%s)
  timeout "${limits[$step]:-60}" bash -o pipefail -c "$step" >"$out/$step.log" 2>&1
  code=$?
  word=passed
  [ $code -eq 77 ] && word='left out'
  [ $code -eq 124 ] && word='ran past its limit'
  if [ $code -ne 0 ] && [ $code -ne 77 ]; then word="${word/passed/failed} ($code)"; failed=1; fi
  echo "== $step: $word, $(($(date +%s) - begin)) s"
  tail -"$([ $code -eq 0 ] && echo 14 || echo 25)" "$out/$step.log"
  rows+=("$(printf '{"step": "%s", "outcome": "%s", "seconds": %d}' "$step" "$word" $(($(date +%s) - begin)))")
done
printf '{"gpu": "%s", "steps": [%s]}\n' "$gpu" "$(IFS=,; echo "${rows[*]}")" >"$out/gpu_check.json"
cat "$out/gpu_check.json"
exit $failed
