#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# history.sh: tests of history, over a night that record has recorded.
# shellcheck source=tools/cli/tests/lib.sh
. "$(dirname "$0")/lib.sh"

t=$tmp
night
day=$night/2026-11-29.jsonl
# tell ARGUMENT...: what history tells at half past three
tell() { run_at $((began + 1800)) 1 "" history --dir "$night" --since 03:00 "$@"; }
# line TEXT...: a line has all these
line() {
	local found

	found=$(cat "$tmp/out")
	for text; do found=$(grep -F -- "$text" <<<"$found"); done
	[ -n "$found" ]
}

tell; [ $code -eq 0 ] && silent && lines 18; report "history: what happened"
[ "$(head -1 "$tmp/out")" = "19 rows from 2026-11-29 03:00:00 to 2026-11-29 03:20:00 UTC" ]; report "history: of what"
line 03:08:32 03:15:05 warn tcp 720 900 80% $nginx; report "history: a threshold was crossed, from when to when"
line 03:09:30 03:14:00 denied 1240 900 100% $nginx; report "history: whose calls a rule refused, and how many"
line 03:12:05 03:12:17 exhausted 37 "/system.slice/api worker.service" "from 10.0.0.2 to 10.0.0.9:5432"; report "history: whose calls found no port, and towards where"
line "03:11:00  open" warn destination 21174 75%; report "history: what was not over when the record ends"
line 03:12:00 peak tcp 28231 28232 99% "api worker"; report "history: how full the range was at most, and who held most of it"
line 03:12:00 peak destination 100% 10.0.0.9:5432 && line 03:09:00 peak tcp.max 900 100% "nginx  " $nginx && line peak timewait 1210 65536; report "history: and other things"
line 03:09:00 held 900 nginx $nginx && line 03:00:00 held 2290; report "history: what cgroups held at most"
line failed 37 "exhausted, by the counters" && line failed 1240 "denied, by the counters"; report "history: how many calls failed, by the counters"
line 03:16:00 03:19:00 gap "no rows"; report "history: when nothing was recorded"
lacks netns && lacks 4026531840; report "history: one namespace is not named"
COLUMNS=80 run_at $((began + 1800)) 1 "" history --dir "$night" -s 03:00; [ $code -eq 0 ] && fits 80; report "history on a narrow terminal"
line 03:12:05 exhausted tcp 37 10.0.0.9:5432 "worker.service" && line "hidden columns" PROGRAM; report "history: where failed calls wanted to go is left there"
tell -H; lines 16 && lacks WHEN; report "history -H"
TZ=Europe/Berlin run_at $((began + 1800)) 1 "" history --dir "$night" --since 04:00; line 04:09:30 04:14:00 denied 1240; report "history: in local time"
tell -j; [ $code -eq 0 ] && json 16 && json failed 0 what && json 1240 0 calls && json denied 10 what && json 1240 10 calls && json 1795922040.0 10 until && json null 11 until && json $nginx 10 cgroup && json nginx 8 command; report "history -j: a list of what happened"
run_at $((began + 1800)) 1 "" history --dir "$day" -s 03:00; lines 18; report "history of a file"

