#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# record.sh: tests of record, which writes rows. What reads them is in history.sh and plot.sh.
# shellcheck source=tools/cli/tests/lib.sh
. "$(dirname "$0")/lib.sh"

# 2026-11-29 03:12:00 UTC
noon=1795921920
dir=$tmp/record
today=$dir/2026-11-29.jsonl

# A machine with some cgroups; its module has been loaded once, and numbers its events.
vary host
mkdir -p "$t/sys/kernel/random" "$tmp/sys/module/portquota"
echo 0b00710a-dead-beef-0000-000000000000 >"$t/sys/kernel/random/boot_id"
host=$t
export PORTQUOTA_SYS=$tmp/sys
# events FIRST LAST: the stream of the host has these
events() {
	seq "$1" "$2" | while read -r n; do
		echo "$((noon - 1000 + n)).500 warn /system.slice/nginx.service netns=net:[4026531840] resource=tcp current=$n threshold=9 limit=max rate=1 seq=$n"
	done >"$host/portquota/events"
}
# row N [ALSO]: a row is recorded N minutes after the first
row() { run_at $((noon + 60 * $1)) $((5000 + 60 * $1)) "$host" record --dir "$dir" "${@:2}"; }
# of_row N WORD...: what the Nth row of the day has there
of_row() { sed -n "$1p" "$today" | "$jget" "${@:2}"; }
# numbers N: of the events in the Nth row
numbers() { for ((k = 0; k < $(of_row "$1" events); k++)); do of_row "$1" events $k seq; echo; done | xargs; }

events 0 2
row 0; [ $code -eq 0 ] && silent && lines 0 && [ "$(ls "$dir")" = 2026-11-29.jsonl ]; report "record: a row, and no word"
[ "$(of_row 1 schema)" = 1 ] && [ "$(of_row 1 time)" = $noon.0 ] && [ "$(of_row 1 boot)" = 0b00710a ] && [ "$(of_row 1 uptime)" = 5000.0 ]; report "record: when that was, and of which boot"
[ "$(of_row 1 namespaces 0 netns)" = "net:[4026531840]" ] && [ "$(of_row 1 namespaces 0 tcp.current)" = 3420 ] && [ "$(of_row 1 namespaces 0 host)" = true ]; report "record: the totals of a namespace"
[ "$(of_row 1 namespaces 0 cgroups 0 cgroup)" = "/system.slice/api worker.service" ] && [ "$(of_row 1 namespaces 0 cgroups 0 owner.command)" = "api worker" ] && [ "$(of_row 1 namespaces 0 cgroups)" = 4 ]; report "record: cgroups that hold something, the largest first, in the words of all JSON"
[ "$(of_row 1 namespaces 0 destinations 0 destination)" = 10.0.0.7:80 ] && [ "$(of_row 1 namespaces 0 destinations)" = 5 ]; report "record: destinations, the fullest first"
! sed 's/"events":.*"namespaces.all"//' "$today" | grep -q '"max"\|":0[,}]\|lifetime\|"path"\|"comm"'; report "record: nothing that says nothing, and no other words"
[ "$(stat -c %a "$dir" "$today" | xargs)" = "750 640" ]; report "record: not for everybody's eyes"
command -v python3 >/dev/null && python3 -c 'import sys, zlib
for line in sys.stdin.buffer: body, crc = line.rstrip(b"\n").rsplit(b",\"crc\":\"", 1); assert b"%08x\"}" % zlib.crc32(body) == crc' <"$today"; report "record: each line has the CRC-32 of what stands before it"

