#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# why_at.sh: tests of why --at, over a night that record has recorded.
# shellcheck source=tools/cli/tests/lib.sh
. "$(dirname "$0")/lib.sh"

t=$tmp
night
day=$night/2026-11-29.jsonl
# at TIME ARGUMENT...: what why says of then, an hour later
at() { run_at $((began + 3600)) 1 "" why --dir "$night" --at "$@"; }
# found N KEY VALUE...: the Nth finding has these; a key can be two words
found() {
	local n=$1 i

	shift
	for ((i = 0; i < $#; i += 2)); do
		# shellcheck disable=SC2046
		json "${@:i + 2:1}" "$n" $(tr / ' ' <<<"${*:i + 1:1}") || return 1
	done
}

at 03:12; [ $code -eq 0 ] && silent; report "why --at: an answer"
[ "$(head -1 "$tmp/out")" = "2026-11-29, by the rows of 03:12:00 and 03:13:00, and by the events between them" ]; report "why --at: by which rows"
lacks certain && has "recorded: rule" && has "recorded: destination" && has "likely: range"; report "why --at: nothing is certain"
has "$nginx was at 900 of its tcp.max of 900: 300 in 60 seconds were refused." && has "rule set '$nginx tcp.max=NUMBER'"; report "why --at: a limit, by the rule of then"
has "28232 of 28232 ports from 10.0.0.2 to 10.0.0.9:5432 were used, 306 of them ESTAB: connect() to this destination failed, 37 in 60 seconds."; report "why --at: a destination that was full at the beginning of that minute"
has "cgroup   $nginx, held 300, the most of 2 cgroups" && has "program  nginx, pid 812, held 300" && lacks " holds"; report "why --at: who held it"
lacks "it has ended" && lacks "(/"; report "why --at: a pid of then is no process of now"
at 03:12 -j; [ $code -eq 0 ] && json 3 && found 0 cause rule certainty recorded cgroup $nginx figures/refused 300 time 1795921980.0 && found 1 cause destination certainty recorded destination 10.0.0.9:5432 figures/free 0 figures/used 28232 cgroup $nginx held 300; report "why --at -j"
COLUMNS=80 at 03:12; fits 80 && has "recorded: rule"; report "why --at fits 80 columns"
at 03:12:30 -j; found 1 figures/used 28232; report "why --at: to the second"
at 03:13 -j; found 0 cause rule figures/refused 140 && found 1 cause destination certainty likely figures/used 27000 && found 3 cause earlier failure exhausted figures/run.count 37; report "why --at: a minute later"
at 03:13; has "37 calls found no free TCP port since the module was loaded, the last at 03:12:17, by /system.slice/api worker.service" && has "portquota history --since '2026-11-29 02:14'."; report "why --at: what failed before, and what tells more of it"
at 03:05; has "likely: none" && has "3105 of 28232 TCP ports were in use" && has "In the 60 seconds before it the counters saw no call fail" && has "is not known"; report "why --at: nothing was short"
at 03:17; has "by the rows of 03:16:00 and 03:19:00" && has "In the 180 seconds before it"; report "why --at: where rows are missing"
at 02:59; [ $code -eq 0 ] && has "by the row of 03:00:00" && has "There is no row before it"; report "why --at: the first row"
at 03:40; [ $code -eq 1 ] && tells "no row tells what was at 2026-11-29 03:40:00" && lines 0; report "why --at: no row"
at 03:05 10.0.0.9:5432; has "Ports did not keep a connect() to 10.0.0.9:5432 from working when the row was made"; report "why --at DESTINATION"
at 03:12 10.0.0.9:5432 -j; found 0 cause rule && found 1 cause destination && json 3; report "why --at DESTINATION: that one is full"
at 03:05 10.0.0.99; has "The row does not have 10.0.0.99" && lacks "no port is used"; report "why --at DESTINATION: what the row does not have"
TZ=Asia/Kolkata at 08:42 -j; found 0 time 1795921980.0; report "why --at: local time"
run_at $((began + 90000)) 1 "" why --at "yesterday 03:12" --dir "$day" -j; found 0 time 1795921980.0; report "why --at: yesterday, of a file"

# As of one row: what the row before did not have is not said to have happened since
t=$tmp/asleep; of $nginx tcp.current=900 tcp.denied=5000 tcp.local=900; echo "/web.slice tcp.max=900" >"$t/net/portquota/rules"
run_at $((began + 7200)) 9000 "$t" record --dir "$night"
sed "s|^$nginx|/web.slice|" "$t/net/portquota/accounts" >"$tmp/part"; mv "$tmp/part" "$t/net/portquota/accounts"
run_at $((began + 7260)) 9060 "$t" record --dir "$night"
run_at $((began + 9000)) 1 "" why --dir "$night" --at 05:00:30 -j; found 0 cause rule cgroup /web.slice figures/refused 0 figures/current 900; report "why --at: a cgroup that was not among the largest before"
run_at $((began + 7280)) 9080 "$t" record --dir "$tmp/new"; sed "s|^/web.slice|/new.slice|" "$t/net/portquota/accounts" >"$tmp/part"; mv "$tmp/part" "$t/net/portquota/accounts"; echo "/new.slice tcp.max=900" >"$t/net/portquota/rules"
for denied in 5000 7; do
	of /new.slice tcp.denied=$denied; whole tcp.denied=$((1240 + 9))
	echo "$((began + 7300)).000 deny /new.slice netns=net:[4026531840] resource=tcp current=900 threshold=900 limit=900 rate=0 seq=9" >"$t/portquota/events"
	run_at $((began + 7340)) 9140 "$t" record --dir "$tmp/new"
	run_at $((began + 9000)) 1 "" why --dir "$tmp/new" --at 05:02 -j; found 0 cause rule cgroup /new.slice figures/refused $((denied == 7 ? 7 : 1)); report "why --at: but what events tell of it, $denied counted"
	sed -i '$d' "$tmp/new/2026-11-29.jsonl"
done
echo 0b007777-dead >"$t/sys/kernel/random/boot_id"; whole tcp.exhausted=9000; run_at $((began + 7320)) 20 "$t" record --dir "$night"
run_at $((began + 9000)) 1 "" why --dir "$night" --at 05:01:30; has "by the row of 05:02:00" && lacks "in 60 seconds"; report "why --at: counters of another boot are not compared"
echo "$((began + 7350)).000 taken $nginx netns=net:[4026531840] resource=tcp current=1 threshold=1 limit=1 rate=0 port=40001 seq=20" >"$t/portquota/events"; whole tcp.taken=1
run_at $((began + 7380)) 80 "$t" record --dir "$night"; run_at $((began + 9000)) 1 "" why --dir "$night" --at 05:02:20 -j; grep -q '"cause": "port", "certainty": "\(likely\|recorded\)".*40001' "$tmp/out"; report "why --at: a port that was refused"
run_at $((began + 9000)) 1 "" why --dir "$night" --at 05:02:20; has "TCP port 40001 was refused to $nginx, which asked for it by its number" && has "who had it is not recorded" && has "at 05:02:30" && lacks " ago"; report "why --at: who had it is not known, and when is told"
for port in 40002 40003 40004 40005; do echo "$((began + 7385)).000 taken $nginx netns=net:[4026531840] resource=tcp current=1 threshold=1 limit=1 rate=0 source=10.0.0.2 destination=10.0.0.9:80 port=$port seq=$((port - 39980))" >>"$t/portquota/events"; done; whole tcp.taken=5
run_at $((began + 7440)) 140 "$t" record --dir "$tmp/chosen"; run_at $((began + 9000)) 1 "" why --dir "$tmp/chosen" --at 05:04; has "the same addresses and ports were in use" && lacks " ago"; report "why --at: ports that somebody chose"

# Namespaces
sed 's/4026531840/77/; s/tcp.current=[0-9]*/tcp.current=77/' "$t/portquota/namespaces" >"$tmp/part"; cat "$tmp/part" >>"$t/portquota/namespaces"
run_at $((began + 7440)) 140 "$t" record --dir "$night"
run_at $((began + 9000)) 1 "" why --dir "$night" --at 05:03:30; has "net:[77]: nothing was short" && [ "$(sed -n 3p "$tmp/out")" = host ]; report "why --at: all namespaces"
run_at $((began + 9000)) 1 "" why --dir "$night" --at 05:03:30 -n 'net:[77]' -j; json 1 && found 0 netns "net:[77]" cause none; report "why --at -n"
run_at $((began + 9000)) 1 "" why --dir "$night" --at 05:03:30 -n blue; [ $code -eq 1 ] && tells "-n blue: the row has no such namespace"; report "why --at -n: one that there was not"

# Rows that have less
mkdir "$tmp/less"; for ((i = 0; i < 3; i++)); do echo "$((began + 7400)).000 deny $nginx netns=net:[4026531840] resource=tcp current=1 threshold=1 limit=1 rate=0 seq=$((900 + i))"; done >"$t/portquota/events"
head -c 4100000 /dev/zero | tr '\0' '\n' >"$tmp/less/2026-11-29.jsonl"
for i in 0 60; do run_at $((began + 7500 + i)) $((200 + i)) "$t" record --dir "$tmp/less" --days 1 --size 4; done
less() { run_at $((began + 9000)) 1 "" "$1" --dir "$tmp/less" "${@:2}"; }
tail -2 "$tmp/less/2026-11-29.jsonl" >"$tmp/part"; mv "$tmp/part" "$tmp/less/2026-11-29.jsonl"
less why --at 05:04:40 -n host; [ $code -eq 0 ] && has "No total was short" && has "this row has totals only (3 events left out)" && lacks "no connection uses" && lacks "does not report"; report "why --at: a row that has totals only"
less why --at 05:04:40 -n host 10.0.0.9:5432; has "not known: this row has totals only" && lacks "none of the fullest"; report "why --at DESTINATION: in a row that has totals only"
less why --at 05:04:40; has "net:[77]: nothing was short; this row has totals only"; report "why --at: all namespaces of a row that has totals only"
less history -s 05:00; grep "05:05:00 *05:06:00 *short" "$tmp/out" | grep -q "some totals only"; report "history: which rows have totals only"

# A row without details, and a row that makes no sense
cp -r "$night" "$tmp/broken"; sed -i '13s/"tcp.current"/"tcp.courant"/' "$tmp/broken/2026-11-29.jsonl"
run_at $((began + 3600)) 1 "" why --dir "$tmp/broken" --at 03:12; [ $code -eq 1 ] && tells "2026-11-29.jsonl:13: this line has been changed" && has "by the rows of 03:11:00 and 03:13:00"; report "why --at: a row that cannot be read is told"
if command -v python3 >/dev/null; then
	mkdir "$tmp/odd"
	python3 - >"$tmp/odd/2026-11-29.jsonl" <<-'END'
		import zlib
		def line(body): print('%s,"crc":"%08x"}' % (body, zlib.crc32(body.encode())))
		row = '"namespaces":[{"netns":"n","netns.name":7,"range":"\\u001b[2J","tcp.ports":"x","cgroups":[{"cgroup":"/a\\u001b[2J","tcp.current":5,"tcp.max":5,"tcp.local":-3,"rule":"\\u001b[2J"},{"tcp.max":1}],"destinations":[{"source":"\\u001b[2J","destination":"d","used":9,"usable":9},{}],"short":[{"kind":"destination","resource":"tcp","of":"/","range":"\\u001b[2J","source":"\\u001b[2J","destination":"d","count":3,"holders":[{"cgroup":"\\u001b[2J","command":"\\u001b[2J","held":3},7],"states":[]},4]}, 7],"events":[{"netns":"n","level":"deny","time":1},{"netns":"n","level":"end","of":"taken"},8]'
		line('{"schema":1,"time":1795921920.0,"uptime":1.0,' + row)
		line('{"schema":1,"time":1795921980.0,"uptime":61.0,' + row)
	END
	run_at $((began + 3600)) 1 "" why --dir "$tmp/odd" --at 03:12; [ $code -eq 0 ] && has "recorded: rule" && lacks $'\033'; report "why --at: rows that make no sense"
	mkdir "$tmp/again"
	python3 - >"$tmp/again/2026-11-29.jsonl" <<-'END'
		import zlib
		def line(body): print('%s,"crc":"%08x"}' % (body, zlib.crc32(body.encode())))
		space = '"namespaces":[{"netns":"n","netns.name":"host","host":true,"range":"32768-60999","range.usable":28232,"tcp.exhausted":5}]'
		event = '"events":[{"netns":"n","level":"exhausted","resource":"tcp","cgroup":"/old","time":1795921910.0,"seq":1}],'
		line('{"schema":1,"time":1795921920.0,"boot":"a","uptime":1000.0,' + event + space)
		line('{"schema":1,"time":1795921980.0,"boot":"b","uptime":20.0,"events":[],' + space)
	END
	run_at $((began + 3600)) 1 "" why --dir "$tmp/again" --at 03:12; [ $code -eq 0 ] && has "5 calls found no free TCP port since the module was loaded, when is not known" && lacks "/old"; report "why --at: events of another boot are of other namespaces"
else
	skip "why --at: rows that make no sense" "there is no python3"
fi

for bad in yesterday 25:00 -2x ""; do
	at "$bad"; [ $code -eq 64 ] && tells "--at"; report "why --at '$bad' is exit 64"
done
run "" why --dir "$night"; [ $code -eq 64 ] && tells "--at"; report "why --dir without --at is exit 64"
for ago in now -30s; do
	run_at $((began + 1240)) 1 "" why --dir "$night" --at "$ago"; [ $code -eq 0 ] && has "by the rows of 03:19:00 and 03:20:00"; report "why --at $ago: the last row, if it is young"
done
run_at $((began + 1330)) 1 "" why --dir "$night" --at now; [ $code -eq 1 ] && tells "no row tells"; report "why --at now: and none that is old"
run "" why --at 03:12 --dir "$tmp/nowhere"; [ $code -eq 1 ] && tells "is it enabled?"; report "why --at: nothing is recorded"

if command -v python3 >/dev/null; then
	mkdir "$tmp/bare"; python3 -c 'import json, sys, zlib
row = json.loads(sys.stdin.readline()); row.pop("crc"); row["namespaces"] = []; body = json.dumps(row)[:-1]
print("%s,\"crc\":\"%08x\"}" % (body, zlib.crc32(body.encode())))' <"$night/2026-11-29.jsonl" >"$tmp/bare/2026-11-29.jsonl"
	run_at $((began + 1800)) 1 "" why --at 03:00 --dir "$tmp/bare"; [ $code -eq 1 ] && tells "no network namespace" && ! tells "null"; report "why --at: a row without namespaces"
else
	skip "why --at: a row without namespaces" "there is no python3"
fi

finish
