#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# lib.sh: what the tests of the command line tool share. Each script beside this one tests one command, or one
# matter of all commands, over trees that stand for /proc; it sources this file first and calls finish last, and
# can be run alone. It prints KTAP; exit 0 if all passed. Needs no module, no root and no network.
# shellcheck disable=SC2034 # what is set here is used there
set -u

here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
built=$(dirname "$here")/check
pq=$built/portquota
jget=$built/jget
refuse=$built/refuse.so
clock=$built/clock.so
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# The trees: a busy machine with an older module, a calm one, and one with limits.
busy=$here/busy
calm=$here/calm
limits=$here/limits

# script(1) starts $SHELL, and dash would not outlive Ctrl-C to tell how the tool ended.
export LC_ALL=C.UTF-8 TERM=xterm TZ=UTC SHELL=/bin/bash PORTQUOTA_SYS=$tmp/nosys
unset NO_COLOR COLUMNS LINES PORTQUOTA_PROC ARGP_HELP_FMT
count=0
failed=0

# Every test ends here: report DESCRIPTION, passed if the last command was.
report() {
	local ok=$?

	count=$((count + 1))
	if [ $ok -eq 0 ]; then
		echo "ok $count $1"
	else
		failed=$((failed + 1))
		echo "not ok $count $1"
		sed 's/^/# stdout: /' "$tmp/out" | head -20
		sed 's/^/# stderr: /' "$tmp/err" | head -20
	fi
}

# skip DESCRIPTION WHY: a test that cannot be run here.
skip() {
	count=$((count + 1))
	echo "ok $count $1 # SKIP $2"
}

# The last line of every script.
finish() {
	echo "1..$count"
	echo "# $((count - failed)) of $count passed"
	[ "$failed" -eq 0 ]
	exit
}

# run TREE ARGUMENT...: the tool over a tree; leaves $code, $tmp/out, $tmp/err.
run() {
	local tree=$1

	shift
	PORTQUOTA_PROC=$tree "$pq" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
	code=$?
}

has() { grep -qF -- "$1" "$tmp/out"; }
lacks() { ! grep -qF -- "$1" "$tmp/out"; }
tells() { grep -qF -- "$1" "$tmp/err"; }
silent() { [ ! -s "$tmp/err" ]; }
json() { [ "$("$jget" "${@:2}" <"$tmp/out")" = "$1" ]; }
lines() { [ "$(wc -l <"$tmp/out")" -eq "$1" ]; }

# tree NAME: a new empty tree; its path in $t.
tree() {
	t=$tmp/$1
	mkdir -p "$t/net/portquota" "$t/portquota"
	: >"$t/net/portquota/stat"
	: >"$t/net/portquota/accounts"
	: >"$t/net/portquota/reservations"
	: >"$t/portquota/namespaces"
}