# Events: each once, however often they are read
[ "$(numbers 1)" = "0 1 2" ] && [ "$(of_row 1 events 0 cgroup)" = /system.slice/nginx.service ]; report "record: the events that there were"
events 0 4; row 1; [ "$(numbers 2)" = "3 4" ] && [ "$(of_row 2 events.next)" = 5 ]; report "record: then those that are new"
row 2; [ "$(numbers 3)" = "" ] && [ "$(of_row 3 events.next)" = 5 ]; report "record: none twice"
events 9 11; row 3; [ "$(numbers 4)" = "9 10 11" ] && [ "$(of_row 4 events.lost)" = 4 ]; report "record: those that were pushed out meanwhile are counted"
{ echo "$noon.000 lost 7"; cat "$host/portquota/events"; echo "$noon.000 lost 6"; } >"$tmp/part"; events 12 12; cat "$tmp/part" "$host/portquota/events" >"$tmp/all"; mv "$tmp/all" "$host/portquota/events"
row 4; [ "$(of_row 5 events)" = 2 ] && [ "$(of_row 5 events 0 lost)" = 6 ] && [ "$(of_row 5 events 1 seq)" = 12 ]; report "record: what the module has lost, once"
echo 'x' >>"$today"; events 12 13; row 5; [ "$(numbers 7)" = 13 ]; report "record: a line that is no row does not make it begin anew"
mv "$tmp/sys/module/portquota" "$tmp/sys/module/old"; mkdir "$tmp/sys/module/portquota"
events 0 1; row 6; [ "$(numbers 8)" = "0 1" ] && [ "$(of_row 8 load)" != "$(of_row 7 load)" ]; report "record: the module was loaded again, and counts from 0"
echo 0b00710b-dead-beef-0000-000000000000 >"$host/sys/kernel/random/boot_id"
events 5 6; row 7; [ "$(numbers 9)" = "5 6" ] && [ "$(of_row 9 events.lost)" = nothing ]; report "record: the machine was booted again"
sed -i 's/ seq=.*//' "$host/portquota/events"; row 8; [ "$(of_row 10 events)" = 0 ]; report "record: an older module's events are known by their times"
echo "$((noon + 500)).000 deny /a netns=net:[1] resource=tcp current=1 threshold=1 limit=1 rate=0" >>"$host/portquota/events"; row 9; [ "$(of_row 11 events)" = 1 ]; report "record: and those that are new, too"
run_at $((noon - 86400)) 9000 "$host" record --dir "$dir"; [ $code -eq 0 ] && [ "$(tail -1 "$dir/2026-11-28.jsonl" | "$jget" events)" = 0 ]; report "record: the clock has gone back a day, and no event is told again"

# Bounds of events, and where the record goes on
t=$host; cp -r "$dir" "$tmp/flood"; flood() { run_at $((noon + 1200 + 60 * $1)) $((6200 + 60 * $1)) "$host" record --dir "$tmp/flood"; }
events 7 4006; flood 0; tail -1 "$tmp/flood/2026-11-29.jsonl" >"$tmp/out"; [ $code -eq 0 ] && [ "$(wc -c <"$tmp/out")" -lt 160000 ] && json 4006 events $(($("$jget" events <"$tmp/out") - 1)) seq && json $((4000 - $("$jget" events <"$tmp/out"))) events.left_out; report "record: of very many events the newest, and how many others"
if command -v python3 >/dev/null; then
	python3 - "$tmp/flood/2026-11-29.jsonl" <<-'END'
		import json, sys, zlib
		row = json.loads(open(sys.argv[1]).readlines()[-1])
		row.update(crc=None, filler="x" * 3000000)
		body = json.dumps({key: row[key] for key in row if key != "crc"})[:-1]
		open(sys.argv[1], "w").write('%s,"crc":"%08x"}\n' % (body, zlib.crc32(body.encode())))
	END
	flood 1; [ $code -eq 0 ] && [ "$(tail -1 "$tmp/flood/2026-11-29.jsonl" | "$jget" events)" = 0 ]; report "record: a row of megabytes is found, and nothing is told again"
else
	skip "record: a row of megabytes is found" "there is no python3"
