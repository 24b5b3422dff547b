#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# accounts.sh: tests of accounts.
# shellcheck source=tools/cli/tests/lib.sh
. "$(dirname "$0")/lib.sh"

run "$busy" accounts; [ $code -eq 0 ] && silent && aligned 8; report "accounts: columns are aligned"
lacks "getty" && lacks "init.scope"; report "accounts leaves out what is empty"
has "/build jobs" && has "systemd\\x2dtimesyncd" && lacks '\040'; report "accounts: names are unescaped"
has "/system.slice/run-r4be1.scope (deleted)" && has "(before load)"; report "accounts: deleted, and before load"
tail -1 "$tmp/out" | grep -q '(before load)'; report "accounts: before load is last"
run "$busy" accounts --all; has "getty@tty1"; report "accounts --all shows what is empty"
run "$busy" accounts -j; [ $code -eq 0 ] && json 18 && json / 0 cgroup && json 20877 0 tcp.current && json 28232 0 range.usable
report "accounts -j"
json "/build jobs" 1 cgroup; report "accounts -j: names are unescaped"
json true 11 deleted && json /system.slice/run-r4be1.scope 11 cgroup; report "accounts -j: deleted is a flag"
run "$busy" accounts --sort udp; sed -n 4p "$tmp/out" | grep -q unbound; report "accounts --sort udp: largest first"
run "$busy" accounts --sort timewait.peak -H; head -1 "$tmp/out" | grep -q ' /$'; report "accounts --sort with a full key"
run "$busy" accounts --sort nonsense; [ $code -eq 64 ] && tells nonsense && [ ! -s "$tmp/out" ]; report "accounts --sort with no such key"
run "$busy" -H accounts; lacks CGROUP; report "accounts -H"
for w in 80 100 132; do
	COLUMNS=$w run "$busy" accounts; fits "$w" && aligned 3 && has "EXHAUSTED"
	report "accounts fits $w columns and keeps what is trouble"
done
COLUMNS=80 run "$busy" accounts; has "hidden columns (terminal too narrow): "; report "accounts says what it left out"
COLUMNS=80 run "$busy" -H accounts; lacks "hidden columns"; report "accounts -H says nothing of the kind"

tree order; for p in /b /a-b /a/b /a / '(before\040load)' /a.b; do printf '%s tcp.current=1\n' "$p"; done >"$t/net/portquota/accounts"
run "$t" -H accounts; [ "$(awk '{ print $NF }' "$tmp/out" | tr '\n' ' ')" = "/ /a /a/b /a-b /a.b /b load) " ]
report "accounts: the order is the tree's"
tree outside; printf '/ tcp.current=2 tcp.local=2\n(outside) tcp.current=5 udp.current=1 timewait.current=0 tcp.local=5 udp.local=1 timewait.local=0\n' >"$t/net/portquota/accounts"
run "$t" -H accounts; tail -1 "$tmp/out" | grep -q '^ *5 .* (outside)$'; report "accounts: what is outside of the view"
run "$busy" -A accounts; [ $code -eq 1 ] && tells PORTQUOTA_PROC; report "-A accounts cannot enter a made-up tree"

# Limits
export PORTQUOTA_SYS=$limits/sys
run "$limits" accounts; [ $code -eq 0 ] && has "TCP MAX" && has "TCP OF MAX" && has "TW MAX" && has "DENIED"; report "accounts has limits and denials"
grep -q '^12000 .* 12000 .* 9000 .* 310 .*42%.*100%  /system.slice/nginx.service$' "$tmp/out"; report "accounts: a bar of the range and one of max"
grep -q ' 3 .*  /user.slice$' "$tmp/out"; report "accounts shows who holds nothing for being refused"
run "$limits" accounts -j; json 1297 0 denied && json null 0 tcp.max; report "accounts -j has denied"
run "$limits" accounts --sort denied; sed -n 3p "$tmp/out" | grep -q kubepods; report "accounts --sort denied"
for w in 80 132; do
	COLUMNS=$w run "$limits" accounts; fits $w && has DENIED && has "TCP OF MAX"; report "accounts with limits fits $w columns"
done

# Owners, and ranges of their own
run "$calm" accounts; has OWNER && has "api worker/4711" && has "nginx/812"; report "accounts names the owners"
COLUMNS=80 run "$calm" accounts; fits 80 && lacks nginx/812; report "accounts names them where there is room"
grep -q . "$tmp/out" && run "$calm" accounts -j && json 1000 5 range.usable && json 28232 0 range.usable; report "accounts: a share is of the range that holds"

# One cgroup
run "$calm" accounts /system.slice -H; [ $code -eq 0 ] && lines 3 && lacks kubepods && has nginx.service; report "accounts PATH: it and those below"
run "$calm" accounts '/system.slice/api\040worker.service' -j; json 1 && json "/system.slice/api worker.service" 0 cgroup; report "accounts PATH: escaped as in the files"
run "$calm" accounts /system -H; lines 0; report "accounts PATH takes whole names"
run "$calm" accounts /idle.slice -H; lines 1; report "accounts PATH: asked for, it is shown though it holds nothing"
run "$calm" accounts nginx; [ $code -eq 64 ] && tells "'nginx': a cgroup's path begins with a slash"; report "accounts wants a path"
run "$calm" accounts /a /b; [ $code -eq 64 ]; report "accounts: one path at a time"
mkdir -p "$tmp/sys/fs/cgroup/here"; : >"$tmp/sys/fs/cgroup/cgroup.procs"
PORTQUOTA_SYS=$tmp/sys run "$calm" accounts /nosuch; [ $code -eq 0 ] && tells "no cgroup has the path '/nosuch' now"; report "accounts PATH: a slip of the fingers is told"
PORTQUOTA_SYS=$tmp/sys run "$calm" accounts /here; silent; report "accounts PATH: a cgroup that holds nothing is none"

finish
