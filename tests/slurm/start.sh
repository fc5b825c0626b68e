#!/usr/bin/env bash
# A Slurm of one node, this machine, from Debian's packages: for tests/slurm, and to try workflow/profiles/slurm.
#
#   tests/slurm/start.sh [--install]    as root; --install gets what is missing, Slurm and Snakemake's plugin for it
#   tests/slurm/stop.sh
#
# It writes /etc/slurm/slurm.conf where an administrator has written none. Exit code 3: Slurm is not here, and was not to
# be installed or cannot be.
set -euo pipefail

STATE=/var/spool/slurm-of-tests
ROOT=$(cd "$(dirname "$0")/../.." && pwd)

# Whether every program is here.
here() {
    local program
    for program in "$@"; do command -v "$program" >/dev/null || return 1; done
}

missing() {
    echo "$1" >&2
    exit 3
}

install_slurm() {
    here slurmctld slurmd munged squeue && return
    command -v apt-get >/dev/null || missing "Slurm's packages are installed by apt-get, which is not here."
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update && apt-get install --yes --no-install-recommends slurmctld slurmd slurm-client munge; } >/dev/null 2>&1 ||
        missing "slurmctld, slurmd, slurm-client and munge could not be installed by apt-get."
}

# Beside the environment, because every start of Snakemake imports the plugins that are in it: who submits names the
# folder in PYTHONPATH, as tests/slurm/test_smoke_run.py does. `make clean` removes it.
install_plugin() {
    local place=$ROOT/.venv/slurm python=$ROOT/.venv/bin/python
    cmp --silent "$ROOT/tests/slurm/requirements.txt" "$place/requirements.txt" && return
    test -x "$python" || python=$(command -v python3)
    rm -rf "$place"
    "$python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --target "$place" \
        --requirement "$ROOT/tests/slurm/requirements.txt" || missing "Snakemake's plugin for Slurm could not be installed."
    cp "$ROOT/tests/slurm/requirements.txt" "$place/requirements.txt"
}

configure() {
    mkdir -p "$STATE/state" "$STATE/node" /etc/slurm
    # One of an administrator is left alone; one of this script may be of another host.
    test -e /etc/slurm/slurm.conf && ! grep -q "^SlurmdSpoolDir=$STATE" /etc/slurm/slurm.conf && return
    # No control groups, no accounting: neither is there in a container.
    cat >/etc/slurm/slurm.conf <<CONF
ClusterName=tests
SlurmctldHost=$(hostname -s)
SlurmUser=root
AuthType=auth/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
ReturnToService=2
MpiDefault=none
# Finished jobs can be asked for as long as Snakemake may look for them.
MinJobAge=3600
SchedulerParameters=batch_sched_delay=0,sched_interval=2,sched_min_interval=0
SlurmctldPidFile=$STATE/slurmctld.pid
SlurmdPidFile=$STATE/slurmd.pid
SlurmctldLogFile=$STATE/slurmctld.log
SlurmdLogFile=$STATE/slurmd.log
StateSaveLocation=$STATE/state
SlurmdSpoolDir=$STATE/node
# More of both than there is, so that what asks for much is not left to wait; nothing holds a job to what it asked for.
SlurmdParameters=config_overrides
NodeName=$(hostname -s) CPUs=64 RealMemory=262144 State=UNKNOWN
PartitionName=tests Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
}

start_munge() {
    munge --no-input >/dev/null 2>&1 && return
    test -s /etc/munge/munge.key || dd if=/dev/urandom of=/etc/munge/munge.key bs=1 count=1024 2>/dev/null
    mkdir -p /run/munge /var/lib/munge /var/log/munge
    chown -R munge:munge /etc/munge /run/munge /var/lib/munge /var/log/munge
    chmod 400 /etc/munge/munge.key
    chmod 755 /run/munge
    setpriv --reuid munge --regid munge --clear-groups munged
}

wait_for_node() {
    for _ in $(seq 60); do
        test "$(sinfo --noheader --format %T 2>/dev/null | sort -u)" = idle && return
        sleep 0.5
    done
    echo "Slurm was started and its node is not idle after 30 s:" >&2
    tail -n 20 "$STATE"/slurm*.log >&2
    exit 1
}

[ "$(id -u)" = 0 ] || missing "Slurm is started by root, and this is $(id -un)."
if [ "${1:-}" = --install ]; then
    install_slurm
    install_plugin
fi
if [ "$(sinfo --noheader --format %T 2>/dev/null | sort -u)" != "" ]; then
    echo "Slurm is here and running already."
    exit
fi
here slurmctld slurmd munged squeue || missing "Slurm is not installed: tests/slurm/start.sh --install"
configure
start_munge
slurmctld
slurmd
wait_for_node
echo "Slurm runs on $(hostname -s)."