tell --until 03:05; lines 9 && has "5 rows" && lacks denied; report "history --until"
run_at $((began + 1800)) 1 "" history --dir "$night" -s 03:10 -u 03:11; has "1 row from" && line "03:09:30  open" denied 900 $nginx && line "03:08:32  open" warn && lacks exhausted && lacks 03:11:00 && has "held"; report "history --since --until: what had begun before, and was going on"
run_at $((began + 1800)) 1 "" history --dir "$night" -s 03:10 -u 03:14:30; line 03:09:30 03:14:00 denied 1240 && line "03:08:32  open" warn && line exhausted 37; report "history --until: what was over then, though the row that says so is later"
run_at $((began + 1800)) 1 "" history --dir "$night" -s 03:12:01 -u 03:12:30; [ $code -eq 0 ] && has "0 rows" && line 03:12:05 03:12:17 exhausted 37; report "history --since --until: between two rows"
run_at $((began + 1800)) 1 "" history --dir "$night" -s 03:16 -u 03:20; lacks denied && lacks exhausted && line open destination; report "history --since: what was over before is not told"
run_at $((began + 1800)) 1 "" history --dir "$night" --since -2h; has "19 rows" && lines 18; report "history --since: a time ago"
run_at $((began + 90000)) 1 "" history --dir "$night" -s "yesterday 03:00" -u "yesterday 03:11"; has "11 rows"; report "history --since: a time of yesterday"
run_at $((began + 82800)) 1 "" history --dir "$night" -s 03:00; has "19 rows"; report "history --since: a time that it is not yet is of yesterday"
run_at $((began + 1800)) 1 "" history --dir "$night"; has "19 rows"; report "history: the last 24 hours"
run_at $((began + 90000)) 1 "" history --dir "$night" -s "2026-11-29T03:19Z"; has "2 rows"; report "history --since: a date and a zone"
tell --cgroup $nginx; line denied 1240 && line peak tcp.max && line held "nginx  " && lacks api && lacks "by the counters" && has gap; report "history --cgroup"
tell --cgroup /system.slice; has api && has nginx && lacks kubepods; report "history --cgroup: and those below it"
tell >/dev/null; tail -n 3 "$tmp/out" >"$tmp/part"; tell --last 3; [ $code -eq 0 ] && lines 5 && tail -n 3 "$tmp/out" | sed 's/  */ /g' | cmp -s - <(sed 's/  */ /g' "$tmp/part"); report "history --last"
tell --last 2 -j; json 2 && json gap 1 what; report "history --last -j"
tell --last 0; [ $code -eq 64 ]; report "history --last 0 is exit 64"
tell -n 99999999; [ $code -eq 64 ] && tells "for a count: --last 99999999"; report "history -n NUMBER: what it is, and what is meant"
tell -A; [ $code -eq 0 ] && lines 18; report "history -A: of the whole host it is anyway"

# What cannot be read
cp -r "$night" "$tmp/broken"; broken=$tmp/broken/2026-11-29.jsonl
whole_night() { cp "$day" "$broken"; }
tell_broken() { run_at $((began + 1800)) 1 "" history --dir "$tmp/broken" --since 03:00; }
sed -i '10s/"tcp.current":[0-9]*/"tcp.current":77777/' "$broken"
tell_broken; [ $code -eq 1 ] && tells "$broken:10: this line has been changed" && has "18 rows" && lacks 77777 && line 03:09:30 03:14:00 denied 1240; report "history: a line that was changed is told, and the others are read"
whole_night; head -c -100 "$day" >"$broken"
tell_broken; [ $code -eq 0 ] && silent && has "18 rows"; report "history: the last line of today is being written"
run_at $((began + 90000)) 1 "" history --dir "$tmp/broken" --since "2026-11-29 03:00"; [ $code -eq 1 ] && tells "$broken:19: this line is cut off" && has "18 rows"; report "history: a line that was cut off"
whole_night; sed -i '3s/.*/hello/; 5s/.*//; 7s/.*/{"schema":1}/; 8s/.*/[]/; 9s/.*/nothing/; 11s/.*/nothing/' "$broken"
tell_broken; [ $code -eq 1 ] && tells ":3: " && tells ":9: " && tells "and 1 more such lines" && has "13 rows"; report "history: lines that are none, and not all of them are told"
whole_night; { head -c 3000 /dev/zero; echo; tail -1 "$day"; } >>"$broken"
tell_broken; [ $code -eq 1 ] && tells ":20: this line is cut off" && has "20 rows"; report "history: what a file system has left after a crash"
head -c 20000 /dev/urandom >"$broken"
tell_broken; [ $code -eq 1 ] && tells ":1: this line is" && tells "no row from"; report "history: random bytes"
: >"$broken"; tell_broken; [ $code -eq 1 ] && tells "no row from 2026-11-29 03:00:00 to 2026-11-29 03:30:00"; report "history: an empty day"
if command -v python3 >/dev/null; then
	python3 - >"$broken" <<-'END'
		import zlib
		def line(body): print('%s,"crc":"%08x"}' % (body, zlib.crc32(body.encode())))
		line('{"schema":2,"time":1795921920.0')
		line('{"schema":1,"time":1795921920.0,"namespaces":[{"netns":"n","cgroups":[{"cgroup":"/a\\u001b[2J","tcp.local":5,"tcp.current":5,"tcp.max":5,"owner.command":"\\u001b[2J","owner.pid":-7}],"destinations":[7,{"source":"\\u001b[2J"}],"sysctls":9},8,"x"],"events":[9,{},{"level":"end"},{"level":"warn","time":1795921921.5,"cgroup":7,"limit":"\\u001b[2J"},{"time":1795921922.5,"level":"\\u001b[31m"}]')
		line('{"schema":1,"time":1795921980.0,"namespaces":{},"events":7')
		line('{"schema":1,"time":"x"')
	END
	tell_broken; [ $code -eq 1 ] && tells ":1: this line is of a newer portquota" && has "2 rows" && line peak tcp.max 5 && lacks $'\033'; report "history: rows of another portquota, and rows that make no sense"