# No line is wider than $1 columns.
fits() {
	local line

	while IFS= read -r line; do
		[ ${#line} -le "$1" ] || return 1
	done <"$tmp/out"
}

# In the heading and in all rows each of the first N columns that is right-aligned ends alike.
aligned() {
	awk -v n="$1" '
	NR == 1 || /^ *[0-9]/ {
		line = $0; at = 0
		for (i = 1; i <= n; i++) {
			match(line, /^ *[^ ]+/)
			at += RLENGTH
			line = substr(line, RLENGTH + 1)
			if (NR == 1) end[i] = at
			else if (end[i] != at) bad = 1
		}
	}
	END { exit bad }' "$tmp/out"
}

# kept FILE LINE...: the file has just these lines.
kept() { printf '%s\n' "${@:2}" | cmp -s - "$1"; }

# run_refused TREE ARGUMENT...: run, with the kernel refusing what $REFUSE begins.
run_refused() { ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD=$refuse run "$@"; }

# run_at WALL BOOT TREE ARGUMENT...: run, while it is so many seconds since 1970 and since boot.
run_at() { CLOCK_WALL=$1 CLOCK_BOOT=$2 ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD=$clock run "${@:3}"; }

# many N STATE REMOTE AGE [PORT]: so many more reservations of nginx, from that port on
many() { awk -v n="$1" -v state="$2" -v remote="$3" -v age="$4" -v port="${5:-10000}" 'BEGIN { for (i = 0; i < n; i++) printf "tcp 10.0.0.2:%d %s %s account=/system.slice/nginx.service pid=812 comm=nginx age=%d kind=shareable\n", port + i, remote, state, age }' >>"$t/net/portquota/reservations"; }

# night: what a night was like, recorded each minute from 03:00 to 03:20 of 2026-11-29 (UTC), but for 03:17 and 03:18,
# into $night. nginx is at its limit from 03:09 to 03:14, and the ports to 10.0.0.9:5432 run out at 03:12.
night() {
	local minute use=640 towards=1400 tree=$t

	night=$tmp/night
	began=1795921200
	nginx=/system.slice/nginx.service
	vary asleep
	mkdir -p "$t/sys/kernel/random" "$t/sys/net/ipv4"
	echo 0b00710a-dead-beef-0000-000000000000 >"$t/sys/kernel/random/boot_id"
	echo 65536 >"$t/sys/net/ipv4/tcp_max_tw_buckets"
	echo "$nginx tcp.max=900" >"$t/net/portquota/rules"
	many 300 ESTAB 10.0.0.9:5432 3 33000
	sed "s/ARE/netns=net:[4026531840] resource/" >"$tmp/stream" <<-END
		$((began + 512)).250 warn $nginx ARE=tcp current=720 threshold=720 limit=900 rate=9 left=20 seq=0
		$((began + 570)).100 deny $nginx ARE=tcp current=900 threshold=900 limit=900 rate=3 left=0 seq=1
		$((began + 660)).000 destination /system.slice/api\040worker.service ARE=destination current=21174 threshold=21174 limit=28232 rate=99 left=70 source=10.0.0.2 destination=10.0.0.9:5432 seq=2
		$((began + 725)).000 exhausted /system.slice/api\040worker.service ARE=tcp current=28200 threshold=28232 limit=28232 rate=9 source=10.0.0.2 destination=10.0.0.9:5432 seq=3
		$((began + 745)).000 end /system.slice/api\040worker.service ARE=tcp current=28000 threshold=28232 limit=28232 rate=9 source=10.0.0.2 destination=10.0.0.9:5432 of=exhausted count=37 seconds=12 last=$((began + 737)).000 seq=4
		$((began + 850)).000 end $nginx ARE=tcp current=800 threshold=900 limit=900 rate=-9 of=deny count=1240 seconds=270 last=$((began + 840)).000 seq=5
		$((began + 905)).000 clear $nginx ARE=tcp current=648 threshold=720 limit=900 rate=-5 of=warn seq=6
	END
	for ((minute = 0; minute <= 20; minute++)); do
		case $minute in
		8) use=740 ;;
		9) use=900; whole tcp.denied=40; of $nginx tcp.denied=40 ;;
		11) towards=21300 ;;
		12) towards=28232; whole tcp.ports=28231 tcp.denied=800; of $nginx tcp.denied=800 ;;
		13) towards=27000; whole tcp.exhausted=37 tcp.denied=1100; of $nginx tcp.denied=1100 ;;
		14) use=860; towards=9000; whole tcp.ports=9400 tcp.denied=1240; of $nginx tcp.denied=1240 ;;
		15) use=500 ;;
		17 | 18) continue ;;
		esac
		of $nginx tcp.current=$use tcp.local=$use
		sed -i "1s/used=[0-9]*/used=$towards/; 1s/free=[0-9]*/free=$((28232 - towards))/" "$t/net/portquota/destinations"
		awk -v now=$((began + 60 * minute)) '$1 <= now' "$tmp/stream" >"$t/portquota/events"
		run_at $((began + 60 * minute)) $((7000 + 60 * minute)) "$t" record --dir "$night"
		[ $code -eq 0 ] || echo "# night: $(cat "$tmp/err")"
	done
	t=$tree
}

# until_out TEXT: wait for the tool to have printed it.
until_out() { for ((i = 0; i < 100; i++)); do grep -qF -- "$1" "$tmp/out" && return; sleep 0.1; done; return 1; }

# vary NAME: copies the calm tree to $tmp/NAME; its path in $t, and changes there:
vary() { t=$tmp/$1; rm -rf "$t"; cp -r "$calm" "$t"; }
# whole KEY=VALUE...: its totals
whole() { for pair; do sed -i "s/^${pair%%=*} .*/${pair%%=*} ${pair#*=}/" "$t/net/portquota/stat"; done; of / "$@"; }
# of PATH KEY=VALUE...: an account
of() { for pair in "${@:2}"; do sed -i "\|^$1 |s/ ${pair%%=*}=[^ ]*/ ${pair%%=*}=${pair#*=}/" "$t/net/portquota/accounts"; done; }

# older: a tree of an older module, without ranges, delays and destinations, in $tmp/older.
older() {
	cp -r "$busy" "$tmp/older"
	: >"$tmp/older/net/portquota/rules"
}

echo "KTAP version 1"
