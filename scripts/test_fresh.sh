#!/usr/bin/env bash
# Runs the README's two commands, word for word, in a fresh and minimal Debian: what a new user sees.
#   scripts/test_fresh.sh [SUITE]              a release of Debian: bookworm, trixie (default)
#   scripts/test_fresh.sh SUITE COMMAND…       other commands instead, each a word
# Makes the system with debootstrap in a temporary folder, with git, make and certificates and nothing
# else, clones the project into it (the last commit; what is not committed is left out), and removes it
# all, also when interrupted. Packages come from where this machine has them; PROFILE, ONLY, JOBS, TORCH,
# DATASETS_MIRROR and proxies are passed on from the environment. Needs root.
set -euo pipefail
[ "${1:-}" != --help ] || { sed -n '2,${/^#/!q;s/^# \{0,1\}//p}' "$0"; exit 0; }
suite=${1:-trixie}
shift $(($# > 0))
project=$(cd "$(dirname "$0")/.." && pwd)

die() { echo "test-fresh: $*" >&2; exit 2; }
say() { printf '\n== %s (%d s)\n' "$1" "$SECONDS"; }
[ "$(id -u)" = 0 ] || die "only root can make a system in a folder: sudo make test-fresh SUITE=$suite"
command -v debootstrap >/dev/null || die "debootstrap is not installed; scripts/setup.sh --fresh installs it"
[ -e /usr/share/debootstrap/scripts/"$suite" ] || die "debootstrap knows no release '$suite'"

# The commands of the first block of shell in the README.
if [ $# -gt 0 ]; then
  commands=("$@")
else
  mapfile -t commands < <(awk '/^```sh$/ { inside = 1; next } /^```/ && inside { exit } inside' "$project/README.md")
fi
[ ${#commands[@]} -gt 0 ] || die "README.md has no block of commands"

# In mount and process namespaces of its own: whatever ends this script ends all in there, and its mounts.
if [ "${EIGENRNN_FRESH_ROOT:-}" = "" ]; then
  EIGENRNN_FRESH_ROOT=$(mktemp -d -t "eigenrnn-fresh-$suite-XXXXXX")
  export EIGENRNN_FRESH_ROOT
  child=
  clean_up() {
    trap '' INT TERM HUP  # a second Ctrl-C
    { [ -z "$child" ] || { kill -KILL "$child" && wait "$child"; }; } 2>/dev/null || true
    for _ in 1 2 3 4 5; do  # until the last process in there has ended
      rm -rf --one-file-system "$EIGENRNN_FRESH_ROOT" 2>/dev/null && return
      sleep 1
    done
    echo "test-fresh: $EIGENRNN_FRESH_ROOT could not be removed" >&2
  }
  trap clean_up EXIT
  trap 'exit 130' INT TERM HUP
  unshare --mount --propagation private --pid --fork --kill-child "$0" "$suite" "$@" &
  child=$!
  code=0
  wait $child || code=$?
  child=
  exit $code
fi

root=$EIGENRNN_FRESH_ROOT/system log=$EIGENRNN_FRESH_ROOT/debootstrap.log
say "a minimal Debian $suite"
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Origin: Debian' 'Label: Debian' 2>/dev/null | head -n 1)
debootstrap --variant=minbase --include=git,make,ca-certificates "$suite" "$root" ${mirror:+"$mirror"} \
  >"$log" 2>&1 || { tail -n 20 "$log" >&2; die "debootstrap failed"; }
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/dev/shm"

# How this machine reaches the network is taken over: names, proxies, certificates, registries.
copy() { [ ! -f "$1" ] || install -D -m 600 "$1" "$root$1"; }
for file in /etc/resolv.conf /etc/hosts /etc/pip.conf /etc/npmrc ~/.config/pip/pip.conf ~/.npmrc; do copy "$file"; done
copy /etc/ssl/certs/ca-certificates.crt
chmod 644 "$root"/etc/{resolv.conf,hosts,ssl/certs/ca-certificates.crt} 2>/dev/null || true
apt-config dump | grep -iE '^Acquire::(https?::|ftp::|proxy|retries|check-)' >"$root/etc/apt/apt.conf.d/90host" || true
environment=(HOME="$HOME" PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8)
while IFS='=' read -r -d '' name value; do
  case $name in
    PROFILE | ONLY | JOBS | TORCH | *_proxy | *_PROXY | PIP_* | npm_config_* | OPENBLAS_*) ;;
    *CA_CERTS* | *CA_BUNDLE | *_CAINFO | SSL_CERT_* | PIP_CERT) copy "$value" ;;
    *) continue ;;
  esac
  environment+=("$name=$value")
done < <(env -0)
if [ -d "${DATASETS_MIRROR:-}" ]; then
  mkdir "$root/mnt/datasets"
  mount --bind -o ro "$DATASETS_MIRROR" "$root/mnt/datasets"
  environment+=(DATASETS_MIRROR=/mnt/datasets)
elif [ -n "${DATASETS_MIRROR:-}" ]; then  # a URL
  environment+=(DATASETS_MIRROR="$DATASETS_MIRROR")
fi
mkdir -p "$root$HOME"

say "the project, as it is committed"
[ -z "$(git -C "$project" status --porcelain 2>/dev/null)" ] || echo "what is not committed is left out"
git clone -q --no-hardlinks "$project" "$root/srv/eigenrnn"
chown -R root: "$root/srv/eigenrnn"
TIMEFORMAT='(%R s, of computing %U + %S s)'
for command in "${commands[@]}"; do
  say "$command"
  time env -i "${environment[@]}" chroot "$root" /bin/bash -c "cd /srv/eigenrnn && $command"
done
say "all passed on $suite"
