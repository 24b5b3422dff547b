#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The profile's part in the guest. Makes six spans: warm-up, cycles and expiry, without the module
# and then with it. Prints the kernel's symbols while the module is loaded.
#
# guest-profile.sh ROW REPEATS [caps]
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
if [ "${3:-}" ]; then
	for path in / /a /a/b; do
		echo "$path tcp.max=28000 udp.max=28000 timewait.max=28000" >/proc/net/portquota/rules
	done
fi
$measure warm-up life-only "$repeats" >&2
$measure with "$row" "$repeats" >/dev/null
grep -i ' [tw] ' /proc/kallsyms
