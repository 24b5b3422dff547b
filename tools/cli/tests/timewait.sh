#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# timewait.sh: tests of timewait.
# shellcheck source=tools/cli/tests/lib.sh
. "$(dirname "$0")/lib.sh"

older
cp -r "$calm" "$tmp/changed"; t=$tmp/changed; rules=$t/net/portquota/rules
run "$calm" timewait; [ $code -eq 0 ] && silent && has "kernel"; report "timewait shows"
grep -q '^ *30  own  *250  *6400  *5780  *307  *61  *2  *0  /kubepods.slice$' "$tmp/out" && grep -q '^ *30  /kubepods.slice  .*pod-a1.scope$' "$tmp/out"; report "timewait: delay, where from, and how they ended"
grep -q '^32-64s  83328  .* 87%$' "$tmp/out" && ! grep -q '64-128' "$tmp/out" && grep -q '^0-1s ' "$tmp/out"; report "timewait: how long they lasted"
lacks /idle.slice && run "$calm" timewait show --all && has /idle.slice; report "timewait show --all"
run "$calm" timewait -j; json 7 && json 30 1 timewait.delay && json own 1 timewait.delay.from && lacks lifetime && run "$calm" status -j && json 83328 timewait.lifetime.64 && json 0 timewait.lifetime.max
report "timewait -j"
for w in 80 120; do
	COLUMNS=$w run "$calm" timewait; fits $w; report "timewait fits $w columns"
done
run "$tmp/older" timewait; [ $code -eq 0 ] && lines 1; report "timewait: an older module has no delays"
run "$tmp/older" timewait -j; [ $code -eq 0 ] && json 0; report "timewait -j: an older module"
cp -r "$calm" "$tmp/long-tw"; sed -i 's/^timewait.lifetime.max .*/timewait.lifetime.max 4/' "$tmp/long-tw/net/portquota/stat"
run "$tmp/long-tw" timewait; tail -1 "$tmp/out" | grep -q "^512s or more  *4 "; report "timewait: those that last longest"
echo "/b tcp.max=25%" >"$rules"
run "$t" timewait set 30 /b; [ $code -eq 0 ] && silent && tail -1 "$rules" | grep -qx "/b tcp.max=25% timewait.delay=30"; report "timewait set: other keys are kept"
run "$t" timewait set 300; [ $code -eq 0 ] && tail -1 "$rules" | grep -qx "/ timewait.delay=300"; report "timewait set: for the namespace"
run "$t" timewait reset; [ $code -eq 0 ] && tail -1 "$rules" | grep -qx -- "-/"; report "timewait reset: the rule is removed"
run "$t" timewait reset /b; [ $code -eq 0 ] && tail -1 "$rules" | grep -qx "/b tcp.max=25%"; report "timewait reset: other keys are kept"
for bad in "29 less than 30" "301 more than 300" "x not a number of seconds" "-1 --help" "99999999999999999999 not a number of seconds"; do
	run "$t" timewait set "${bad%% *}"; [ $code -ne 0 ] && tells "${bad#* }"; report "timewait set ${bad%% *} is refused and says why"
done
run "$t" rule set "/a timewait.delay=20"; [ $code -eq 1 ] && tells "'20' in 'timewait.delay=20' is not between 30 and 300"; report "rule set: a delay out of bounds"
run "$t" timewait set 30 40 50; [ $code -eq 64 ]; report "timewait set with too much is exit 64"
head -c 20000 /dev/urandom | tee "$t/net/portquota/stat" "$t/net/portquota/accounts" >"$rules"
for word in range timewait; do
	run "$t" $word --all; [ $code -eq 0 ] && ! LC_ALL=C grep -q "$(printf '\033')" "$tmp/out"; report "$word: random bytes"
	run "$t" $word -j --all; [ $code -eq 0 ] && "$jget" <"$tmp/out" >/dev/null; report "$word -j: random bytes"
done

finish
