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
run "$limits" check; [ $code -eq 2 ] && has "CRITICAL - /kubepods" && has "is at its tcp.max, 12000 of 12000; " && has "is at its udp.max, 300 of 300" && lacks " more"; report "check: accounts at their limits, each of them"
run "$limits" check -j; [ $code -eq 2 ] && json CRITICAL state && json 2 exit && json 5 problems; report "check -j"
json 28232 performance tcp_ports max && json 21174 performance tcp_ports warn && json 1290 performance tcp_denied value; report "check -j: the numbers, too"
run "$limits" check -v; [ $code -eq 2 ] && lines 6 && grep -q "^/system.slice/nginx.service is at its tcp.max, 12000 of 12000$" "$tmp/out" && grep -q "udp.max, 300 of 300$" "$tmp/out"; report "check -v: each problem has a line"
tree nine; printf 'hooks live\nrange.usable 100\ntcp.ports 10\n' >"$t/net/portquota/stat"
for i in {1..8}; do echo "/full$i tcp.current=9 tcp.max=9"; done >"$t/net/portquota/accounts"; echo "/late tcp.current=9 tcp.warn=9 tcp.max=10" >>"$t/net/portquota/accounts"
run "$t" check -v; [ $code -eq 2 ] && lines 10 && head -n 1 "$tmp/out" | grep -qF "/full6 is at its tcp.max, 9 of 9; 3 more |" && [ "$(tail -n +2 "$tmp/out" | grep -c ' is at its tcp.max, 9 of 9$')" -eq 8 ] && [ "$(tail -n 1 "$tmp/out")" = "/late is over its tcp.warn, 9 of 9" ]; report "check -v: all of one kind, six of them in the first line"
run "$t" check -j; json 9 problems; report "check -j: all of one kind"
for i in {1..5}; do echo "$(($(date +%s) - 50)).000 end /job$i netns=net:[1] resource=tcp current=9 threshold=9 limit=9 of=deny count=$i seconds=1 last=$(($(date +%s) - 50)).000 seq=$i"; done >"$t/net/portquota/events"
: >"$t/net/portquota/accounts"; run "$t" check -v --since 90; [ $code -eq 1 ] && lines 6 && lacks " more" && [ "$(tail -n +2 "$tmp/out" | grep -c '^[1-5] calls* of /job[1-5]')" -eq 5 ]; report "check -v --since: every run of calls that failed"
tree stuck; mkfifo "$t/net/portquota/pipe"; mv "$t/net/portquota/pipe" "$t/net/portquota/stat"; run "$t" check -t 1; [ $code -eq 3 ] && has "PORTQUOTA UNKNOWN - timed out"; report "check -t: it gives up, and that is unknown"
tree checked; st=$t/net/portquota/stat; ac=$t/net/portquota/accounts
fine=$'hooks live\nrange.usable 100\ntcp.ports 10\n'
printf '%s' "$fine" >"$st"; printf '/a tcp.current=80 tcp.warn=80 tcp.max=100\n/b udp.current=3 udp.warn=0 udp.max=max\n/z tcp.current=0 tcp.max=0 tcp.warn=0\n' >"$ac"
run "$t" check; [ $code -eq 1 ] && has "/a is over its tcp.warn, 80 of 80" && has "/b is over its udp.warn" && lacks "/z"; report "check: over warn is a warning, none of none is not"
printf '/a|x\\012 tcp.current=80 tcp.warn=80 tcp.max=100\n' >"$ac"; run "$t" check; [ "$(tr -cd '|' <"$tmp/out")" = "|" ] && lines 1; report "check: a name cannot fake performance data"
: >"$ac"; printf 'hooks dead\n%s' "${fine#*$'\n'}" >"$st"; run "$t" check; [ $code -eq 2 ] && has "CRITICAL - hooks dead"; report "check: dead hooks are critical"
printf 'hooks live\n' >"$st"; run "$t" check; [ $code -eq 3 ] && has "UNKNOWN"; report "check: a stat that says nothing is unknown"
mkdir -p "$t/fifo/net/portquota"; mkfifo "$t/fifo/net/portquota/stat"
PORTQUOTA_PROC=$t/fifo "$pq" check >"$tmp/out" 2>"$tmp/err" & pid=$!
exec 9>"$t/fifo/net/portquota/stat"	# it has come as far as to read this
kill -TERM $pid; wait $pid; code=$?; exec 9>&-; [ $code -eq 3 ] && lines 1 && has "PORTQUOTA UNKNOWN - ended before"; report "check: a monitor that kills it gets a line, too"
(ulimit -c 0; PORTQUOTA_PROC=$t/fifo exec "$pq" check) >"$tmp/out" 2>"$tmp/err" & pid=$!
exec 9>"$t/fifo/net/portquota/stat"
kill -SEGV $pid; wait $pid 2>"$tmp/err"; code=$?; exec 9>&-; [ $code -eq 139 ] && lines 1 && has "PORTQUOTA UNKNOWN - ended before"; report "check: a bug gets a line, and still ends as one"
run "$tmp/nowhere" check; [ $code -eq 3 ] && has "PORTQUOTA UNKNOWN - " && has "modprobe portquota" && silent; report "check: no module is unknown, on standard output"
for bad in "--timeout 0" "-t x" "--warn 0" "--warn x" "--crit 101" "--warn 90 --crit 80" "--warn tcp=0" "--warn sctp=5" "--warn tcp=80,limit=90 --crit limit=80" "--cgroup x" "nonsense"; do
	# shellcheck disable=SC2086
	run "$busy" check $bad; [ $code -eq 3 ] && tells "--help" && has "PORTQUOTA UNKNOWN - wrong usage"; report "check $bad is exit 3, and says so on standard output"
