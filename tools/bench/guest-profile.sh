#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The profile's part in the guest. Makes six spans: warm-up, cycles and expiry, without the module
# and then with it. Prints the kernel's symbols while the module is loaded.
#
# guest-profile.sh ROW REPEATS
set -eu

row=$1 repeats=$2
measure=/bench/measure

mkdir -p /sys/fs/cgroup/a/b
echo $$ >/sys/fs/cgroup/a/b/cgroup.procs
echo 262144 >/proc/sys/net/ipv4/tcp_max_tw_buckets
echo 0 >/proc/sys/net/ipv4/tcp_tw_reuse

$measure warm-up life-only "$repeats" >&2
$measure without "$row" "$repeats" >/dev/null
insmod /lib/portquota/portquota.ko
$measure warm-up life-only "$repeats" >&2
$measure with "$row" "$repeats" >/dev/null
grep -i ' [tw] ' /proc/kallsyms
