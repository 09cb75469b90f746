#!/usr/bin/env bash
# datasets/fetch_DATASET.sh against mirrors that are whole, packed, broken and absent. Needs the data
# (make datasets) and no network: the script's other sources are made unreachable.
# usage: fetch_test.sh SOURCE DATASET
set -euo pipefail
source=$1 dataset=$2
good=${EIGENRNN_DATASETS:-$source/datasets}/$dataset
mapfile -t files < <(cut -c 67- "$source/datasets/$dataset.sha256")
first=${files[0]} last=${files[-1]}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export EIGENRNN_DATASETS=$scratch/data
fetched=$EIGENRNN_DATASETS/$dataset
unset DATASETS_MIRROR
fail() { echo "FAILED: $*" >&2; exit 1; }

# No network: a curl and an npm that always fail.
mkdir "$scratch/bin"
for program in curl npm; do printf '#!/bin/sh\nexit 7\n' >"$scratch/bin/$program"; done
chmod +x "$scratch"/bin/*
export PATH=$scratch/bin:$PATH
fetch() { "$source/datasets/fetch_$dataset.sh" "$@" >"$scratch/log" 2>&1; }
same() { for file in "${files[@]}"; do cmp -s "$good/$file" "$fetched/$file" || return 1; done; }
nothing_left() { [ -z "$(find "$fetched" -name '.fetch-*')" ]; }

fetch --help || fail "--help"
grep -q "DATASETS_MIRROR=FOLDER-OR-URL" "$scratch/log" || fail "--help does not help"
! grep -q "^#\|fetch_common" "$scratch/log" || fail "--help shows the code"
[ ! -e "$fetched" ] || fail "--help does more"

! fetch || fail "succeeds without any source"
grep -q DATASETS_MIRROR= "$scratch/log" || fail "does not say what to do: $(cat "$scratch/log")"
nothing_left || fail "leaves its work folder"

DATASETS_MIRROR=$good fetch || fail "a folder of the files: $(cat "$scratch/log")"
same || fail "the files differ from the mirror's"
fetch || fail "is not content with what is there"

# One file is damaged: the mirror's is wrong too, and must not take the place of the good ones.
mkdir -p "$scratch/broken"
for file in "${files[@]}"; do head -c 1000 "$good/$file" >"$scratch/broken/$file"; done
rm -f "$fetched/$last"
echo damaged >"$fetched/$last"
! DATASETS_MIRROR=$scratch/broken fetch || fail "takes a truncated file"
grep -q "wrong checksum" "$scratch/log" || fail "does not say that the checksum is wrong"
cmp -s "$good/$first" "$fetched/$first" || fail "a broken mirror damaged a good file"

# A folder DATASET/ of the mirror mends it, with packed files if those of the data set are raw.
mkdir -p "$scratch/other/$dataset"
case $last in
  *.gz) cp "$good/$last" "$scratch/other/$dataset" ;;
  *) gzip -c "$good/$last" >"$scratch/other/$dataset/$last.gz" ;;
esac
DATASETS_MIRROR=$scratch/other fetch || fail "a file in $dataset/: $(cat "$scratch/log")"
same || fail "the file in $dataset/ was not taken"
nothing_left || fail "leaves its work folder"

# A server that has files as they are in its DATASET/, and for all else answers 200 with a page.
cat >"$scratch/bin/curl" <<EOF
#!/usr/bin/env bash
while [ \$# -gt 1 ]; do [ "\$1" != -o ] || out=\$2; shift; done
file=$good/\${1##*/}
[[ \$1 == http://mirror.invalid/* ]] || exit 7
if [[ \$1 == */$dataset/* && -f \$file ]]; then cp "\$file" "\$out"; else echo "<html>no such page</html>" >"\$out"; fi
EOF
rm -rf "$fetched"
DATASETS_MIRROR=http://mirror.invalid fetch || fail "a page hides a file: $(cat "$scratch/log")"
same || fail "a page was taken for a file"
printf '#!/bin/sh\nexit 7\n' >"$scratch/bin/curl"

if [ "$dataset" = mnist ]; then
  # As torchvision keeps them, and as some archives name them; in the mirror, and beside mnist/.
  raw=$scratch/torchvision/MNIST/raw dotted=$scratch/dotted
  mkdir -p "$raw" "$dotted"
  for file in "${files[@]}"; do
    cp "$good/$file" "$raw/$file"
    cp "$good/$file" "$dotted/${file/-idx/.idx}"
  done
  for mirror in "$scratch/torchvision" "$raw" "$dotted"; do
    rm -rf "$EIGENRNN_DATASETS"
    DATASETS_MIRROR=$mirror fetch || fail "$mirror: $(cat "$scratch/log")"
    same || fail "the files of $mirror were not taken"
  done
  for place in MNIST/raw mnist; do
    rm -rf "$EIGENRNN_DATASETS"
    mkdir -p "$EIGENRNN_DATASETS/$place"
    cp "$dotted"/* "$EIGENRNN_DATASETS/$place"
    fetch || fail "what lies in $place is not recognized: $(cat "$scratch/log")"
    same || fail "what lies in $place was not taken"
  done
fi
echo "passed: fetch_$dataset"