fi
flood 2; tail -1 "$tmp/flood/2026-11-29.jsonl" >"$tmp/flood/2100-01-01.jsonl"; sed -i 's/"load":"[^"]*"/"load":"1"/' "$tmp/flood/2100-01-01.jsonl"
run_at $((noon + 86400)) 99000 "$host" record --dir "$tmp/flood"; [ $code -eq 0 ] && [ "$("$jget" events <"$tmp/flood/2026-11-30.jsonl")" = 0 ]; report "record: a day that is still to come does not hide the last one"
[ ! -e "$tmp/flood/2100-01-01.jsonl" ] && [ -e "$tmp/flood/2026-11-28.jsonl" ]; report "record: and it goes when a day has been written"
events 8000 8001; sed -i '1s/$/\n'$noon.000' lost 50/' "$host/portquota/events"; sed -i '3s/seq=8001/seq=8041/' "$host/portquota/events"
run_at $((noon + 86460)) 99060 "$host" record --dir "$tmp/flood"; tail -1 "$tmp/flood/2026-11-30.jsonl" >"$tmp/out"; json $((8041 - 4007 - 1)) events.lost && json 10 events 1 lost; report "record: what was pushed out while it was read is counted once"
mkdir "$tmp/sizes"; for i in 24 25 26 27; do head -c 6000000 /dev/zero >"$tmp/sizes/2026-11-$i.jsonl"; done
run_at $noon 1 "$host" record --dir "$tmp/sizes" --days 9 --size 36; [ "$(find "$tmp/sizes" -name '*.jsonl' | wc -l)" -eq 5 ]; run_at $noon 2 "$host" record --dir "$tmp/sizes" --days 4 --size 16
[ $code -eq 0 ] && [ "$(cd "$tmp/sizes" && echo *)" = "2026-11-26.jsonl 2026-11-27.jsonl 2026-11-29.jsonl" ]; report "record --size: of all days"
mv "$host/portquota/events" "$tmp/kept"; row 9; [ $code -eq 1 ]; run_at $noon 1 "$host" record --dir "$tmp/without"; [ $code -eq 1 ] && [ ! -e "$tmp/without/2026-11-29.jsonl" ]; report "record: a day is begun by its first row"
mv "$tmp/kept" "$host/portquota/events"; echo "$((noon + 500)).000 deny /a netns=net:[1] resource=tcp current=1 threshold=1 limit=1 rate=0" >"$host/portquota/events"

