#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# check.sh: tests of check.
# shellcheck source=tools/cli/tests/lib.sh
. "$(dirname "$0")/lib.sh"

run "$busy" check; [ $code -eq 0 ] && lines 1 && has "PORTQUOTA OK - TCP 69% of the range, UDP 1% of the range | " && silent; report "check: ok"
has "tcp_ports=19744;21174;25409;0;28232 udp_ports=" && has " tcp_exhausted=37c"; report "check: performance data"
run "$busy" check --warn 69 --crit 95%; [ $code -eq 1 ] && has "WARNING - TCP 69% of the range in use, 19744 of 28232 ports, which connect() can share, most (18418) by /system.slice/nginx.service |"; report "check: --warn"
tree crowded; cp "$busy/net/portquota/accounts" "$t/net/portquota/"; sed -e 's/^udp.ports .*/udp.ports 20000/' -e 's/^udp.current .*/udp.current 20000/' "$busy/net/portquota/stat" >"$t/net/portquota/stat"
run "$t" check --warn 1 --crit 69; [ $code -eq 2 ] && has "CRITICAL - UDP 70%" && has "; TCP 69%"; report "check: --crit, the worst first; ports that connect() can share are no more than a warning"
run "$t" check -w 1 -c 71; [ $code -eq 1 ]; report "check: -w and -c, as plugins have them"
run "$busy" check --warn 70; [ $code -eq 0 ]; report "check: a threshold is no less than it says"
run "$limits" check; [ $code -eq 2 ] && has "CRITICAL - /kubepods" && has "is at its tcp.max, 12000 of 12000; " && has "; 2 more limits |"; report "check: accounts at their limits"
run "$limits" check -j; [ $code -eq 2 ] && json CRITICAL state && json 2 exit && json 4 problems; report "check -j"
json 28232 performance tcp_ports max && json 21174 performance tcp_ports warn && json 1290 performance tcp_denied value; report "check -j: the numbers, too"
run "$limits" check -v; [ $code -eq 2 ] && [ "$(wc -l <"$tmp/out")" -eq 5 ] && grep -q "^/system.slice/nginx.service is at its tcp.max, 12000 of 12000$" "$tmp/out"; report "check -v: each problem has a line"
tree stuck; mkfifo "$t/net/portquota/pipe"; mv "$t/net/portquota/pipe" "$t/net/portquota/stat"; run "$t" check -t 1; [ $code -eq 3 ] && has "PORTQUOTA UNKNOWN - timed out"; report "check -t: it gives up, and that is unknown"
tree checked; st=$t/net/portquota/stat; ac=$t/net/portquota/accounts
fine=$'hooks live\nrange.usable 100\ntcp.ports 10\n'
printf '%s' "$fine" >"$st"; printf '/a tcp.current=80 tcp.warn=80 tcp.max=100\n/b udp.current=3 udp.warn=0 udp.max=max\n/z tcp.current=0 tcp.max=0 tcp.warn=0\n' >"$ac"
run "$t" check; [ $code -eq 1 ] && has "/a is over its tcp.warn, 80 of 80" && has "/b is over its udp.warn" && lacks "/z"; report "check: over warn is a warning, none of none is not"
printf '/a|x\\012 tcp.current=80 tcp.warn=80 tcp.max=100\n' >"$ac"; run "$t" check; [ "$(tr -cd '|' <"$tmp/out")" = "|" ] && lines 1; report "check: a name cannot fake performance data"
: >"$ac"; printf 'hooks dead\n%s' "${fine#*$'\n'}" >"$st"; run "$t" check; [ $code -eq 2 ] && has "CRITICAL - hooks dead"; report "check: dead hooks are critical"
printf 'hooks live\n' >"$st"; run "$t" check; [ $code -eq 3 ] && has "UNKNOWN"; report "check: a stat that says nothing is unknown"
run "$tmp/nowhere" check; [ $code -eq 3 ] && has "PORTQUOTA UNKNOWN - " && has "modprobe portquota" && silent; report "check: no module is unknown, on standard output"
run "$busy" check -A; [ $code -eq 3 ] && has "PORTQUOTA UNKNOWN - "; report "check: cannot enter, unknown"
for bad in "--timeout 0" "-t x" "--warn 0" "--warn x" "--crit 101" "--warn 90 --crit 80" "nonsense"; do
	# shellcheck disable=SC2086
	run "$busy" check $bad; [ $code -eq 3 ] && tells "--help" && has "PORTQUOTA UNKNOWN - wrong usage"; report "check $bad is exit 3, and says so on standard output"
done
"$pq" -A -n 1 check >"$tmp/out" 2>"$tmp/err"; [ $? -eq 3 ] && tells "cannot be used together"; report "check: wrong options before it are exit 3"
PORTQUOTA_PROC=$busy "$pq" check >/dev/full 2>"$tmp/err"; [ $? -eq 3 ] && tells "No space"; report "check: a full disk is unknown"
run "$calm" check; [ $code -eq 0 ]; report "check: destinations are fine"
vary ranged-check; whole tcp.usable=3200; run "$t" check; [ $code -eq 1 ] && has "TCP 97% of the range in use, 3105 of 3200"; report "check: the range that a rule gives the namespace"

# Modes
mkdir -p "$tmp/audit/module/portquota/parameters"
echo audit >"$tmp/audit/module/portquota/parameters/mode"
PORTQUOTA_SYS=$tmp/audit run "$limits" check; [ $code -eq 1 ] && has "WARNING - /kubepods" && has "is at its tcp.max, 7058 of 7058 (audit: nothing is refused); "; report "check: in mode audit a max is a warning"
echo off >"$tmp/audit/module/portquota/parameters/mode"
PORTQUOTA_SYS=$tmp/audit run "$limits" check; [ $code -eq 0 ] && has "OK - " && has ", mode off |"; report "check: in mode off no max counts"

finish