else
	skip "history: rows of another portquota" "there is no python3"
fi

# Breaks
t=$tmp/asleep; mkdir -p "$tmp/sys/module/portquota"; export PORTQUOTA_SYS=$tmp/sys
breaks=$tmp/breaks
# row AT UPTIME SEQ: at that second, with one event of that number
row() {
	echo "$((began + $1)).500 taken /a netns=net:[4026531840] resource=tcp current=1 threshold=1 limit=1 rate=0 port=80 seq=$3" >"$t/portquota/events"
	run_at $((began + $1)) "$2" "$t" record --dir "$breaks"
}
row 0 100 1; row 60 160 2; row 120 220 3
mv "$tmp/sys/module/portquota" "$tmp/sys/module/old"; mkdir "$tmp/sys/module/portquota"
row 180 280 0
row -3000 340 1; row -2940 400 2; row 700 460 3
echo 0b007fff-dead-beef-0000-000000000000 >"$t/sys/kernel/random/boot_id"
row 760 20 1; row 820 80 9
run_at $((began + 1800)) 1 "" history --dir "$breaks" -s 02:00
line 03:02:00 03:03:00 reload "loaded again"; report "history: the module was loaded again"
line 03:03:00 clock "set back by 3240 s" && line 02:11:00 clock "set forward by 3580 s"; report "history: the clock was set"
line 03:11:40 03:12:40 reboot; report "history: the machine was booted"
line lost "7 events are not in the record"; report "history: events that no row has"
[ "$(grep -c taken "$tmp/out")" -eq 9 ]; report "history: each event once"
sed -n 9p "$breaks/2026-11-29.jsonl" >"$tmp/part"; cat "$tmp/part" >>"$breaks/2026-11-29.jsonl"; run_at $((began + 1800)) 1 "" history --dir "$breaks" -s 02:00; [ "$(grep -c taken "$tmp/out")" -eq 9 ]; report "history: however many rows have it"
has "10 rows from 2026-11-29 02:10:00 to 2026-11-29 03:13:40 UTC"; report "history: from the earliest to the latest"
mkdir "$tmp/counters"
for denied in 500 9 12; do
	whole tcp.denied=$denied
	run_at $((began + 600 - denied)) $((1000 - denied)) "$t" record --dir "$tmp/counters"
	mv "$tmp/sys/module/portquota" "$tmp/sys/module/$denied"; mkdir "$tmp/sys/module/portquota"
