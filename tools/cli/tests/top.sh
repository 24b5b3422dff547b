#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# top.sh: tests of top.
# shellcheck source=tools/cli/tests/lib.sh
. "$(dirname "$0")/lib.sh"

fine=$'hooks live\nrange.usable 100\ntcp.ports 10\n'
run "$limits" top --count 1 -d 0.1; [ $code -eq 0 ] && silent && has " by tcp" && has "FULL"; report "top prints tables where there is no terminal"
[ "$(grep -c CGROUP "$tmp/out")" -eq 1 ] && has " of 28232 ports"; report "top --count"
run "$limits" top --count 3 -d 0.1; [ "$(grep -c CGROUP "$tmp/out")" -eq 3 ]; report "top --count 3"
run "$limits" top --count 1 -d 0.1 -j; lines 1 && json 8 accounts && json 0 accounts 0 tcp.begun.rate && json 28232 stat range.usable; report "top -j"
for w in 80 132; do
	COLUMNS=$w run "$limits" top --count 1 -d 0.1; fits $w && has TWAIT && has DENIED; report "top fits $w columns"
done
COLUMNS=60 run "$limits" top --count 1 -d 0.1; fits 60 && grep -q "+/S  LEFT  DENIED  CGROUP$" "$tmp/out"; report "top in 60 columns: when it is full is left"
run "$limits" top --count 1 -d 0.1 --sort growth; has "by growth" && run "$limits" top --count 1 -d 0.1 --sort rate && has "by growth"; report "top --sort growth, which was rate"
run "$limits" top --count 1 -d 0.1 --sort cgroup; grep CGROUP -A1 "$tmp/out" | tail -1 | grep -q ' /$'; report "top --sort cgroup"
for bad in "-d 0" "-d x" "--count 0" "--count -1" "--sort x" "nonsense"; do
	# shellcheck disable=SC2086
	run "$limits" top $bad; [ $code -eq 64 ] && tells "--help"; report "top $bad is exit 64"
done
run "$tmp/nowhere" top; [ $code -eq 1 ] && tells "modprobe portquota"; report "top: no module is exit 1"
tree moving; mv=$t/net/portquota/accounts
printf '%s' "$fine" >"$t/net/portquota/stat"
# The first look is at a pipe, so that the figures change behind it, however late it comes.
rm -f "$mv"; mkfifo "$mv"
PORTQUOTA_PROC=$t timeout 60 "$pq" top -d 0.5 --count 1 -j >"$tmp/out" 2>"$tmp/err" &
pid=$!
printf '/a tcp.current=10 tcp.begun=100 tcp.max=1000000 tcp.denied=0\n/b tcp.current=9 tcp.begun=9 tcp.max=max\n' >"$mv.first"
printf '/a tcp.current=1010 tcp.begun=5100 tcp.max=1000000 tcp.denied=50\n/b tcp.current=4 tcp.begun=9 tcp.max=max\n' >"$mv.second"
# shellcheck disable=SC2016
timeout 60 bash -c 'exec >"$1"; mv "$1.second" "$1"; cat "$1.first"' - "$mv"
wait $pid
# 1000 more in at least half a second, and 998990 are left at that rate
sed -n 's/.*"cgroup": "\/a".*"tcp.growth": \([0-9]*\),.*"tcp.left": \([0-9]*\).*/\1 \2/p' "$tmp/out" |
	awk '{ good = $1 > 0 && $1 <= 2000 && $1 * $2 > 0.97 * 998990 && $1 * $2 < 1.03 * 998990 } END { exit !good }' &&
	grep -q '"cgroup": "/b".*"tcp.growth": -[0-9]*,' "$tmp/out"