done
"$pq" -A -n 1 check >"$tmp/out" 2>"$tmp/err"; [ $? -eq 3 ] && tells "cannot be used together" && has "PORTQUOTA UNKNOWN - wrong usage"; report "check: wrong options before it are exit 3, and told on standard output"
PORTQUOTA_PROC=$busy "$pq" check >/dev/full 2>"$tmp/err"; [ $? -eq 3 ] && tells "No space"; report "check: a full disk is unknown"
run "$calm" check; [ $code -eq 0 ]; report "check: destinations are fine"
vary ranged-check; whole tcp.usable=3200; run "$t" check; [ $code -eq 1 ] && has "TCP 97% of the range in use, 3105 of 3200"; report "check: the range that a rule gives the namespace"

# Thresholds of one resource
run "$busy" check -w tcp=69; [ $code -eq 1 ] && has "tcp_ports=19744;19481;25409;0;28232" && has "udp_ports=410;21174;25409;"; report "check -w tcp="
run "$busy" check -w 69,tcp=71; [ $code -eq 0 ]; report "check -w: for all, and another one for one"
run "$calm" check -w limit=70; [ $code -eq 1 ] && has "WARNING - /system.slice/nginx.service is at 71% of its tcp.max, 640 of 900"; report "check -w limit="
run "$calm" check -w limit=60 -c limit=71; [ $code -eq 2 ]; report "check -c limit="
run "$calm" check -w destination=43; [ $code -eq 1 ] && has "WARNING - 44% of the ports from 10.0.0.2 to 10.0.0.7:80 in use"; report "check -w destination="
run "$calm" check; has " limit=71%;;;0;100 " && has " '/system.slice/nginx.service tcp.max'=640;720;900;0;900 "; report "check: limits are performance data"
run "$calm" check -j; json 640 performance "/system.slice/nginx.service tcp.max" value && json 900 performance "/system.slice/nginx.service tcp.max" max; report "check -j: under their names"
vary half; sed -i 's/ used=1400 / used=14200 /' "$t/net/portquota/destinations"; run "$t" check; has "'10.0.0.2 10.0.0.9_5432'=" || has "'10.0.0.2 10.0.0.9:5432'=14"; report "check: a destination past half is performance data"