done
run_at $((began + 1800)) 1 "" history --dir "$tmp/counters" -s 02:00; lacks failed && has reload; report "history: counters that began anew are no failures"
run_at $((began + 660)) 1060 "$t" record --dir "$tmp/counters"
cp "$t/portquota/namespaces" "$tmp/part"; sed 's/4026531840/78/; s/tcp.denied=[0-9]*/tcp.denied=50/' "$tmp/part" >>"$t/portquota/namespaces"
run_at $((began + 720)) 1120 "$t" record --dir "$tmp/counters"; run_at $((began + 780)) 1180 "$t" record --dir "$tmp/counters"
run_at $((began + 1800)) 1 "" history --dir "$tmp/counters" -s 02:00; lacks failed && has "net:[78]"; report "history: nor are those of a namespace that the row before did not have"
cp "$tmp/part" "$t/portquota/namespaces"

# A run that began in one load of the module does not end in another
line_of() { echo "$((began + $1)).000 $2 /a netns=net:[4026531840] resource=tcp current=1 threshold=1 limit=1 rate=0 $3 seq=$4" >"$t/portquota/events"; }
line_of 10 deny "" 0; run_at $((began + 60)) 60 "$t" record --dir "$tmp/runs"
mv "$tmp/sys/module/portquota" "$tmp/sys/module/older"; mkdir "$tmp/sys/module/portquota"
line_of 100 end "of=deny count=9 seconds=5 last=$((began + 90)).000" 0; run_at $((began + 120)) 120 "$t" record --dir "$tmp/runs"
run_at $((began + 1800)) 1 "" history --dir "$tmp/runs" -s 03:00; line 03:00:10 03:01:00 denied "seen until the reload" && line 03:01:25 03:01:30 denied 9; report "history: a run does not end in another load of the module"

echo 0b008888-dead-beef-0000-000000000000 >"$t/sys/kernel/random/boot_id"; : >"$t/portquota/events"
line_of 190 warn "" 1; run_at $((began + 200)) 30 "$t" record --dir "$tmp/runs"; echo 0b009999-dead >"$t/sys/kernel/random/boot_id"; : >"$t/portquota/events"; run_at $((began + 260)) 20 "$t" record --dir "$tmp/runs"
run_at $((began + 1800)) 1 "" history --dir "$tmp/runs" -s 03:00; line 03:03:10 03:03:20 warn "seen until the reboot" && lacks open; report "history: nor in another boot"
run_at $((began + 1800)) 1 "" history --dir "$tmp/runs" -s 03:00 -j; grep -q '"cut": "reboot"' "$tmp/out" && grep -q '"cut": "reload"' "$tmp/out"; report "history -j: what cut it off"

# A namespace that rows in between have no room for
t=$tmp/asleep; cp "$t/portquota/namespaces" "$tmp/part"
between() {
	{ cat "$tmp/part"; [ -z "$2" ] || sed "1s/4026531840/78/; s/tcp.denied=[0-9]*/tcp.denied=$2/; q" "$tmp/part"; } >"$t/portquota/namespaces"
	run_at $((began + 60 * $1)) $((300 + 60 * $1)) "$t" record --dir "$tmp/between"
}
between 1 50; between 2 ""; between 3 90; cp "$tmp/part" "$t/portquota/namespaces"
run_at $((began + 1800)) 1 "" history --dir "$tmp/between" -s 03:00; line 03:01:00 failed 40 "net:[78]" "by the counters"; report "history: calls that failed in a namespace that the row before had no room for"

# A night that is an hour longer, as the clocks go back
longer=$tmp/longer; fall=1792886400	# 2026-10-25 00:00 UTC
for ((i = 0; i < 4; i++)); do run_at $((fall + 1800 * i)) $((500 + 1800 * i)) "$t" record --dir "$longer"; done
TZ=Europe/Berlin run_at $((fall + 36000)) 1 "" history --dir "$longer" -s "2026-10-25 02:00" -u "2026-10-25 03:00"; has "4 rows from 2026-10-25 02:00:00 to 2026-10-25 02:30:00 CET"; report "history: a night that has an hour twice"
TZ=Europe/Berlin run_at $((fall + 36000)) 1 "" history --dir "$longer" -s "2026-10-25 02:00" -u "2026-10-25 02:30 +01:00"; has "3 rows"; report "history: and which of them is meant"
TZ=Europe/Berlin run_at $((fall + 36000)) 1 "" history --dir "$longer" -s "2026-03-29 02:30"; [ $code -eq 64 ] && tells "there was no such time on that day"; report "history: an hour that there was not"
# Where the clocks go forward at midnight, the day begins at one.
cairo=1776981600 # 2026-04-24 01:00 there
for i in 0 1 2; do run_at $((cairo - 60 + 60 * i)) $((500 + 60 * i)) "$t" record --dir "$tmp/cairo"; done
for since in 2026-04-24 "yesterday" "2026-04-24 01:00" "@$cairo"; do
	TZ=Africa/Cairo run_at $((cairo + 90000)) 1 "" history --dir "$tmp/cairo" -s "$since"; has "2 rows from 2026-04-24 01:00:00"; report "history --since $since, where that day begins at one"
