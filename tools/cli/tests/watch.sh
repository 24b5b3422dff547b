#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# watch.sh: tests of watch.
# shellcheck source=tools/cli/tests/lib.sh
. "$(dirname "$0")/lib.sh"

run "$calm" watch -d 0.1 --count 3; [ $code -eq 0 ] && silent && lines 4 && head -1 "$tmp/out" | grep -q '^TIME .* TCP .* UDP$' && tail -1 "$tmp/out" | grep -q '^20..-..-.. ..:..:.. *3420 *3105 *10 *0 *1210 *0 *0 *0 *0 *42$'; report "watch: a row each interval, one heading"
run "$calm" watch -d 0.1 --count 1 -H; lines 1; report "watch -H"
COLUMNS=80 run "$calm" watch -d 0.1 --count 1; fits 80; report "watch fits 80 columns"
run "$calm" watch -d 0.1 --count 2 --csv; lines 3 && [ "$(grep -c $'\r$' "$tmp/out")" -eq 3 ] && [ "$(awk -F, '{ print NF }' "$tmp/out" | sort -u | wc -l)" -eq 1 ] && head -1 "$tmp/out" | grep -q '^time,tcp.current,'; report "watch --csv: as RFC 4180 has it, one line of headings"
run "$calm" watch -d 0.1 --count 2 -j; lines 2 && head -1 "$tmp/out" >"$tmp/part" && cp "$tmp/part" "$tmp/out" && json 3420 tcp.current && json 10 tcp.percent; report "watch -j: an object a line"
vary moving2; whole tcp.begun=1000000 timewait.entered=999999 tcp.denied=4 tcp.exhausted=2; cp "$t/net/portquota/stat" "$tmp/part"; rm "$t/net/portquota/stat"; mkfifo "$t/net/portquota/stat"
: >"$tmp/out"
PORTQUOTA_PROC=$t "$pq" watch -d 0.3 --count 1 -j >"$tmp/out" 2>"$tmp/err" &
pid=$!
cat "$calm/net/portquota/stat" >"$t/net/portquota/stat"; sleep 0.1; cat "$tmp/part" >"$t/net/portquota/stat"
wait $pid && json 4 denied.new && json 2 exhausted.new && [ "$("$jget" tcp.begun.rate <"$tmp/out")" -gt 100000 ]; report "watch: rates, and what is new"
if command -v script >/dev/null; then
	script -qec "stty cols 80 rows 5; PORTQUOTA_PROC=$calm $pq watch -d 0.1 --count 7" /dev/null </dev/null >"$tmp/out" 2>"$tmp/err"
	[ "$(grep -c TIME "$tmp/out")" -eq 3 ]; report "watch: the heading again each screenful, on a terminal"
else
	skip "watch on a terminal" "no script(1)"
fi
: >"$tmp/out"
PORTQUOTA_PROC=$calm "$pq" watch -d 0.1 >"$tmp/out" 2>"$tmp/err" &
pid=$!
until_out 3420; report "watch: each row is written at once"
kill -TERM $pid; wait $pid && silent; report "watch: stopped, it is done"
PORTQUOTA_PROC=$calm timeout --foreground -s INT 1 env --default-signal=INT "$pq" watch -d 0.3 >"$tmp/out" 2>"$tmp/err"; [ $? -eq 124 ] && silent; report "watch: so it is by Ctrl-C"
PORTQUOTA_PROC=$calm timeout 10 "$pq" watch -d 0.1 2>"$tmp/err" | head -1 >"$tmp/out"
[ "${PIPESTATUS[0]}" -ne 124 ] && lines 1 && silent; report "watch: a closed pipe ends it"
for bad in "-d 0" "--count 0" "--csv -j" "-A" nonsense; do
	# shellcheck disable=SC2086
	run "$calm" watch $bad; [ $code -eq 64 ] && tells "--help"; report "watch $bad is exit 64"
done
run "$tmp/nowhere" watch; [ $code -eq 1 ] && tells "modprobe portquota"; report "watch: no module is exit 1"
tree odd; run "$t" watch -d 0.1 --count 1; [ $code -eq 0 ] && lines 2; report "watch: an empty file"
vary dead; sed -i 's/^hooks .*/hooks dead/' "$t/net/portquota/stat"
run "$t" watch -d 0.1 --count 2 -j; [ $code -eq 0 ] && lines 2 && [ "$(grep -c "the hooks are dead" "$tmp/err")" -eq 1 ] && head -1 "$tmp/out" >"$tmp/part" && cp "$tmp/part" "$tmp/out" && json dead hooks && [ "$("$jget" time <"$tmp/out" | cut -d. -f1)" -gt 1700000000 ]; report "watch: dead hooks are told"
head -c 20000 /dev/urandom >"$t/net/portquota/stat"; run "$t" watch -d 0.1 --count 1; [ $code -eq 0 ] && ! LC_ALL=C grep -q "$(printf '\033')" "$tmp/out"; report "watch: random bytes"

finish