# A cgroup
run "$limits" check --cgroup /kubepods.slice/kubepods-pod0d9a7c1e.slice; [ $code -eq 2 ] && has "is at its tcp.max, 7058 of 7058" && lacks nginx && has "tcp=7058 " && has "kubepods-pod0d9a7c1e.slice tcp.max'=7058;5646;7058;0;7058"; report "check --cgroup"
run "$limits" check --cgroup /system.slice/postgresql.service; [ $code -eq 0 ] && has "OK - /system.slice/postgresql.service holds 1700 TCP and 6 UDP | "; report "check --cgroup: the others' limits are not its"
run "$limits" check --cgroup /system.slice/postgresql.service//; has "OK - /system.slice/postgresql.service holds 1700 TCP and 6 UDP | "; report "check --cgroup: slashes at the end, as the shell completes it"
run "$limits" check --cgroup /; has "is at its udp.max, 300 of 300" && lacks " more"; report "check --cgroup /"
vary shared; sed -i '1s/.*/10.0.0.2 10.0.0.9:5432 used=28210 timewait=420 usable=28232 free=0/' "$t/net/portquota/destinations"; many 60 ESTAB 10.0.0.9:5432 3 34000; sed -i 's|nginx.service pid=812 comm=nginx|api\\040worker.service pid=4711 comm=api|' "$t/net/portquota/reservations"; many 40 ESTAB 10.0.0.9:5432 3 35000
run "$t" check --cgroup /system.slice/nginx.service; [ $code -eq 2 ] && has "10.0.0.9:5432" && run "$t" check --cgroup /kubepods.slice && [ $code -eq 0 ]; report "check --cgroup: a full destination that it shares is"
run "$limits" check --cgroup /system.slice/nothing.service; [ $code -eq 0 ] && has "holds nothing"; report "check --cgroup: one that holds nothing"
vary above; sed -i 's|^/system.slice |&tcp.max=2900 |' "$t/net/portquota/accounts"; run "$t" check --cgroup /system.slice/nginx.service; [ $code -eq 2 ] && has "/system.slice is at its tcp.max, 2900 of 2900" && run "$t" check --cgroup /user.slice && [ $code -eq 0 ]; report "check --cgroup: a limit above that is full is"

