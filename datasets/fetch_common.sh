# What the scripts that fetch data have in common; they source it. A script sets `dataset`, the name
# of the folder and of the list of checksums, if need be `more_folders` (each with a / at its end) and
# `other_name` (a function), and calls its sources between `begin` and `finish`.
# A file is kept as it is published; one that is not packed may be .gz at the source.
set -euo pipefail
# --help: the comment at the head of the script
[ "${1:-}" != --help ] || { sed -n '2,${/^#/!q;s/^# \{0,1\}//p}' "$0"; exit 0; }

more_folders=() other_name=
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

# fetch FROM FILE: a URL or a path. 22 and 37 say that there is no such file; anything else but 0, that
# the server cannot be reached.
fetch() {
  if [[ $1 == *://* ]]; then
    curl -fsSL --connect-timeout 10 --speed-limit 1000 --speed-time 30 -o "$2" "$1" 2>>"$work/log"
  elif [ -f "$1" ]; then
    cp "$1" "$2"
  else
    return 22
  fi
}

# get LOCATION FILE: from a folder or a URL, wherever and under whatever name it is there, as it is or
# packed, into the work folder. 0 it is there and right; 2 what is there is wrong; 1 nothing is there.
get() {
  local folder name packed code found=1
  for folder in "" "$dataset/" "${more_folders[@]}"; do
    for name in "$2" ${other_name:+"$($other_name "$2")"}; do
      for packed in .gz ""; do
        if [[ -n $packed && $2 == *.gz ]]; then continue; fi
        code=0
        fetch "$1/$folder$name$packed" "$work/fetched$packed" || code=$?
        if [ $code -eq 22 ] || [ $code -eq 37 ]; then continue; fi
        [ $code -eq 0 ] || return 1
        # Whatever a server gives for what it does not have (a page that says so) is passed over.
        found=2
        if [ -n "$packed" ]; then
          gzip -dc "$work/fetched.gz" >"$work/fetched" 2>>"$work/log" || continue
        fi
        mv -f "$work/fetched" "$work/$2"
        if right "$work" "$2"; then return 0; fi
      done
    done
  done
  rm -f "$work/$2"
  return $found
}

# from_location SOURCE LOCATION: what is missing; SOURCE is its name in messages.
from_location() {
  local file code
  for file in "${files[@]}"; do
    if right "$target" "$file"; then continue; fi
    code=0
    get "$2" "$file" || code=$?
    case $code in
      0) mv -f "$work/$file" "$target/$file" ;;
      2) echo "$dataset: $file from $1 has a wrong checksum, and is not used" >&2 ;;
      *) echo "$dataset: no $file from $1" >&2; return 1 ;;
    esac
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
  # What lies here under another name or in another folder, as other programs keep it.
  local file
  for file in "${files[@]}"; do
    if right "$target" "$file"; then continue; fi
    if get "$(dirname "$target")" "$file"; then mv -f "$work/$file" "$target/$file"; fi
  done
  if all_right; then finish; fi
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
