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
json 42 27 command && json 42 27 pid && grep -q '"command": "42"' "$tmp/out"; report "reservations -j: a command of digits is text"
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

# Filters
run "$busy" reservations /system.slice -H; cp "$tmp/out" "$tmp/part"; run "$busy" reservations --account /system.slice -H; cmp -s "$tmp/out" "$tmp/part" && lines 31; report "reservations PATH is --account PATH"
run "$busy" reservations --account /a /b; [ $code -eq 64 ] && tells "'/b': one cgroup"; report "reservations: one cgroup at a time"
run "$busy" reservations --pid 812 -H; n=$(wc -l <"$tmp/out"); [ "$n" -gt 1 ] && [ "$(grep -c ' 812 ' "$tmp/out")" -eq "$n" ] && [ "$n" -eq "$(grep -c ' pid=812 ' "$busy/net/portquota/reservations")" ]; report "reservations --pid"
run "$busy" reservations --pid nginx; [ $code -eq 64 ] && tells "--pid nginx"; report "reservations --pid wants a number"
run "$calm" reservations -d 10.0.0.9:5432 -H; n=$(grep -c ' 10.0.0.9:5432 ' "$calm/net/portquota/reservations"); [ "$n" -gt 1 ] && lines "$n"; report "reservations --destination"
run "$calm" reservations --destination :5432 --by state -H; has ESTAB; report "reservations --destination :PORT, with --by"
run "$calm" reservations --destination here; [ $code -eq 64 ] && tells "'here' is not a destination"; report "reservations --destination wants one"
run "$busy" reservations --limit 3 -H; awk '{ print $3 }' "$tmp/out" >"$tmp/part"; awk 'NR <= 3 { print $2 }' "$busy/net/portquota/reservations" | cmp -s - "$tmp/part"; report "reservations --limit: the first"
run "$busy" reservations --by state --limit 2 -H; lines 2; report "reservations --limit: the largest groups"
run "$busy" reservations -j --limit 2; json 2; report "reservations --limit -j"
mkdir -p "$tmp/sys/fs/cgroup/here"; : >"$tmp/sys/fs/cgroup/cgroup.procs"
PORTQUOTA_SYS=$tmp/sys run "$busy" reservations /nosuch; [ $code -eq 0 ] && lines 1 && tells "no cgroup has the path '/nosuch' now"; report "reservations PATH: a slip of the fingers is told"
PORTQUOTA_SYS=$tmp/sys run "$busy" reservations /here; silent; report "reservations PATH: a cgroup that holds nothing is none"

# Long names
tree kube; pod=/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod0a1b2c3d_4e5f_6071_8293_a4b5c6d7e8f9.slice
echo "tcp 10.0.0.1:40001 10.0.0.2:80 ESTAB account=$pod/cri-containerd-0123456789abcdef0123456789abcdef.scope pid=5 comm=python3 age=3 kind=shareable" >"$t/net/portquota/reservations"
COLUMNS=80 run "$t" reservations --by cgroup,state; fits 80 && grep -q '^COUNT  STATE  CGROUP$' "$tmp/out" && grep -q '    1  ESTAB  /.*….*\.scope$' "$tmp/out"; report "reservations --by cgroup,state: the path comes last, and gives way"
COLUMNS=80 run "$t" reservations --by cgroup,owner,destination; fits 80 && grep -q 'python3  10.0.0.2:80  /' "$tmp/out"; report "reservations --by: so with any keys"
COLUMNS=80 run "$t" reservations; fits 80; report "reservations fits 80 columns, with long names"

# A narrow terminal: who has which port is what is looked for
COLUMNS=80 run "$busy" reservations; fits 80 && grep -q '^tcp  *ESTAB  *…:32768  10.0.9.1:5432  .* 812  nginx  .*e/nginx.service$' "$tmp/out"; report "reservations keeps port, state, pid, command and cgroup in 80 columns"
grep -q '^tcp  *FIN-WAIT-2  …:32857  …*.*:5:6]:443 * 3391  curl  ' "$tmp/out"; report "reservations: of an IPv6 address the port, too"
has "hidden columns (terminal too narrow): KIND, AGE, LEFT"; report "reservations: what is left out is told"
COLUMNS=80 run "$calm" reservations; fits 80 && grep -q '^tcp  *ESTAB  *…:33000  10.0.0.9:5432  4711  api worker  ….*api worker.service$' "$tmp/out"; report "reservations: so with a command of two words"
COLUMNS=100 run "$calm" reservations; fits 100 && grep -q ' 10.0.0.2:33000  10.0.0.9:5432  4711  api worker  /system.slice/api worker.service$' "$tmp/out"; report "reservations: nothing is shortened where there is room"
LC_ALL=C COLUMNS=80 run "$calm" reservations; fits 80 && grep -q '^tcp  *ESTAB  *[.][.]33000  10.0.0.9:5432  4711  api worker ' "$tmp/out"; report "reservations: so where the locale has no …"
tree wide; wide=$t/net/portquota/reservations
for end in 40001:ESTAB 40002:TIME-WAIT; do echo "tcp [2001:db8:1111:2222:3333:4444:5555:6666]:${end%:*} [2001:db8:1111:2222:3333:4444:5555:7777]:5432 ${end#*:} account=$pod/cri-containerd-0123456789abcdef0123456789abcdef.scope pid=4194303 comm=containerd-shim age=200000 kind=shareable left=59.9"; done >"$wide"
COLUMNS=80 run "$t" reservations; fits 80 && grep -q '^tcp  *TIME-WAIT  …:40002  …*.*]:5432  4194303  containerd-shim  ….*.scope$' "$tmp/out"; report "reservations: the longest of all fit 80 columns"
COLUMNS=60 run "$t" reservations; fits 60 && grep -q '^TIME-WAIT  …:40002  4194303  containerd-shim  ….*.scope$' "$tmp/out" && has "PROTO, REMOTE"; report "reservations: in 60 columns who and which port are left"
COLUMNS=80 run "$t" reservations --by local,destination,owner,cgroup; fits 80 && has "]:5432  " && has "containerd-shim"; report "reservations --by: addresses give way before programs"

finish
