#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The benchmark's part in the guest: runs the rows in five states, in turns, so that what drifts
# shows: without the module; with it loaded, but no count of destinations; with that; with caps on,
# a limit of each kind on the cgroup and on its ancestors; and without the module, but with the eBPF
# program. Prints the lines of measure, and the number that is read from the log.
#
# guest.sh REPEATS ROUNDS HELD ACCOUNTS DESTINATIONS PART...
# guest.sh --lives LABEL REPEATS
set -eu

measure=/bench/measure
module=/lib/portquota/portquota.ko
rules=/proc/net/portquota/rules
levels='/ /a /a/b /a/b/c /a/b/c/d /a/b/c/d/e'
steady=900	# in 8 s: so 6,600 are in TIME_WAIT, and a quarter of the range is used

# Each TIME_WAIT expires before the module comes or goes: every state ends what it began.
lives() {
	$measure "$1" life "$repeats"
	$measure "$1" life-fin-wait2 "$repeats"
	[ "${1% *}" != plain ] || return 0
	$measure "$1" steady $steady
	$measure "$1" life-programs "$repeats"
	$measure warm-up life-deep-only "$repeats"
	$measure "$1" life-deep "$repeats"
}

# What count runs, with the eBPF program attached
if [ "$1" = --lives ]; then
	repeats=$3
	$measure warm-up ports 1
	$measure warm-up life-only "$repeats"
	lives "$2"
	exit
fi

repeats=$1 rounds=$2 held=$3 accounts=$4 destinations=$5
shift 5

mkdir -p /sys/fs/cgroup/a/b
echo $$ >/sys/fs/cgroup/a/b/cgroup.procs
echo 262144 >/proc/sys/net/ipv4/tcp_max_tw_buckets
# No connect() takes a TIME_WAIT over: each expires.
echo 0 >/proc/sys/net/ipv4/tcp_tw_reuse
echo 65535 >/proc/sys/net/core/somaxconn
echo 1048576 >/proc/sys/fs/file-max

printf 'guest\tehash\t%s\n' "$(dmesg | sed -n 's/.*TCP established hash table entries: \([0-9]*\).*/\1/p')"

cap() {
	for path in $levels; do
		echo "$path tcp.max=28000 udp.max=28000 timewait.max=28000" >$rules
	done
}

# All five states, once
part_lives() {
	# Also for the eBPF program of the round before: its maps are freed long after it is gone.
	$measure warm-up life-only "$repeats"
	lives "without $1"

	insmod $module destinations=N
	$measure warm-up ports 1
	$measure warm-up life-only "$repeats"
	lives "plain $1"
	echo Y >/sys/module/portquota/parameters/destinations
	lives "loaded $1"
	cap
	lives "caps $1"
	rmmod portquota

	# Fails if the program has not seen all of these come and go: five rows of which steady makes more.
	/bench/count /bench/count.bpf.o $((5 * repeats)) sh "$0" --lives "ebpf $1" "$repeats"
}

part_refusal() {
	$measure "without 1" full 20
	insmod $module
	cap
	$measure "caps 1" cap 1000
	rmmod portquota
}

# A namespace with many accounts, one with many destinations, and one with many accounts above one
# another. Each ends with the module, so that the next has none of them.
part_walks() {
	insmod $module
	$measure loaded accounts "$accounts"
	rmmod portquota
	insmod $module
	$measure loaded destinations "$destinations"
	rmmod portquota
	insmod $module
	$measure loaded levels 15
	rmmod portquota
	insmod $module
	$measure loaded deep 1000
	rmmod portquota
	$measure loaded load 128
}

# The last, for what it leaves behind in the slab caches
part_stat() {
	insmod $module
	$measure loaded stat "$held"
}

for part; do
	case $part in
	lives)
		round=1
		while [ "$round" -le "$rounds" ]; do
			part_lives "$round"
			round=$((round + 1))
		done
		;;
	*) "part_$part" ;;
	esac
done
