# What the scripts that fetch data have in common; they source it. A script sets `dataset`, the name
# of the folder and of the list of checksums, and calls its sources between `begin` and `finish`.
# A file is kept as it is published; one that is not packed may be .gz at the source.
set -euo pipefail
# --help: the comment at the head of the script
[ "${1:-}" != --help ] || { sed -n '2,${/^#/!q;s/^# \{0,1\}//p}' "$0"; exit 0; }

datasets="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"

# right FOLDER FILE: is it there with its checksum?
right() {
  [ -f "$1/$2" ] || return 1
  (cd "$1" && grep "  $2\$" "$checksums" | sha256sum --status -c - 2>/dev/null)
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

# get LOCATION FILE: from a folder or a URL, as it is or packed, into the work folder.
get() {
  local name code
  for name in "$2" "$dataset/$2"; do
    if [[ $1 == *://* ]]; then
      if [[ $2 != *.gz ]]; then
        code=0
        download "$1/$name.gz" "$work/$2.gz" || code=$?
        if [ $code -eq 0 ]; then
          gzip -dc "$work/$2.gz" >"$work/$2" 2>>"$work/log"
          return
        fi
        [ $code -eq 22 ] || [ $code -eq 37 ] || return 1
      fi
      download "$1/$name" "$work/$2" && return 0
    elif [ -f "$1/$name" ]; then
      cp "$1/$name" "$work/$2" && return 0
    elif [[ $2 != *.gz ]] && [ -f "$1/$name.gz" ]; then
      gzip -dc "$1/$name.gz" >"$work/$2" 2>>"$work/log" && return 0
    fi
  done
  return 1
}

# keep SOURCE FILE: takes a right file over, says so if it is wrong.
keep() {
  if right "$work" "$2"; then
    mv -f "$work/$2" "$target/$2"
  else
    echo "$dataset: $2 from $1 has a wrong checksum, and is not used" >&2
    rm -f "$work/$2"
  fi
}

# from_location SOURCE LOCATION: what is missing; SOURCE is its name in messages.
from_location() {
  local file
  for file in "${files[@]}"; do
    right "$target" "$file" && continue
    get "$2" "$file" || { echo "$dataset: no $file from $1" >&2; return 1; }
    keep "$1" "$file"
  done
}

# begin: ends the script if all is there; else makes the work folder, and asks DATASETS_MIRROR.
begin() {
  target="${EIGENRNN_DATASETS:-$datasets}/$dataset"
  checksums=$datasets/$dataset.sha256
  mapfile -t files < <(sed 's/^[0-9a-f]*  //' "$checksums")
  if all_right; then finish; fi
  mkdir -p "$target"
  find "$target" -maxdepth 1 -name '.fetch-*' -mmin +60 -exec rm -rf {} +  # of a killed run
  work="$(mktemp -d "$target/.fetch-XXXXXX")"
  trap 'rm -rf "$work"' EXIT
  trap 'exit 130' INT TERM HUP
  touch "$work/log"
  if [ -n "${DATASETS_MIRROR:-}" ]; then
    from_location "DATASETS_MIRROR ($DATASETS_MIRROR)" "$DATASETS_MIRROR" || true
  fi
}

# finish: says what there is, and ends the script.
finish() {
  if ! all_right; then
    tail -n 5 "$work/log" >&2
    echo "$dataset: not complete. Where the network is closed, copy the ${#files[@]} files from a machine that has" >&2
    echo "$dataset: them into a folder, and run: DATASETS_MIRROR=FOLDER datasets/fetch_$dataset.sh" >&2
    exit 1
  fi
  echo "$dataset: all ${#files[@]} files are there"
  exit 0
}
