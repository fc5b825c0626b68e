#!/usr/bin/env bash
# Stop the Slurm that tests/slurm/start.sh has started.
set -euo pipefail

for daemon in /var/spool/slurm-of-tests/slurmd /var/spool/slurm-of-tests/slurmctld /run/munge/munged; do
    if [ -s "$daemon.pid" ]; then
        kill "$(cat "$daemon.pid")" 2>/dev/null || true
    fi
done
