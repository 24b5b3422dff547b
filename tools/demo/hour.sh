#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# An hour of a machine, inside a guest whose clock counts instructions, so that waiting takes no time; tools/demo/picture
# starts it. Prints what portquota export prints each minute, each sample with its time, and behind "# row " what
# portquota record records.

one=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
pod=/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod0a1b2c3d_4e5f_6071_8293_a4b5c6d7e8f9.slice

# Each in the background and quiet: who opens, from which cgroup, where to.
opens() {
	cgroup=$1 to=$2
	shift 2
	traffic tcp --to "$to" --cgroup "$cgroup" --background --quiet "$@"
}

# payments CGROUP COMMAND…: in that cgroup and in the namespace payments, where /sys is another and has no cgroups.
payments() {
	mkdir -p "/sys/fs/cgroup$1"
	(sh -c 'echo $PPID' >"/sys/fs/cgroup$1/cgroup.procs" && shift && exec ip netns exec payments "$@")
}

samples() {
	portquota -A export | awk -v time="$(date +%s)" '!/^#/ { print $0, time }'
}

{
	ip link set lo up
	ip netns add payments
	ip netns exec payments ip link set lo up
	sysctl -w net.ipv4.ip_local_port_range='32768 44999'
	ip netns exec payments sysctl -w net.ipv4.ip_local_port_range='32768 36999'
	traffic serve --on 127.0.0.1:5432 --on 127.0.0.1:6379 --cgroup /system.slice/database.service --background
	payments /system.slice/database.service traffic serve --on 127.0.0.1:443 --background
	portquota rule --host set /system.slice/web.service tcp.max=2400 timewait.max=2000
	portquota rule --host set /system.slice/batch.service tcp.max=600
	portquota rule --host set '/kubepods.slice/kubepods-*.slice/kubepods-*-pod*.slice' tcp.max=90%
} >/dev/null 2>&1

minute=0
while [ "$minute" -lt 60 ]; do
	# Connections that stay, and those that come and go: more from minute 30 on.
	many=$((300 + 8 * minute + (minute > 30) * 30 * (minute - 30)))
	{
		[ $((minute % 10)) -ne 0 ] || opens /system.slice/web.service 127.0.0.1:5432 -n 150 -h 1500
		opens /system.slice/web.service 127.0.0.1:5432 -n "$many" -h 5 -f 20
		opens /system.slice/api.service 127.0.0.1:6379 -n $((200 + 100 * (minute % 5))) -h 20 -f 20
		[ $((minute % 20)) -ne 5 ] || opens /system.slice/batch.service 127.0.0.1:5432 -n 700 -h 400 -f 60
		payments "$pod/cri-containerd-$one.scope" traffic tcp --to 127.0.0.1:443 --background --quiet \
			-n $((40 * minute)) -h 10 -f 30
	} >/dev/null 2>&1
	sleep 60
	samples
	portquota record --dir /tmp/record
	minute=$((minute + 1))
done
sed 's/^/# row /' /tmp/record/*.jsonl
