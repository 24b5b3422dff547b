#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The part of lines in the guest: makes a span to warm up, one with the module, and one with the
# eBPF program.
# Prints 'symbols STATE' and the kernel's symbols while it is so.
#
# guest-lines.sh REPEATS
set -eu

measure=/bench/measure

say_symbols() {
	printf 'symbols\t%s\n' "$1"
	grep -i ' [tw] ' /proc/kallsyms
}

wait_for_ends() {
	while grep -q 'tw [1-9]' /proc/net/sockstat; do
		sleep 1
	done
}

if [ "$1" = --ebpf ]; then
	$measure ebpf shared "$2" >&2
	say_symbols ebpf
	wait_for_ends	# for count, which wants to see that of all that has begun
	exit
fi

repeats=$1
mkdir -p /sys/fs/cgroup/a/b
echo $$ >/sys/fs/cgroup/a/b/cgroup.procs
echo 262144 >/proc/sys/net/ipv4/tcp_max_tw_buckets
echo 0 >/proc/sys/net/ipv4/tcp_tw_reuse

insmod /lib/portquota/portquota.ko
# What a cgroup never had is charged one by one.
$measure warm-up shared $((2 * repeats)) >&2
wait_for_ends
$measure loaded shared "$repeats" >&2
say_symbols loaded
rmmod portquota
/bench/count /bench/count.bpf.o "$repeats" sh "$0" --ebpf "$repeats"
