#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# events.sh: tests of events.
# shellcheck source=tools/cli/tests/lib.sh
. "$(dirname "$0")/lib.sh"

run "$limits" events; [ $code -eq 0 ] && silent && lines 8; report "events: one line each"
has "Nov 21 01:38:05.123  warn      tcp        9600 of 12000 (80%), +120/s, full in 20s  /system.slice/nginx.service"; report "events: warn"
has "forecast  udp        200 of 300 (66%), +12/s, full in 8s  "; report "events: forecast"
has "deny      tcp        12000 of 12000, refused  " && has "5 of 5, let through (audit)  /build jobs"; report "events: deny"
has "clear     tcp        8000 of 12000 (66%), back under 9600  "; report "events: clear"
has "lost      12 events"; report "events: lost ones are told"
has "timewait   100, over 90  "; report "events: no limit"
run "$limits" events --color=always; has $'\033[33mwarn' && has $'\033[1;31mdeny' && has $'\033[32mclear'; report "events: levels are coloured"
tree dated; sed 's/^17952250..\./1700000000./' "$limits/net/portquota/events" >"$t/net/portquota/events"
COLUMNS=80 run "$t" events; fits 80 && has "Nov 14 22:13 warn     tcp 9600 of 12000, +120/s, full in 20s  …ice/nginx.service"; report "events fits 80 columns, with the day"
day=; until [ "$day" = "$(date +%d)" ]; do	# not just at midnight
	day=$(date +%d)
	sed "s/^17952250..\./$(date +%s)./" "$limits/net/portquota/events" >"$t/net/portquota/events"
	COLUMNS=80 run "$t" events
done
fits 80 && grep -q '^..:..:.. warn     tcp 9600 of 12000, +120/s, full in 20s  …m.slice/nginx.service$' "$tmp/out"; report "events of today fits 80 columns, with the second"
COLUMNS=132 run "$limits" events; fits 132; report "events fits 132 columns"
run "$limits" events -j; lines 8; report "events -j: one line each"
worst=0; while IFS= read -r line; do printf '%s' "$line" | "$jget" time >/dev/null || worst=1; done <"$tmp/out"; [ $worst -eq 0 ]; report "events -j: each line is JSON"
head -1 "$tmp/out" >"$tmp/part"; cp "$tmp/part" "$tmp/out"; grep -q '"time": 1795225085.123,' "$tmp/out" && json warn level && json 9600 threshold && json false audit && json 20 left; report "events -j has the keys"
run "$limits" events -j; sed -n 6p "$tmp/out" | grep -q '"lost": 12' && sed -n 4p "$tmp/out" | grep -q '"cgroup": "/build jobs".*"audit": true' && tail -1 "$tmp/out" | grep -q '"rate": -300'; report "events -j: lost, audit, a negative rate"
run "$limits" events --host; lines 2 && has "net:[77] /a"; report "events --host names the namespace"
run "$limits" events -A -j; lines 2 && sed -n 2p "$tmp/out" | grep -q '"netns": "net:\[77\]"'; report "events -A is the same"
run "" events --host -n x; [ $code -eq 64 ]; report "events --host -n is exit 64"
run "$limits" events nonsense; [ $code -eq 64 ] && tells "'nonsense'"; report "events nonsense is exit 64"
run "$tmp/nowhere" events; [ $code -eq 1 ] && tells "modprobe portquota"; report "events: no module is exit 1"
tree stream2; ev=$t/net/portquota/events
head -c 20000 /dev/urandom >"$ev"; run "$t" events; [ $code -eq 0 ] && ! LC_ALL=C grep -q "$(printf '\033')" "$tmp/out"; report "events: random bytes"
printf '1795000000.\033[2J warn /a resource=tcp current=\033[2J threshold=\033[2J\n1.2 lost \033[2J\n' >"$ev"; run "$t" events; [ $code -eq 0 ] && ! LC_ALL=C grep -q "$(printf '\033')" "$tmp/out"; report "events: escape sequences"
printf '1.5\n1.5 warn\n1.5 warn /a\n9 \033[2J /a resource=\033[31m current=x limit=0\n99999999999999999999 deny /a current=1 limit=0\n1 lost\n1 warn /a netns=' >"$ev"
run "$t" events; [ $code -eq 0 ] && lines 5 && lacks $'\033'; report "events: malformed lines"
rm "$ev"; mkfifo "$ev"
exec 8<>"$ev"
: >"$tmp/out"
PORTQUOTA_PROC=$t "$pq" events -f >"$tmp/out" 2>"$tmp/err" &
pid=$!
head -1 "$limits/net/portquota/events" >&8
until_out nginx; report "events -f prints what there is"
sed -n 2p "$limits/net/portquota/events" | head -c 30 >&8; sleep 0.2; lacks forecast; report "events -f: no half line"
sed -n 2p "$limits/net/portquota/events" | tail -c +31 >&8
until_out forecast; report "events -f goes on"
# A background job of a shell that is not interactive ignores SIGINT, and so must the tool.
kill -TERM $pid; wait $pid && silent; report "events -f: stopped, it is done"
# Else timeout sends SIGCONT too, and LeakSanitizer waits forever for the stop that it takes back.
PORTQUOTA_PROC=$t timeout --foreground -s INT 1 env --default-signal=INT "$pq" events -f >"$tmp/out" 2>"$tmp/err"; [ $? -eq 124 ] && silent; report "events -f: so it is by Ctrl-C"
head -1 "$limits/net/portquota/events" >&8
PORTQUOTA_PROC=$t timeout 10 "$pq" events -f 2>"$tmp/err" | head -1 >"$tmp/out"
[ "${PIPESTATUS[0]}" -ne 124 ] && lines 1 && silent; report "events -f: a closed pipe ends it, though nothing happens"
run "$t" events; [ $code -eq 0 ] && lines 0; report "events: nothing kept, and no waiting"
exec 8>&-
cp "$limits/net/portquota/events" "$tmp/part"; rm "$ev"; cp "$tmp/part" "$ev"
run "$t" events -f; [ $code -eq 1 ] && lines 8 && tells "has ended"; report "events -f: the end of the stream is told"

