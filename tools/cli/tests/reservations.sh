#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# reservations.sh: tests of reservations.
# shellcheck source=tools/cli/tests/lib.sh
. "$(dirname "$0")/lib.sh"

run "$busy" reservations; [ $code -eq 0 ] && silent && lines 40; report "reservations: one line each"
has "Web Content" && has "(before load)" && has "(deleted)"; report "reservations: names"
awk 'NR == 1 { at = index($0, "CGROUP") } NR > 1 && !/Web/ && substr($0, at, 1) !~ /[\/(]/ { bad = 1 } END { exit bad }' "$tmp/out"
report "reservations: columns are aligned"
run "$busy" reservations --state time_wait,LISTEN; lines 16 && lacks ESTAB; report "reservations --state"
run "$busy" reservations --state nonsense; [ $code -eq 64 ] && tells nonsense; report "reservations --state with no such state"
run "$busy" reservations --account /system.slice/; lines 32 && lacks SYN-SENT; report "reservations --account takes what is below"
run "$busy" reservations --account /system.slic; lines 1; report "reservations --account takes whole names"
run "$busy" reservations --account '(before load)' -H; lines 2; report "reservations --account '(before load)'"
run "$busy" reservations --account nginx; [ $code -eq 64 ] && tells nginx; report "reservations --account wants a path"
run "$busy" reservations --proto udp -H; lines 6; report "reservations --proto"
run "$busy" reservations --proto sctp; [ $code -eq 64 ] && tells sctp; report "reservations --proto with no such protocol"
run "$busy" reservations -j; json 39 && json 812 0 pid && json shareable 0 kind && json false 0 deleted; report "reservations -j"
json 42 27 comm && json 42 27 pid && grep -q '"comm": "42"' "$tmp/out"; report "reservations -j: a command of digits is text"
grep -q '"left": [0-9]*\.[0-9],' "$tmp/out"; report "reservations -j: the time left is a number of its own precision"
run "$busy" reservations --by state,cgroup; lines 11 && head -2 "$tmp/out" | tail -1 | grep -q '12  ESTAB.*/nginx.service$'
report "reservations --by: largest first"
has "run-r4be1.scope (deleted)"; report "reservations --by cgroup keeps (deleted)"
run "$busy" reservations --by owner,proto,destination,local,cgroup,state,command -j; json 10 && json 12 0 count && json 10.0.0.5 0 local.address && json 812 0 pid
report "reservations --by everything, -j"
run "$busy" reservations --by state,state -H; lines 7; report "reservations --by twice the same"
run "$busy" reservations --by nonsense; [ $code -eq 64 ] && tells nonsense; report "reservations --by with no such key"
run "$busy" reservations --by destination --state time-wait -H; lines 2; report "reservations --by with a filter"
COLUMNS=132 run "$busy" reservations; fits 132; report "reservations fits 132 columns"
COLUMNS=80 run "$busy" reservations --by cgroup,state; fits 80; report "reservations --by fits 80 columns"
run "$calm" reservations --by destination,local,state -H; [ $code -eq 0 ] && head -1 "$tmp/out" | grep -q '^6  10.0.0.9:5432  10.0.0.2  ESTAB$'; report "reservations --by in any order"

# Length
tree long
awk 'BEGIN { for (i = 0; i < 200000; i++) printf "tcp 10.0.0.1:%d 10.0.0.2:%d ESTAB account=/a/%d pid=%d comm=x age=1 kind=shareable\n", i % 65536, i % 7, i % 5, i }' >"$t/net/portquota/reservations"
run "$t" reservations -H; [ $code -eq 0 ] && lines 200000; report "reservations: a long file"
run "$t" reservations --by cgroup -H; lines 5 && has "40000  /a/4"; report "reservations --by: a long file"
run "$t" reservations -j; json 200000; report "reservations -j: a long file"
tree stream; rm "$t/net/portquota/reservations"; mkfifo "$t/net/portquota/reservations"
: >"$tmp/out"
PORTQUOTA_PROC=$t "$pq" reservations >"$tmp/out" 2>"$tmp/err" &
exec 9>"$t/net/portquota/reservations"
head -3000 "$tmp/long/net/portquota/reservations" >&9
for ((i = 0; i < 100; i++)); do
	[ -s "$tmp/out" ] && break
	sleep 0.1
done
[ -s "$tmp/out" ]; report "reservations: printed while it is read, not held"
exec 9>&-
wait
lines 3001; report "reservations: and all of it in the end"
PORTQUOTA_PROC=$tmp/long "$pq" reservations 2>"$tmp/err" | head -1 >"$tmp/out"; lines 1 && silent; report "a closed pipe ends it quietly"

finish
