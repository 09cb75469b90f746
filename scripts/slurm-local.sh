#!/usr/bin/env bash
# A Slurm of its own on this machine, to try and test the launcher: munged, slurmctld and slurmd on the
# loopback interface alone, with a key, a configuration, ports and a folder of their own. It neither
# uses nor touches a Slurm or munge that is installed as a service.
#   scripts/slurm-local.sh start    start it; prints what to set so that sbatch and the like find it
#   scripts/slurm-local.sh status   nodes and jobs; exit 1 if it does not run
#   scripts/slurm-local.sh stop     end its jobs, then its own processes, and remove its folder
# It has $SLURM_LOCAL_CPUS (default 2) and $SLURM_LOCAL_MEMORY MiB (default 1024), ports from
# $SLURM_LOCAL_PORT (default 26817) on, and keeps its files in $SLURM_LOCAL_FOLDER (default a folder in
# /tmp named after the user). `scripts/setup.sh --slurm` installs the programs.
set -euo pipefail

folder=${SLURM_LOCAL_FOLDER:-/tmp/eigenrnn-slurm-$(id -u)}
port=${SLURM_LOCAL_PORT:-26817}
cpus=${SLURM_LOCAL_CPUS:-2}
memory=${SLURM_LOCAL_MEMORY:-1024}
export SLURM_CONF=$folder/slurm.conf
PATH=$PATH:/usr/sbin:/sbin

die() { echo "slurm-local: $*" >&2; exit 1; }

write_configuration() {
  local user socket=$folder/munge.socket
  user=$(id -un)
  cat >"$SLURM_CONF" <<EOF
ClusterName=local
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort=$port
SlurmdPort=$((port + 1))
SlurmUser=$user
SlurmdUser=$user
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
AuthType=auth/munge
CredType=cred/munge
# Credentials that expire soon: a job that is requeued starts again after seconds, not minutes.
AuthInfo=socket=$socket,cred_expire=5
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
MailProg=/bin/true
PropagateResourceLimits=NONE
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0,bf_interval=1
SlurmdTimeout=10
KillWait=5
ReturnToService=2
SlurmdParameters=config_overrides
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
NodeName=localhost NodeHostname=$(hostname -s) NodeAddr=127.0.0.1 CPUs=$cpus RealMemory=$memory
PartitionName=local Nodes=localhost Default=YES MaxTime=INFINITE State=UP
EOF
}

# The process of a pid file, if it is still the one that this script started.
running() {  # NAME
  local pid
  pid=$(cat "$folder/$1.pid" 2>/dev/null) && [ -n "$pid" ] || return 1
  tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q "^[^ ]*$1 .*$folder" || return 1
  echo "$pid"
}

wait_until() {  # SECONDS COMMAND…
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ $SECONDS -lt $end ] || return 1
    sleep 0.2
  done
}

# Only a folder of its own, whatever $SLURM_LOCAL_FOLDER says.
remove_folder() {
  [ ! -e "$folder" ] || [ -e "$folder/slurm.conf" ] || die "$folder is there, and not a folder of this script"
  rm -rf "$folder"
}

is_up() { [ "$(sinfo -h -o %T 2>/dev/null)" = idle ]; }

start() {
  local program
  for program in munged slurmctld slurmd sbatch; do
    command -v $program >/dev/null || die "$program is not installed; scripts/setup.sh --slurm installs it"
  done
  ! running slurmctld >/dev/null || die "it runs already; scripts/slurm-local.sh stop ends it"
  remove_folder
  mkdir -p -m 755 "$folder" "$folder/state" "$folder/spool"
  (umask 077 && head -c 1024 /dev/urandom >"$folder/munge.key")
  write_configuration
  munged --socket="$folder/munge.socket" --key-file="$folder/munge.key" --pid-file="$folder/munged.pid" \
    --log-file="$folder/munged.log" --seed-file="$folder/munged.seed" --origin=127.0.0.1 --num-threads=2 ||
    die "munged did not start; see $folder/munged.log"
  slurmctld -c -f "$SLURM_CONF" || die "slurmctld did not start; see $folder/slurmctld.log"
  slurmd -c -N localhost -f "$SLURM_CONF" || die "slurmd did not start; see $folder/slurmd.log"
  wait_until 60 is_up || { stop_daemons; die "it did not come up within 60 s; see $folder/*.log"; }
  echo "export SLURM_CONF=$SLURM_CONF"
}

# What runs the steps of jobs, and stays when its slurmd is gone.
own_steps() {
  local pid
  for pid in $(pgrep -x slurmstepd); do
    [ "$(readlink "/proc/$pid/cwd")" != "$folder" ] || echo "$pid"
  done
}

stop_daemons() {
  local name pid
  for name in slurmd slurmctld munged; do
    pid=$(running $name) || continue
    kill "$pid" 2>/dev/null || continue
    wait_until 20 eval "! running $name >/dev/null" || kill -KILL "$pid"
  done
  own_steps | xargs -r kill -KILL 2>/dev/null || true
}

no_jobs() { [ -z "$(squeue -h 2>/dev/null)" ]; }

stop() {
  [ -d "$folder" ] || { echo "slurm-local: it does not run"; return 0; }
  if running slurmctld >/dev/null; then
    squeue -h -o %A 2>/dev/null | sort -u | xargs -r scancel 2>/dev/null || true
    wait_until 20 no_jobs || echo "slurm-local: some jobs did not end" >&2
  fi
  stop_daemons
  remove_folder
}

status() {
  local name
  for name in munged slurmctld slurmd; do
    running $name >/dev/null || die "$name does not run"
  done
  echo "export SLURM_CONF=$SLURM_CONF"
  sinfo
  squeue
}

case "${1:-}" in
  start | stop | status) "$1" ;;
  *) sed -n '2,/^set/{s/^# \{0,1\}//p}' "$0" >&2; exit 2 ;;
esac