# Broken off
head -c -20 "$today" >"$tmp/part"; mv "$tmp/part" "$today"
row 10; [ $code -eq 0 ] && [ "$(wc -l <"$today")" -eq 12 ] && [ "$(of_row 12 schema)" = 1 ] && [ "$(of_row 11 schema 2>/dev/null)" = "" ]; report "record: what was cut off stays a line of its own"
size=$(stat -c %s "$today")
(trap '' XFSZ; ulimit -f $((size / 1024 + 2)); row 11; exit $code); [ $? -eq 1 ] && [ "$(stat -c %s "$today")" -eq "$size" ] && tells "$today: "; report "record: where there is no room for all of a row, nothing of it is left"
REFUSE='{"schema' REFUSE_ERRNO=28 run_refused "$host" record --dir "$tmp/full"; [ $code -eq 1 ] && tells "No space left on device" && [ ! -s "$(echo "$tmp"/full/*)" ]; report "record: the disk is full"
[ "$(stat -c %a "$dir/.lock")" = 600 ]; report "record: nobody else can take its lock"
exec 9<"$dir"; flock -x 9; row 11; [ $code -eq 0 ]; report "record: nor keep it from adding by a lock on the folder"
flock -u 9; exec 9<&-; size=$(stat -c %s "$today")
exec 9<"$dir/.lock"; flock -x 9; row 11; [ $code -eq 1 ] && tells "another recorder is adding to it" && [ "$(stat -c %s "$today")" -eq "$size" ]; report "record: two recorders at once"
flock -u 9; exec 9<&-; row 11; [ $code -eq 0 ]; report "record: and then one"
for ((i = 0; i < 6; i++)); do PORTQUOTA_PROC=$host "$pq" record --dir "$tmp/many" 2>>"$tmp/manyerr" & done; wait
[ "$(cat "$tmp"/many/* | wc -l)" -eq $((6 - $(grep -c another "$tmp/manyerr"))) ] && ! grep -v another "$tmp/manyerr" && ! grep -v '^{"schema".*"crc":"[0-9a-f]*"}$' "$tmp"/many/*; report "record: six at once, and each row is whole"

# Bounds
for ((i = 1; i < 30; i++)); do cp "$today" "$dir/2026-10-$(printf %02d "$i").jsonl"; done; touch "$dir/2026-10-30.txt" "$dir/notes"
row 12; [ "$(find "$dir" -name '*.jsonl' | wc -l)" -eq 28 ] && [ ! -e "$dir/2026-10-03.jsonl" ] && [ -e "$dir/2026-10-04.jsonl" ] && [ -e "$dir/notes" ] && [ -e "$dir/2026-10-30.txt" ]; report "record: 28 days are kept, and what is none is left alone"
row 13 --days 3; [ "$(cd "$dir" && echo *.jsonl)" = "2026-10-29.jsonl 2026-11-28.jsonl 2026-11-29.jsonl" ]; report "record --days"
run_at 4102444800 1 "$host" record --dir "$dir" --days 3; row 14 --days 3; [ $code -eq 0 ] && [ -e "$today" ] && [ -e "$dir/2026-11-28.jsonl" ] && [ -e "$dir/2100-01-01.jsonl" ]; report "record: a clock that was far ahead has taken no day along"
row 15 --days 1; [ $code -eq 0 ] && [ -s "$today" ]; report "record: the day that is written to stays, whatever the clock was"
# Many
vary crowd; events 0 0; cp "$host/portquota/events" "$t/portquota/events"
awk -v OFS= 'NR == 3 { for (i = 0; i < 60; i++) { line = $0; sub(/nginx/, "web" i, line); sub(/tcp.local=[0-9]*/, "tcp.local=" 100 + i, line); print line } next } 1' "$calm/net/portquota/accounts" >"$t/net/portquota/accounts"
awk '{ print } END { for (i = 1; i <= 99; i++) { line = $0; sub(/4026531840/, i, line); sub(/tcp.current=[0-9]*/, "tcp.current=" i, line); print line } for (i = 200; i < 230; i++) print "net:[" i "] tcp.current=0" }' "$calm/portquota/namespaces" >"$t/portquota/namespaces"
run_at $noon 1 "$t" record --dir "$tmp/crowd"; [ $code -eq 0 ]; report "record: many cgroups and namespaces"
cp "$tmp/crowd/2026-11-29.jsonl" "$tmp/out"; json 20 namespaces 0 cgroups && json "/system.slice/api worker.service" namespaces 0 cgroups 0 cgroup && json /system.slice/web59.service namespaces 0 cgroups 2 cgroup; report "record: the 20 largest cgroups"
json 32 namespaces && json "net:[99]" namespaces 1 netns && json 68 others namespaces && json 130 namespaces.all && json $((68 * 69 / 2)) others tcp.current; report "record: the largest namespaces, and of the others in use a sum"
cp -r "$t" "$tmp/crowd2"; t=$tmp/crowd2; of /system.slice/web3.service tcp.max=50; run_at $noon 1 "$t" record --dir "$tmp/near"; cp "$tmp/near/2026-11-29.jsonl" "$tmp/out"; json /system.slice/web3.service namespaces 0 cgroups 0 cgroup; report "record: a small one that is at its limit comes first"
printf '/a\\377\\033[2Jb tcp.current=7 tcp.local=7 owner.comm=\\033x owner.pid=1 owner.held=7\n' >>"$t/net/portquota/accounts"; sed -i 's/tcp.local=[1-9][0-9]*/tcp.local=5/' "$t/net/portquota/accounts"; sed -i '$s/tcp.local=5/tcp.local=7/' "$t/net/portquota/accounts"
run_at $noon 1 "$t" record --dir "$tmp/odd"; [ $code -eq 0 ] && "$jget" <"$tmp/odd/2026-11-29.jsonl" >/dev/null && ! LC_ALL=C grep -q "$(printf '[\033\377]')" "$tmp/odd/2026-11-29.jsonl"; report "record: names that are no text"

