#!/usr/bin/env bash
# Makes an Ubuntu 22.04 machine a quiet one to measure on, and keeps it so over a reboot.
#
#   sudo perf-lab/runner/set-up.sh          change what is not as it should be, and say what
#   perf-lab/runner/set-up.sh --check       change nothing; 1 if something is not as it should be
#
# The last processor serves the measurements alone: perf-lab pins to the last one that it may use.
# systemd keeps everything else on the others, which the runner may use too: a kernel that isolates
# a processor (isolcpus) would hide it from the runner.
set -euo pipefail

usage() {
  echo "usage: set-up.sh [--check]" >&2
  exit 2
}

mode=apply
case "${1-}" in
  "") ;;
  --check) mode=check ;;
  *) usage ;;
esac
[ $# -le 1 ] || usage

# Another root than the machine's own, for tests.
root=${PERF_LAB_ROOT-}
units=$root/etc/systemd/system
if [ "$mode" = apply ] && [ -z "$root" ] && [ "$(id -u)" -ne 0 ]; then
  echo "set-up.sh: root only; --check needs no privilege" >&2
  exit 2
fi

wrong=0
changed=0

# report STATE TEXT
report() { printf '%-8s %s\n' "$1" "$2"; }

# differs TEXT: say that something is not as it should be; fails where it is to be left so.
differs() {
  if [ "$mode" = check ]; then
    wrong=$((wrong + 1))
    report WRONG "$1"
    return 1
  fi
  changed=$((changed + 1))
  report changed "$1"
}

# setting FILE VALUE: a setting of the running kernel. The one in use stands in brackets where a
# file lists all that are possible.
setting() {
  local file=$root$1 value=$2 found
  if [ ! -e "$file" ]; then
    report absent "$1: this machine has it not, or its host keeps it"
    return
  fi
  found=$(<"$file")
  case " $found " in
    *"[$value]"* | " $value ") report ok "$1: $value" ;;
    *) if differs "$1: $found, should be $value"; then printf '%s\n' "$value" >"$file"; fi ;;
  esac
}

# content FILE TEXT: a file of configuration, which holds just this.
content() {
  local file=$root$1 text=$2
  if [ -f "$file" ] && [ "$(<"$file")" = "$text" ]; then
    report ok "$1"
  elif differs "$1: missing, or not as it should be"; then
    mkdir -p "$(dirname "$file")"
    printf '%s\n' "$text" >"$file"
  fi
}

# link NAME TARGET YES NO: a link among the units: what to say where it is as it should be, or is not.
link() {
  local name=$units/$1 target=$2
  if [ "$(readlink "$name" || true)" = "$target" ]; then
    report ok "$3"
  elif differs "$4"; then
    mkdir -p "$(dirname "$name")"
    ln -sfn "$target" "$name"
  else
    return 1
  fi
}

# running: whether systemd runs here; without it what is changed counts from the next start on.
running() { [ -z "$root" ] && [ -d /run/systemd/system ]; }

# masked UNIT: a unit that never starts, as `systemctl mask` leaves it.
masked() {
  if link "$1" /dev/null "$1 is masked" "$1: may start while something is measured"; then
    if [ "$mode" = apply ] && running; then systemctl stop "$1" || true; fi
  fi
}

count=0
for cpu in "$root"/sys/devices/system/cpu/cpu[0-9]*; do
  if [ -e "$cpu" ]; then count=$((count + 1)); fi
done
if [ "$count" -lt 2 ]; then
  echo "set-up.sh: $count processors; one is to be kept free, so it needs two or more" >&2
  exit 1
fi
last=$((count - 1))
others=0-$((last - 1))

# One speed, the documented 2.3 GHz: neither less while idle nor more while cold.
for cpu in "$root"/sys/devices/system/cpu/cpu[0-9]*; do
  setting "${cpu#"$root"}/cpufreq/scaling_governor" performance
done
setting /sys/devices/system/cpu/intel_pstate/no_turbo 1
# The kernel moves and joins memory only where a program asks for it.
setting /sys/kernel/mm/transparent_hugepage/enabled madvise
# Interrupts go to the other processors: a mask of bits.
setting /proc/irq/default_smp_affinity "$(printf '%x' $(((1 << last) - 1)))"
masked irqbalance.service

setting /proc/sys/kernel/nmi_watchdog 0
setting /proc/sys/kernel/numa_balancing 0
setting /proc/sys/vm/swappiness 1
content /etc/sysctl.d/90-perf-lab.conf "kernel.nmi_watchdog = 0
kernel.numa_balancing = 0
vm.swappiness = 1"

# Updates come by hand, between two runs.
for timer in apt-daily apt-daily-upgrade dpkg-db-backup e2scrub_all fstrim fwupd-refresh logrotate man-db \
  motd-news ua-timer update-notifier-download update-notifier-motd; do
  masked "$timer.timer"
done
masked unattended-upgrades.service

for slice in system user; do
  content "/etc/systemd/system/$slice.slice.d/90-perf-lab.conf" "[Slice]
AllowedCPUs=$others"
done
content /etc/systemd/system/perflab.slice "[Slice]
AllowedCPUs=0-$last"
runners=0
for unit in "$units"/actions.runner.*.service; do
  [ -e "$unit" ] || continue
  runners=$((runners + 1))
  content "/etc/systemd/system/$(basename "$unit").d/90-perf-lab.conf" "[Service]
Slice=perflab.slice
LimitNOFILE=65536"
done
[ "$runners" -gt 0 ] || report absent "no actions.runner service: install the runner, then run this again"

# What the kernel forgets is set again at each start.
copy=/usr/local/sbin/perf-lab-set-up
if [ -z "$root" ] && [ "$mode" = apply ] && [ ! "$0" -ef "$copy" ]; then
  install -m 0755 "$0" "$copy"
fi
content /etc/systemd/system/perflab-settings.service "[Unit]
Description=Settings of the machine that perf-lab measures on
[Service]
Type=oneshot
ExecStart=$copy
[Install]
WantedBy=multi-user.target"
link multi-user.target.wants/perflab-settings.service ../perflab-settings.service \
  "perflab-settings.service is enabled" "perflab-settings.service: not enabled" || true
if [ "$mode" = apply ] && [ "$changed" -gt 0 ]; then
  if running; then
    systemctl daemon-reload
  elif [ -z "$root" ]; then
    report absent "systemd does not run here: units count from the next start on"
  fi
fi

if [ "$mode" = check ]; then
  echo "$wrong settings are not as they should be"
  [ "$wrong" -eq 0 ]
else
  echo "$changed settings changed"
fi
