#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# plot.sh: tests of plot, over a night that record has recorded.
# shellcheck source=tools/cli/tests/lib.sh
. "$(dirname "$0")/lib.sh"

t=$tmp
night
day=$night/2026-11-29.jsonl
draw() { run_at $((began + 1800)) 1 "" plot "$@"; }
# is_picture: it is well-formed XML, with nothing from elsewhere and nothing that runs
is_picture() {
	if command -v xmllint >/dev/null; then xmllint --noout --nonet "$tmp/out" 2>>"$tmp/err" || return 1
	elif command -v python3 >/dev/null; then python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' "$tmp/out" 2>>"$tmp/err" || return 1; fi
	[ "$(head -c 5 "$tmp/out")" = "<?xml" ] && [ "$(tail -1 "$tmp/out")" = "</svg>" ] &&
		! grep -qi '<script\|<image\|href=\|onload\|url(\|@import' "$tmp/out" &&
		[ "$(grep -c 'http' "$tmp/out")" = "$(grep -c 'xmlns="http://www.w3.org/2000/svg"' "$tmp/out")" ]
}

draw "$day"; [ $code -eq 0 ] && silent && is_picture; report "plot FILE: a picture"
has ">Ephemeral ports of network namespace host<" && has "2026-11-29 03:00 to 2026-11-29 03:20 UTC: 19 rows of $day"; report "plot: of what, and when"
for panel in "Ports in use" TIME_WAIT "Calls that failed" "Reservations of the largest cgroups" "Fullest destinations"; do
	has "$panel"; report "plot: a panel: $panel"
done
has '>28232 usable<' && has '>90 %<' && has '>75 %<' && has '>max 900<' && has '>limit of /system.slice/nginx.service, with those below it<'; report "plot: thresholds and limits"
has "2026-11-29 03:09:30 to 03:14:00: denied tcp, 900 of 900, 1240 calls /system.slice/nginx.service</title>"; report "plot: what events told, with a title"
has "2026-11-29 03:12:05 to 03:12:17: exhausted tcp, 28200 of 28232, 37 calls /system.slice/api worker.service to 10.0.0.9:5432</title>" && has "no rows"; report "plot: others, and where rows are missing"
has "<title>760 denied by a rule</title>" && has "<title>37 exhausted: no port was free</title>"; report "plot: calls that failed, as bars"
has ">03:10<" && has ">03:12<"; report "plot: times"
# The curve of TCP: from its title back to the points that it goes through; the gap is one.
grep -o ' d="[^"]*"><title>TCP<' "$tmp/out" >"$tmp/part"; [ "$(grep -o M "$tmp/part" | wc -l)" -eq 2 ] && [ "$(grep -o L "$tmp/part" | wc -l)" -eq 19 ]; report "plot: a curve ends where rows are missing"
TZ=Asia/Kolkata draw "$day"; has ">08:40<" && has "2026-11-29 08:30 to 2026-11-29 08:50 IST"; report "plot: local time"
draw --dir "$night" --since 03:05 --until 03:15; [ $code -eq 0 ] && is_picture && has "2026-11-29 03:05 to 2026-11-29 03:15 UTC: 10 rows of $night"; report "plot --since --until"
has "<title>40 denied by a rule</title>" && lacks "no rows"; report "plot: the first row is compared with the one before"
draw --dir "$day"; [ $code -eq 0 ] && is_picture && has "2026-11-28 03:30 to 2026-11-29 03:30 UTC: 19 rows of $day"; report "plot --dir: a day's file"
"$pq" plot --help | grep -A3 -e --since= -e --until= -e --dir= | sort >"$tmp/part"; "$pq" history --help | grep -A3 -e --since= -e --until= -e --dir= | sort | comm -23 "$tmp/part" - >"$tmp/out"; [ -s "$tmp/part" ] && lines 0; report "plot --help: the options of history"
draw --dir "$night"; [ $code -eq 0 ] && is_picture && has "2026-11-28 03:30 to 2026-11-29 03:30"; report "plot: the last 24 hours"
draw --dir "$night" --since -20d; [ $code -eq 0 ] && is_picture && has ">15 Nov<"; report "plot: many days"
TZ=Europe/Berlin run_at 1792972800 1 "" plot --dir "$night" --since "2026-10-24" --until 2026-11-30; [ $code -eq 0 ] && is_picture && has ">31 Oct<" && lacks ">23:00<"; report "plot: over a change of the clocks"

# What it is called may be anything
t=$tmp/asleep
sed "s|^$nginx |/a\\\\074script>\\\\033[2J\\\\\\\\\"\\\\042\\\\046\\\\303\\\\244\\\\377\\\\342\\\\200\\\\256b |" "$t/net/portquota/accounts" >"$tmp/part"; mv "$tmp/part" "$t/net/portquota/accounts"
printf '%s.000 deny /\\074b>\\342\\200\\256c netns=net:[4026531840] resource=tcp current=1 threshold=1 limit=1 rate=0 seq=7\n' $((began + 1830)) >>"$t/portquota/events"
run_at $((began + 1810)) 9000 "$t" record --dir "$tmp/odd"; run_at $((began + 1870)) 9060 "$t" record --dir "$tmp/odd"
run_at $((began + 1900)) 1 "" plot "$tmp/odd/2026-11-29.jsonl"; [ $code -eq 0 ] && is_picture && ! LC_ALL=C grep -q "$(printf '[\033\377]')" "$tmp/out" && lacks $'\u202e' && has "/a&lt;script&gt;" && has '&quot;'; report "plot: names that are no text are none in XML"
has "/&lt;b&gt;\\342\\200\\256c"; report "plot: also those of events"

# Counters of another boot
whole tcp.denied=5; run_at $((began + 1930)) 9120 "$t" record --dir "$tmp/boots"
echo 0b007777-dead >"$t/sys/kernel/random/boot_id"; whole tcp.denied=9000; run_at $((began + 1990)) 9180 "$t" record --dir "$tmp/boots"
whole tcp.denied=9007; run_at $((began + 2050)) 9240 "$t" record --dir "$tmp/boots"
run_at $((began + 2100)) 1 "" plot "$tmp/boots/2026-11-29.jsonl"; [ $code -eq 0 ] && has ">7 denied by a rule<" && [ "$(grep -c "[0-9] denied by a rule<" "$tmp/out")" -eq 1 ] && has ">booted<"; report "plot: counters of another boot are not compared"

# Another boot, in which the host has another number, and somebody else has its own
if command -v python3 >/dev/null; then
	cp "$t/portquota/namespaces" "$tmp/part"; whole tcp.ports=1111; mkdir "$tmp/moved"
	sed '1s/4026531840/88/; q' "$tmp/part" >>"$t/portquota/namespaces"
	run_at $((began + 2400)) 100 "$t" record --dir "$tmp/moved"; cp "$tmp/part" "$t/portquota/namespaces"
	python3 - "$tmp/moved/2026-11-29.jsonl" <<-'END'
		import json, sys, zlib
		text = open(sys.argv[1]).read()
		first, second = json.loads(text), json.loads(text)
		first["namespaces"][1]["netns.name"] = "blue"
		second.update(time=first["time"] + 60, boot="other", uptime=9.0)
		host, blue = second["namespaces"]
		host["netns"], blue["netns"] = "net:[88]", "net:[4026531840]"
		host["tcp.ports"], blue["tcp.ports"], blue["netns.name"] = 2222, 1111, "red"
		second["events"] = [dict(time=first["time"] + 30, level="forecast", cgroup="/of-red", netns=blue["netns"], resource="tcp", seq=901)]
		body = lambda row: json.dumps({key: row[key] for key in row if key != "crc"})[:-1]
		line = lambda text: '%s,"crc":"%08x"}\n' % (text, zlib.crc32(text.encode()))
		open(sys.argv[1], "w").write(line(body(first)) + line(body(second)))
	END
	cp "$tmp/moved/2026-11-29.jsonl" "$tmp/part"
	# heights: at how many heights the curve of TCP is
	heights() { grep -o ' d="[^"]*"><title>TCP<' "$tmp/out" | grep -o '[ML][0-9.]* [0-9.]*' | cut -d' ' -f2 | sort -u | wc -l; }
	draw "$tmp/moved/2026-11-29.jsonl"; [ $code -eq 0 ] && [ "$(heights)" -eq 2 ]; report "plot: the host, whatever its number is after a boot"
	draw "$tmp/moved/2026-11-29.jsonl" -n blue; [ $code -eq 0 ] && [ "$(heights)" -eq 1 ]; report "plot -n: and not who has its number after a boot"
	draw "$tmp/moved/2026-11-29.jsonl"; lacks "/of-red" && draw "$tmp/moved/2026-11-29.jsonl" -n red && has "/of-red"; report "plot: nor events of who has its number after a boot"
	run_at $((began + 2500)) 1 "" history --dir "$tmp/moved" -j; [ $code -eq 0 ] && [ "$(grep '"peak"' "$tmp/out" | grep '"resource": "tcp"' | grep -c '"netns.name": "red"')" -eq 1 ] && [ "$(grep '"peak"' "$tmp/out" | grep '"resource": "tcp"' | grep '"current": 2222' | grep -c '"boot": "other"')" -eq 1 ]; report "history: a number of another boot is another namespace"
	python3 - "$tmp/part" >"$tmp/huge.jsonl" <<-'END'
		import json, sys, zlib
		row = json.loads(open(sys.argv[1]).readline())
		row["namespaces"][0].update({"tcp.ports": 1e300, "range.usable": 1e300, "timewait.current": -1e300, "netns.pid": 4711})
		row["namespaces"][0]["cgroups"][0].update({"tcp.local": 1e300, "tcp.max": 1e308})
		body = json.dumps({key: row[key] for key in row if key != "crc"})[:-1]
		print('%s,"crc":"%08x"}' % (body, zlib.crc32(body.encode())))
	END
	draw "$tmp/huge.jsonl"; [ $code -eq 0 ] && is_picture && [ "$(wc -l <"$tmp/out")" -lt 1000 ] && ! grep -qw 'inf\|nan' "$tmp/out"; report "plot: numbers that are none of ports"
	draw "$tmp/huge.jsonl" -n 4711; [ $code -eq 0 ] && is_picture; report "plot -n: a pid"
else
	skip "plot: the host, whatever its number is" "there is no python3"
fi

# What cannot be drawn
draw "$tmp/nowhere.jsonl"; [ $code -eq 1 ] && tells "nowhere.jsonl: No such file or directory" && lines 0; report "plot: no such file"
draw --dir "$tmp/nowhere"; [ $code -eq 1 ] && tells "is it enabled?" && lines 0; report "plot: nothing is recorded"
: >"$tmp/empty.jsonl"; draw "$tmp/empty.jsonl"; [ $code -eq 1 ] && tells "empty.jsonl: there is no row in it" && lines 0; report "plot: a file without rows"
draw --dir "$night" --since 01:00 --until 02:00; [ $code -eq 1 ] && tells "no row from 2026-11-29 01:00:00 to 2026-11-29 02:00:00"; report "plot: a time without rows"
sed '5s/1/2/' "$day" >"$tmp/changed.jsonl"; draw "$tmp/changed.jsonl"; [ $code -eq 1 ] && tells "changed.jsonl:5: this line has been changed" && [ "$(grep -c changed.jsonl:5 "$tmp/err")" -eq 1 ] && is_picture && has "18 rows"; report "plot: what cannot be read is told once, and the rest drawn"
draw "$day" -n 'net:[4026531840]'; [ $code -eq 0 ] && has 'namespace host<'; report "plot -n"
draw "$day" -n blue; [ $code -eq 1 ] && tells "the rows have no network namespace blue" && lines 0; report "plot -n: one that there was not"
for bad in -j -A "--since never" "a b" "--since 03:10 --until 03:05" "--until -2d"; do
	# shellcheck disable=SC2086
	draw $bad; [ $code -eq 64 ] && tells "--help"; report "plot $bad is exit 64"
done
PORTQUOTA_PROC='' "$pq" plot "$day" >/dev/full 2>"$tmp/err"; [ $? -eq 1 ] && tells "standard output"; report "plot: no room for the picture"

finish
