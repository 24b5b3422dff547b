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

if [ "$1" = --ebpf ]; then
	$measure ebpf shared "$2" >&2
	say_symbols ebpf
	# For count, which wants to see the end of all that has begun
	while grep -q 'tw [1-9]' /proc/net/sockstat; do
		sleep 1
	done
	exit
fi

repeats=$1
mkdir -p /sys/fs/cgroup/a/b
echo $$ >/sys/fs/cgroup/a/b/cgroup.procs
echo 262144 >/proc/sys/net/ipv4/tcp_max_tw_buckets
echo 0 >/proc/sys/net/ipv4/tcp_tw_reuse

insmod /lib/portquota/portquota.ko
# What a cgroup never had is charged one by one: here are more than both CPUs make together.
$measure warm-up life-only $((3 * repeats)) >&2
$measure loaded shared "$repeats" >&2
say_symbols loaded
rmmod portquota
/bench/count /bench/count.bpf.o "$repeats" sh "$0" --ebpf "$repeats"
