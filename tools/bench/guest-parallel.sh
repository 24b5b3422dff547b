#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The part of parallel in the guest: rounds of without the module, with it, without, and with the
# eBPF program. Prints the lines of measure.
#
# guest-parallel.sh ROUNDS SECONDS
set -eu

rounds=$1 seconds=$2
measure=/bench/measure

mkdir -p /sys/fs/cgroup/a/b
echo $$ >/sys/fs/cgroup/a/b/cgroup.procs
$measure warm-up churn "$seconds"
round=1
while [ "$round" -le "$rounds" ]; do
	$measure "without $round" churn "$seconds"
	insmod /lib/portquota/portquota.ko
	$measure "loaded $round" churn "$seconds"
	rmmod portquota
	$measure "again $round" churn "$seconds"
	/bench/count /bench/count.bpf.o - $measure "ebpf $round" churn "$seconds"
	round=$((round + 1))
done