# All namespaces: that of process 7, and one that nothing leads to
tree nets; mkdir -p "$t/7/ns" "$t/7/net/portquota"; echo init >"$t/7/comm"; ln -s 'net:[100]' "$t/7/ns/net"; cp "$busy"/net/portquota/* "$t/7/net/portquota/"
nets() { printf 'net:[100] tcp.current=20877\nnet:[200] tcp.current=4 tcp.ports=%s tcp.usable=100 tcp.begun=8 tcp.exhausted=1\n' "$1" >"$t/portquota/namespaces"; }
export PORTQUOTA_NETNS=$tmp/nonets
nets 4; run "$t" check -A; [ $code -eq 0 ] && lines 1 && silent && has "OK - 2 namespaces are fine, 1 of them by their totals only" && has "namespaces=2 tcp_range=69%;75;90;0;100" && has " tcp=20881 " && has " tcp_exhausted=38c"; report "check -A: one that cannot be entered is judged by its totals"
nets 76; run "$t" check -A; [ $code -eq 1 ] && has "WARNING - net:[200]: TCP 76% of the range in use, 76 of 100 ports"; report "check -A: and may be short"
run "$t" check -A -w 69; [ $code -eq 1 ] && has "host: TCP 69% of the range in use, 19744 of 28232 ports, which connect() can share, most (18418) by /system.slice/nginx.service"; report "check -A: who it is"
run "$t" check -A --cgroup /system.slice/nginx.service; [ $code -eq 0 ] && has "OK - /system.slice/nginx.service holds 18418 TCP and 0 UDP in 1 namespaces, 2 namespaces are fine" && has " tcp=18418 udp=0 " && lacks "tcp_range="; report "check -A --cgroup: the figures are the cgroup's"
mkdir -p "$t/9/ns"; ln -s 'net:[200]' "$t/9/ns/net"; printf 'a\377\033[31m|b\n' >"$t/9/comm"; mkdir -p "$t/9/net/portquota"; printf 'hooks live\nrange.usable 100\ntcp.ports 76\n' >"$t/9/net/portquota/stat"; : | tee "$t/9/net/portquota/"{accounts,rules,destinations,events,reservations}
run "$t" check -A; [ $code -eq 1 ] && has 'WARNING - pid 9 (a\377\033[31m\174b): TCP 76% of the range' && lacks $'\033' && lines 1; report "check -A: any bytes in the name of a process"
run "$t" check -A -j; [ $code -eq 1 ] && json 'pid 9 (a\377\033[31m|b): TCP 76% of the range in use, 76 of 100 ports, which connect() can share' problems 0 what && json WARNING problems 0 state; report "check -A -j: the same"
long=$(printf 'n%.0s' {1..200}); mkdir "$tmp/longnets"; : >"$tmp/longnets/$long"; inode=$(stat -c %i "$tmp/longnets/$long")
printf 'net:[100] tcp.current=20877\nnet:[%s] tcp.ports=76 tcp.usable=100 tcp.begun=8\n' "$inode" >"$t/portquota/namespaces"
PORTQUOTA_NETNS=$tmp/longnets run "$t" check -A; has "WARNING - $long: TCP 76% of the range"; report "check -A: a long name"
nets 4; rm "$t/9/net/portquota/stat"; mkdir "$t/9/net/portquota/stat"; run "$t" check -A; [ $code -eq 0 ] && lines 1 && silent && has "OK - 1 namespaces are fine, 1 could not be read | " && has " unread=1 "; report "check -A: one that cannot be read is told, and no more"
run "$t" check -A -w 69; [ $code -eq 1 ] && has "; 1 could not be read | "; report "check -A: beside what is wrong, too"
mv "$t/7/net" "$t/7/gone"; run "$t" check -A; [ $code -eq 3 ] && has "PORTQUOTA UNKNOWN - "; report "check -A: if none can be read, that is unknown"
mv "$t/7/gone" "$t/7/net"; rm -r "$t/9"
for ((i = 1; i <= 200; i++)); do printf 'net:[%s] tcp.ports=95 tcp.usable=100 udp.ports=99 udp.usable=100\n' "$i"; done >"$t/portquota/namespaces"
run "$t" check -A; [ $code -eq 2 ] && lines 1 && [ "$(wc -c <"$tmp/out")" -lt 1500 ] && has "; 392 more | namespaces=200 "; report "check -A: the line has an end"
run "$t" check -A -v; [ "$(wc -l <"$tmp/out")" -eq 52 ] && [ "$(tail -n 1 "$tmp/out")" = "348 more" ]; report "check -A -v: so have the lines"
tree none; run "$t" check -A; [ $code -eq 3 ] && lines 1 && has "PORTQUOTA UNKNOWN - there is no network namespace |"; report "check -A: nothing to look at is unknown"
run "$tmp/nowhere" check -A; [ $code -eq 3 ] && lines 1 && has "modprobe portquota"; report "check -A: no module is unknown"
tree twelve
for ((i = 1; i <= 12; i++)); do mkdir -p "$t/$i/ns"; ln -s "net:[$i]" "$t/$i/ns/net"; ln -s "$busy/net" "$t/$i/net"; echo "net:[$i]"; done >"$t/portquota/namespaces"
run "$t" check -A -w 69 -v; [ $code -eq 1 ] && lines 13 && [ "$(tail -n +2 "$tmp/out" | grep -c ', most (18418) by')" -eq 10 ]; report "check -A: who it is, of no more than ten namespaces"
unset PORTQUOTA_NETNS

# Modes
mkdir -p "$tmp/audit/module/portquota/parameters"
echo audit >"$tmp/audit/module/portquota/parameters/mode"
PORTQUOTA_SYS=$tmp/audit run "$limits" check; [ $code -eq 1 ] && has "WARNING - /kubepods" && has "is at its tcp.max, 7058 of 7058 (audit: nothing is refused); "; report "check: in mode audit a max is a warning"
echo off >"$tmp/audit/module/portquota/parameters/mode"
PORTQUOTA_SYS=$tmp/audit run "$limits" check; [ $code -eq 0 ] && has "OK - " && has ", mode off |"; report "check: in mode off no max counts"

finish