report "top: rates and seconds left"
# The fuller of TCP and UDP; of its limit, or of the ports it chooses from
rm -f "$mv"
printf '/u tcp.current=1 udp.current=95 tcp.max=max udp.max=100\n/r tcp.current=1 udp.current=30 udp.usable=40 tcp.max=max udp.max=max\n/t tcp.current=33 udp.current=20 tcp.max=100 udp.max=100\n/0 tcp.current=60 udp.current=5 tcp.max=100 udp.max=0\n' >"$mv"
run "$t" top --count 1 -d 0.1
[ "$(grep -cE ' (95% .*/u|75% .*/r|60% .*/0|33% .*/t)$' "$tmp/out")" -eq 4 ]; report "top: FULL is of what is fuller, TCP or UDP"
if command -v script >/dev/null; then
	# live KEYS [ENVIRONMENT]: top on a terminal, with keys pressed; stty before and after in $tmp/out.
	live() {
		: >"$tmp/out"
		{ until_out '[?1049h'; printf '%s' "$1"; sleep 0.3; } | timeout 20 script -qfec "stty cols 100 rows 12; stty -g; ${2-} PORTQUOTA_PROC=$limits $pq top; echo exit=\$?; stty -g" /dev/null >"$tmp/out" 2>"$tmp/err"
		tr -d '\r' <"$tmp/out" >"$tmp/part"
	}
	# The same settings before and after, and all that was switched on is off again.
	restored() { [ "$(head -1 "$tmp/part")" = "$(tail -1 "$tmp/part")" ] && has $'\033[?1049l' && has $'\033[?25h' && has $'\033[?7h'; }
	live q; restored && has exit=0 && has $'\033[?1049h'; report "top on a terminal: q quits, and gives it back"
	live wrdcq; has "by timewait" && has "by growth" && has "by denied" && has "by cgroup" && restored; report "top: keys change the order"
	! grep -q "[^H]$(printf '\033')\[K" "$tmp/part"; report "top: what fills a line keeps its last character"
	has "1 to 5 of 8: arrows"; report "top: where not all fit that is told"
	live $'\033[Bq'; has "2 to 6 of 8"; report "top: an arrow shows the next"
	live $'\033[6~\033[6~q'; has "4 to 8 of 8" && restored; report "top: page down shows the last"
	live $'\033[6~\033[Hq'; tail -c +500 "$tmp/part" | grep -q "1 to 5 of 8"; report "top: home shows the first"
	live hq; has "twice as long between two samples" && restored; report "top: h tells of the keys"
	live +q; has "each 2s" && live -q && has "each 0.5s"; report "top: + and - change the delay"
	live $'\003'; restored && has exit=0; report "top: Ctrl-C gives the terminal back"
	live '' 'timeout --foreground -s TERM 2 env'; restored; report "top: so does SIGTERM"
	live '' 'timeout --foreground -s SEGV 2 env'; restored; report "top: so does a crash"
	live '' 'timeout --foreground -s WINCH 1.5 timeout --foreground -s QUIT 3 env'; restored; report "top: a new size is taken, SIGQUIT gives it back"
else
	for what in q keys line more arrow page home help delay Ctrl-C SIGTERM crash size; do
		skip "top on a terminal: $what" "no script(1)"
	done
fi

# What is full
tree left; printf 'range 40000-40039\nrange.usable 40\ntcp.ports 40\nudp.ports 0\n' >"$t/net/portquota/stat"
printf '/ tcp.current=50 tcp.max=max tcp.usable=40 udp.usable=40\n/a (deleted) tcp.current=30 tcp.max=30 tcp.usable=40 udp.usable=40\n/b tcp.current=20 tcp.max=20 tcp.usable=40 udp.usable=40\n' >"$t/net/portquota/accounts"
run "$t" top --count 2 -d 0.1; grep -q ' 100% .* 0s .* /b$' "$tmp/out"; report "top: at its limit, no time is left"
! grep -q ' 0s .* /$' "$tmp/out" && ! grep -q '[0-9]% .* /$' "$tmp/out" && grep -q '^ *50  *-  *-  .* /$' "$tmp/out"; report "top: what shares ports is not full where it has as many as there are"
! grep -q ' 0s .*(deleted)$' "$tmp/out" && grep -q ' 75% .*/a (deleted)$' "$tmp/out"; report "top: the limit of a removed cgroup is none"

# One cgroup
run "$calm" top --count 1 -d 0.1 -H /system.slice; [ $code -eq 0 ] && silent && lines 3 && lacks kubepods && has nginx.service; report "top CGROUP: it and those below"
run "$calm" top --count 1 -d 0.1 -j '/system.slice/api\040worker.service'; json 1 accounts && json "/system.slice/api worker.service" accounts 0 cgroup; report "top -j CGROUP"
run "$calm" top --count 1 -d 0.1 -H /idle.slice; lines 1; report "top CGROUP: asked for, it is shown though it holds nothing"
run "$calm" top nginx; [ $code -eq 64 ] && tells "'nginx': a cgroup's path begins with a slash"; report "top wants a path"
mkdir -p "$tmp/sys/fs/cgroup/here"; : >"$tmp/sys/fs/cgroup/cgroup.procs"
PORTQUOTA_SYS=$tmp/sys run "$calm" top --count 1 -d 0.1 /nosuch; [ $code -eq 0 ] && tells "no cgroup has the path '/nosuch' now"; report "top CGROUP: a slip of the fingers is told"

finish
