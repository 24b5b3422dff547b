#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The profile's part in the guest: makes the spans that the plugin counts, of each row in each
# state. Prints, in the order of the spans, 'span STATE ROW PART', and for each state 'symbols
# STATE' and the kernel's symbols while it is so.
#
# guest-profile.sh REPEATS STATES ROWS
set -eu

repeats=$1 states=$2 rows=$3
measure=/bench/measure
steady=900	# a second a hundred and ten: 6,600 TIME_WAITs, a quarter of the range

mkdir -p /sys/fs/cgroup/a/b
echo $$ >/sys/fs/cgroup/a/b/cgroup.procs
echo 262144 >/proc/sys/net/ipv4/tcp_max_tw_buckets
echo 0 >/proc/sys/net/ipv4/tcp_tw_reuse

span() {
	printf 'span\t%s\t%s\t%s\n' "$1" "$2" "$3"
}

measure_rows() {
	$measure warm-up ports 1
	span - - -
	$measure warm-up life-only "$repeats" >&2
	for row in $rows; do
		if [ "$row" = steady ]; then
			span "$1" steady both
			$measure "$1" steady $steady >&2
		else
			if [ "$row" = life-deep ]; then
				span - - -
				$measure warm-up life-deep-only "$repeats" >&2
			fi
			span "$1" "$row" cycle
			span "$1" "$row" expiry
			$measure "$1" "$row" "$repeats" >&2
		fi
	done
	printf 'symbols\t%s\n' "$1"
	grep -i ' [tw] ' /proc/kallsyms
}

cap() {
	for path in / /a /a/b /a/b/c /a/b/c/d /a/b/c/d/e; do
		echo "$path tcp.max=28000 udp.max=28000 timewait.max=28000" >/proc/net/portquota/rules
	done
}

# In the subshell of count, which is this script again.
if [ "${4:-}" ]; then
	measure_rows "$4"
	exit
fi
for state in $states; do
	case $state in
	without)
		measure_rows without
		;;
	loaded | caps)
		insmod /lib/portquota/portquota.ko
		[ "$state" = loaded ] || cap
		measure_rows "$state"
		rmmod portquota
		;;
	ebpf)
		/bench/count /bench/count.bpf.o "$repeats" sh "$0" "$repeats" ebpf "$rows" ebpf
		;;
	esac
done