# Destinations and early ends
COLUMNS=120 run "$calm" events; [ $code -eq 0 ] && lines 6 && has "dest      tcp        14116 of 28232 (50%) from 10.0.0.2 to 10.0.0.9:5432, +12/s, full in 1176s  " && has "450 of 1000 (45%) from 10.0.0.2 to 10.0.0.7:80, back under 500"; report "events: a destination fills up, and empties"
has "lasted 3 of 30s: ended by a packet from the peer" && has "not made: there are too many" && has "lasted 41 of 60s: its timer ran out early"; report "events: early ends"
COLUMNS=80 run "$calm" events; fits 80 && has "dest     tcp 900 of 1000 to 10.0.0.7:80"; report "events of both fit 80 columns"
run "$calm" events -j; sed -n 1p "$tmp/out" | grep -q '"level": "destination".*"resource": "destination".*"destination": "10.0.0.9:5432"' && sed -n 4p "$tmp/out" | grep -q '"reason": "recycled", "lasted": 3'; report "events -j: as the kernel has them"

# Filters
run "$limits" events --level deny; [ $code -eq 0 ] && lines 3 && lacks warn && has "lost      12 events"; report "events --level: what was lost is told too"
run "$limits" events -l warn,clear; lines 5 && lacks forecast && lacks deny; report "events --level: several"
run "$calm" events --level dest; lacks early && has "dest      tcp"; report "events --level: as it is printed"
run "$limits" events --level loud; [ $code -eq 64 ] && tells "--level loud: not one of warn, forecast, "; report "events --level with no such level is exit 64"
run "$limits" events --account '/build\040jobs'; lines 2 && has "/build jobs" && has lost; report "events --account"
run "$limits" events --cgroup /system.slice; has nginx && lacks "/build jobs"; report "events --account takes what is below"
run "$limits" events --account nginx; [ $code -eq 64 ] && tells "begins with a slash"; report "events --account wants a path"
tree runs; ev=$t/net/portquota/events; now=$(date +%s)
{ echo "$((now - 500)).000 exhausted /a resource=tcp current=9 threshold=9 limit=9 rate=0 source=10.0.0.1 destination=10.0.0.2:80"
  echo "$((now - 400)).000 end /a resource=tcp current=9 threshold=9 limit=9 rate=0 source=10.0.0.1 destination=10.0.0.2:80 of=exhausted count=3 seconds=2"
  echo "$((now - 50)).000 end /a resource=tcp current=1 threshold=1 limit=1 rate=0 port=40017 of=taken count=3 seconds=2"; } >"$ev"
run "$t" events --level exhausted; lines 2 && has "exhausted over: 3 calls"; report "events --level: the end of a run goes with it"
run "$t" events --since 100; lines 1 && has "taken over"; report "events --since"
run "$t" events --since 450; lines 2; report "events --since: to the second"
run "$t" events --since yesterday; [ $code -eq 64 ] && tells "--since yesterday: not a number of seconds"; report "events --since wants seconds"
run "$limits" events; tail -3 "$tmp/out" >"$tmp/part"; run "$limits" events --last 3; cmp -s "$tmp/out" "$tmp/part"; report "events --last"
run "$limits" events --last 100; lines 8; report "events --last: more than there are"
run "$limits" events --last 18446744073709551615; [ $code -eq 0 ] && lines 8; report "events --last: however many"
run "$limits" events --last 1 -l warn; lines 1 && has timewait; report "events --last counts what is asked for"
run "$limits" events -j --last 2; lines 2 && tail -1 "$tmp/out" | grep -q '"rate": -300'; report "events --last -j"
run "" events -n 99999999; [ $code -eq 1 ] && tells "for a count: --last 99999999"; report "events -n NUMBER: what it is, and what is meant"
rm "$ev"; mkfifo "$ev"
exec 8<>"$ev"
: >"$tmp/out"
head -2 "$limits/net/portquota/events" >&8
PORTQUOTA_PROC=$t "$pq" events -f --last 1 >"$tmp/out" 2>"$tmp/err" &
pid=$!
until_out forecast; lacks nginx; report "events -f --last begins with the last"
head -1 "$limits/net/portquota/events" >&8
until_out nginx; report "events -f --last goes on with all"
kill -TERM $pid; wait $pid
exec 8>&-

# Thresholds that are crossed at once
tree jump
for at in 150 225; do
	echo "1795225085.123 destination /a resource=destination current=256 threshold=$at limit=300 rate=0 source=10.0.0.1 destination=10.0.0.9:80"
done >"$t/net/portquota/events"
run "$t" events; has "256 of 300 (85%), past 150 from" && has "256 of 300 (85%), past 225 from"; report "events: of two thresholds that are crossed at once it is told which"

finish
