#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The benchmark's part in the guest: runs every row without and with the module, in turns, so that
# what drifts shows. Prints the lines of measure, and the few numbers that are read from files.
#
# guest.sh REPEATS ROUNDS
set -eu

repeats=$1 rounds=$2
measure=/bench/measure
module=/lib/portquota/portquota.ko

mkdir -p /sys/fs/cgroup/a/b
echo $$ >/sys/fs/cgroup/a/b/cgroup.procs
echo 262144 >/proc/sys/net/ipv4/tcp_max_tw_buckets
# No connect() takes a TIME_WAIT over: each expires.
echo 0 >/proc/sys/net/ipv4/tcp_tw_reuse
echo 65535 >/proc/sys/net/core/somaxconn
echo 1048576 >/proc/sys/fs/file-max

printf 'guest\tehash\t%s\n' "$(dmesg | sed -n 's/.*TCP established hash table entries: \([0-9]*\).*/\1/p')"

# Each TIME_WAIT expires before the module comes or goes: both states end what they began.
$measure warm-up life-only "$repeats"
round=1
while [ "$round" -le "$rounds" ]; do
	$measure "without $round" life "$repeats"
	$measure "without $round" life-fin-wait2 "$repeats"
	[ "$round" -lt "$rounds" ] || $measure "without $round" full 20
	insmod $module
	$measure warm-up life-only "$repeats"
	$measure "with $round" life "$repeats"
	$measure "with $round" life-fin-wait2 "$repeats"
	[ "$round" -lt "$rounds" ] || $measure "with $round" full 20
	rmmod portquota
	round=$((round + 1))
done