# A day with an end
bounded() { run_at $((noon + 60 * $1)) $((1 + 60 * $1)) "$t" record --dir "$tmp/bound" --days 1 --size 4; }
of_last() { tail -1 "$day" | "$jget" "$@"; }
day=$tmp/bound/2026-11-29.jsonl; mkdir "$tmp/bound"
# By 03:12 a day of 4 MiB has 4 MiB / 1440 * 192 for its share, and a quarter of all.
t=$tmp/crowd; head -c 1500000 /dev/zero | tr '\0' '\n' >"$day"; bounded 0; [ $code -eq 0 ] && [ "$(of_last namespaces)" = 32 ] && [ "$(of_last namespaces 0 cgroups)" = 20 ]; report "record: in full while there is room"
cp "$host/portquota/events" "$tmp/part"; events 20 29; cp "$host/portquota/events" "$t/portquota/events"
head -c 85000 /dev/zero | tr '\0' '\n' >>"$day"; bounded 1; [ $code -eq 0 ] && [ "$(of_last thin)" = true ] && [ "$(of_last namespaces)" = 8 ] && [ "$(of_last namespaces 0 cgroups)" = 5 ] && [ "$(of_last events)" = 0 ] && [ "$(of_last events.left_out)" = 10 ]; report "record: thin where the day has had more than its share"
events 0 0; for ((i = 31; i < 231; i++)); do echo "$noon.000 $([ $((i % 2)) = 0 ] && echo taken || echo deny) /a netns=net:[4026531840] resource=tcp current=1 threshold=1 limit=1 rate=0 seq=$i"; done >"$t/portquota/events"
bounded 1; [ $code -eq 0 ] && [ "$(of_last events)" -gt 40 ] && [ "$(of_last events)" -lt 100 ] && [ "$(of_last events 0 level)" = deny ] && [ $(($(of_last events) + $(of_last events.left_out))) = 200 ] && [ "$(of_last events $(($(of_last events) - 1)) seq)" = 229 ]; report "record: where it is thin, the newest of calls that failed stay"
size=$(stat -c %s "$day"); head -c $((4 * 1024 * 1024 - 2048 * 1246 - size)) /dev/zero | tr '\0' '\n' >>"$day"
events 231 1101; cp "$host/portquota/events" "$t/portquota/events"; head -c 5000 /dev/zero | tr '\0' '\n' >>"$day"; before=$(stat -c %s "$day")
bounded 2; [ $code -eq 0 ] && [ "$(of_last short)" = true ] && [ "$(of_last events.left_out)" = 871 ] && [ "$(of_last namespaces 0 tcp.current)" = 3420 ]; report "record: short where there is room for no more, and says what it has left out"
[ $(($(stat -c %s "$day") - before)) -lt 2048 ]; report "record: and that is short"
head -c 2560000 /dev/zero | tr '\0' '\n' >>"$day"; before=$(stat -c %s "$day")
bounded 3; [ $code -eq 1 ] && tells "the day has its 4194304 bytes already" && [ "$(stat -c %s "$day")" -eq "$before" ]; report "record: a day has an end"

for bad in "--days 0" "--size x" "--size 3" "--days 4000" nonsense ; do
	# shellcheck disable=SC2086
	run "$host" record --dir "$dir" $bad; [ $code -eq 64 ] && tells "--help"; report "record $bad is exit 64"
done
run "$tmp/nowhere" record --dir "$tmp/none"; [ $code -eq 1 ] && tells "modprobe portquota" && [ ! -e "$tmp/none" ]; report "record: no module is exit 1"
run "$host" record --dir /proc/nowhere; [ $code -eq 1 ] && tells "/proc/nowhere: "; report "record: a folder that cannot be"
run "$host" record --dir "$calm/portquota/namespaces"; [ $code -eq 1 ] && tells "Not a directory"; report "record: a folder that is none"

run_at 253402300800 1 "$calm" record --dir "$tmp/far"; [ $code -eq 1 ] && tells "10000-01-01.jsonl" && [ -z "$(find "$tmp/far" -name '*.jsonl')" ]; report "record: a clock in the year 10000 begins no day that would stay for ever"
cp -r "$host" "$tmp/named"; sed -i '/nginx.service/s/ owner.comm=[^ ]*/ owner.comm=max/' "$tmp/named/net/portquota/accounts"
run_at $noon 1 "$tmp/named" record --dir "$tmp/max"; grep -q '"owner.command":"max"' "$tmp/max/2026-11-29.jsonl"; report "record: a program can be called max"

finish
