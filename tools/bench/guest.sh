#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The benchmark's part in the guest: runs the rows in five states, in turns, so that what drifts
# shows: without the module; with it loaded, but no count of destinations; with that; with caps on, a
# limit of each kind on the cgroup and on its ancestors; and without the module, but with the eBPF
# program. Prints the lines of measure, and the number that is read from the log.
#
# guest.sh REPEATS ROUNDS HELD ACCOUNTS DESTINATIONS
set -eu

repeats=$1 rounds=$2 held=$3 accounts=$4 destinations=$5
measure=/bench/measure
module=/lib/portquota/portquota.ko
rules=/proc/net/portquota/rules

mkdir -p /sys/fs/cgroup/a/b
echo $$ >/sys/fs/cgroup/a/b/cgroup.procs
echo 262144 >/proc/sys/net/ipv4/tcp_max_tw_buckets
# No connect() takes a TIME_WAIT over: each expires.
echo 0 >/proc/sys/net/ipv4/tcp_tw_reuse
echo 65535 >/proc/sys/net/core/somaxconn
echo 1048576 >/proc/sys/fs/file-max

printf 'guest\tehash\t%s\n' "$(dmesg | sed -n 's/.*TCP established hash table entries: \([0-9]*\).*/\1/p')"

# Each TIME_WAIT expires before the module comes or goes: every state ends what it began.
lives() {
	$measure "$1 $round" life "$repeats"
	$measure "$1 $round" life-fin-wait2 "$repeats"
}

round=1
while [ "$round" -le "$rounds" ]; do
	# Also for the eBPF program of the round before: its maps are freed long after it is gone.
	$measure warm-up life-only "$repeats"
	lives without
	[ "$round" -lt "$rounds" ] || $measure "without $round" full 20

	insmod $module destinations=N
	$measure warm-up life-only "$repeats"
	lives plain
	echo Y >/sys/module/portquota/parameters/destinations
	lives loaded

	for path in / /a /a/b; do
		echo "$path tcp.max=28000 udp.max=28000 timewait.max=28000" >$rules
	done
	lives caps
	[ "$round" -lt "$rounds" ] || $measure "caps $round" cap 1000
	rmmod portquota

	# Fails if the program has not seen all of these come and go.
	/bench/count /bench/count.bpf.o $((3 * (repeats + 1))) sh -euc "
		$measure warm-up life-only $repeats
		$measure 'ebpf $round' life $repeats
		$measure 'ebpf $round' life-fin-wait2 $repeats"
	round=$((round + 1))
done

# A namespace with many accounts, one with many destinations, and one with many accounts above one
# another. Each ends with the module, so that the next has none of them.
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

# The last, for what it leaves behind in the slab caches
insmod $module
$measure loaded stat "$held"