done
TZ=Africa/Cairo run_at $((cairo + 90000)) 1 "" history --dir "$tmp/cairo" -s 2026-04-23 -u 2026-04-24; has "1 row from"; report "history --until: and the day before ends there"
TZ=Africa/Cairo run_at $((cairo + 90000)) 1 "" history --dir "$tmp/cairo" -s "2026-04-24 00:30"; [ $code -eq 64 ] && tells "there was no such time"; report "history: an hour after midnight that there was not"
# A record of every five minutes
for i in 0 1 2 5 6; do run_at $((cairo + 300 * i)) $((500 + 300 * i)) "$t" record --dir "$tmp/five"; done
run_at $((cairo + 3600)) 1 "" history --dir "$tmp/five" -s @$cairo; [ "$(grep -c " gap " "$tmp/out")" -eq 1 ] && line 22:10:00 22:25:00 gap; report "history: rows that are five minutes apart have no gaps between them"

# Rows that a guest recorded with the first schema: they are to be read for ever
recorded=$here/recorded/2026-11-30.jsonl
run_at 1796060000 1 "" history --dir "$recorded" -s 17:00; [ $code -eq 0 ] && silent && line 17:23:49 17:23:51 denied 5 300 /shop.slice/api && line reload && line peak tcp.max 100% traffic /shop.slice/api && line "from 127.0.0.1 to 127.0.0.1:80" "(before load)"; report "history: rows of the first schema"
run_at 1796060000 1 "" why --dir "$recorded" --at 17:23:49; [ $code -eq 0 ] && has "/shop.slice/api was at 300 of its tcp.max of 300: 5 in 12 seconds were refused." && has "100 of 100 ports from 127.0.0.1 to 127.0.0.1:80 were used, 100 of them TIME-WAIT"; report "history: and by why"

for bad in "--since 25:00" "--since tomorrow" "--until -2x" "--since @" "--since @1e99" "--since @12x" "--since 2026-02-30" "--until 2020-01-01" "--cgroup nginx" nonsense; do
	# shellcheck disable=SC2086
	run "" history --dir "$night" $bad; [ $code -eq 64 ] && tells "--help"; report "history $bad is exit 64"
done
run "" history --since "yesterday 3pm"; tells "'3pm' is not understood"; report "history: what is wrong with a time"
run "" history --dir "$tmp/nowhere"; [ $code -eq 1 ] && tells "$tmp/nowhere: No such file or directory; is it enabled?" && tells portquota-record.timer; report "history: nothing is recorded"

# What is no file of days
mkdir "$tmp/pipes"; mkfifo "$tmp/pipes/2026-11-29.jsonl"
for file in "$tmp/pipes" "$tmp/pipes/2026-11-29.jsonl"; do
	timeout 10 "$pq" history --since 2026-11-29T00:00Z --dir "$file" >"$tmp/out" 2>"$tmp/err"; [ $? -ne 124 ]; report "history --dir ${file##*/}: a pipe that nobody writes to is not waited for"
done
timeout 10 "$pq" history --since 2026-11-29T03:00Z --dir <(cat "$night/2026-11-29.jsonl") >"$tmp/out" 2>"$tmp/err"; has "19 rows"; report "history --dir: a pipe with a writer is read"

finish
