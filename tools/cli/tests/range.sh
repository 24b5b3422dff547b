#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# range.sh: tests of range.
# shellcheck source=tools/cli/tests/lib.sh
. "$(dirname "$0")/lib.sh"

run "$calm" range; [ $code -eq 0 ] && silent && lines 16; report "range shows, two lines a cgroup"
cp "$tmp/out" "$tmp/bare"; run "$calm" range show; cmp -s "$tmp/out" "$tmp/bare"; report "range show is the same"
grep -q '^tcp    10000-10999    1000   640 .* 64%  own  *.*/nginx.service$' "$tmp/out" && grep -q '^udp    32768-60999 .* namespace  .*/nginx.service$' "$tmp/out"; report "range: a cgroup's own, and the namespace's"
grep -q '^udp    40000-40999       -     -  .*own .*/spare.slice$' "$tmp/out" && ! grep -q '^tcp .*/spare.slice$' "$tmp/out"; report "range: a rule whose cgroup holds nothing yet"
lacks /idle.slice && run "$calm" range --all && has /idle.slice; report "range --all"
run "$calm" range -j; json 15 && json tcp 0 proto && json 32768 0 start && json 28232 0 number && json 28232 0 usable && json namespace 0 from && json own 11 from && json 1000 11 number
report "range -j"
for w in 80 120; do
	COLUMNS=$w run "$calm" range; fits $w && has FROM; report "range fits $w columns"
done
COLUMNS=80 run "$calm" range; head -1 "$tmp/out" | grep -q '^PROTO  RANGE  *HELD  OF USABLE  *FROM  *CGROUP$' && grep -q '^tcp .* 640  ██████░░░░  64%  own ' "$tmp/out"; report "range at 80 columns keeps how full they are"
run "$busy" range; [ $code -eq 1 ] && tells "net/portquota/rules"; report "range: no rules file"
older; run "$tmp/older" range; [ $code -eq 0 ] && lines 1; report "range: an older module has none"
cp -r "$calm" "$tmp/ranged"; t=$tmp/ranged; rules=$t/net/portquota/rules
printf '/a/* tcp.range=2000-2999\n/a/b tcp.max=5\n/a tcp.range=3000-3999\n' >"$rules"
printf '/ tcp.current=1 tcp.range=5-9\n/a tcp.current=1 tcp.range=3000-3999\n/a/b tcp.current=1 tcp.range=3000-3999\n/a/c tcp.current=1 tcp.range=2000-2999\n/a/d tcp.current=1 tcp.range=2500-2999\n/a/c/e tcp.current=1 tcp.range=2000-2999\n' >"$t/net/portquota/accounts"
run "$t" -H range; [ "$(awk '{ print $(NF - 1) "=" $NF }' "$tmp/out" | tr '\n' ' ')" = "rule=/ own=/a /a=/a/b /a/*=/a/c /a/*=/a/c/e rule=/a/d " ]; report "range: from the rule next above, the exact before the glob, or the host's"
: >"$rules"
run "$t" range set tcp 10000 1000; [ $code -eq 0 ] && silent && [ ! -s "$tmp/out" ] && kept "$rules" "/ tcp.range=10000-10999"; report "range set: start and number, for the namespace"
run "$t" range set udp 20000-20499 /x; [ $code -eq 0 ] && silent && tail -1 "$rules" | grep -qxF "/x udp.range=20000-20499"; report "range set: as a range is printed"
run "$t" range set tcp 30000-30999; [ $code -eq 0 ] && tail -1 "$rules" | grep -qF "tcp.range=30000-30999"; report "range set: as a range is printed, for the namespace"
for bad in "2000-x" "x-3000" "3000-2000" "2000-" "2000-2100"; do
	run "$t" range set tcp "$bad" /x; [ $code -eq 1 ] && tells "range set: "; report "range set tcp $bad: no range"
done
run "$t" range set tcp 10000 1000; [ $code -eq 0 ]; report "range set: over what was set"
echo "/b tcp.max=25% over=wait:2s new.key=7" >"$rules"
run "$t" range set udp 65281 255 /b; [ $code -eq 0 ] && tail -1 "$rules" | grep -qx "/b tcp.max=25% over=wait:2s new.key=7 udp.range=65281-65535"; report "range set: other keys are kept, those of a newer module too"
echo "/b tcp.max=25% udp.range=2000-2999 over=wait:2000ms" >"$rules"
run "$t" range set udp 1025 255 /b; tail -1 "$rules" | grep -qx "/b tcp.max=25% over=wait:2000ms udp.range=1025-1279"; report "range set: the old range is replaced"
run "$t" range set udp 1025 255 /b; [ "$(wc -l <"$rules")" -eq 2 ]; report "range set: what is so already is not written"
run "$t" range reset udp /b; [ $code -eq 0 ] && tail -1 "$rules" | grep -qx "/b tcp.max=25% over=wait:2000ms"; report "range reset: other keys are kept"
run "$t" range reset udp /b; [ $code -eq 1 ] && tells "range reset: '/b' has no rule with udp.range"; report "range reset: not there"
run "$t" range set tcp 2000 500 '/c\040d'; run "$t" range reset tcp '/\143\040d'; [ $code -eq 0 ] && tail -1 "$rules" | grep -qxF -- '-/c\040d'; report "range reset: a rule that says nothing more is removed"
run "$t" range set tcp 2000 500 '/g/*'; [ $code -eq 0 ] && tail -1 "$rules" | grep -qxF '/g/* tcp.range=2000-2499'; report "range set: a glob"
cp "$rules" "$tmp/before"
# unset_range ARGUMENT... = MESSAGE: refused with exit 1, nothing written.
unset_range() {
	run "$t" range set "${@:1:$#-1}"
	[ $code -eq 1 ] && tells "${*: -1}" && cmp -s "$rules" "$tmp/before" && [ ! -s "$tmp/out" ]
	report "range set ${*:1:$#-1} is refused and says why"
}
unset_range tcp 1024 1000 "1024 begins below 1025"
unset_range tcp 0 1000 "0 begins below 1025"
unset_range tcp 10000 254 /a "254 is less than 255 ports"
unset_range udp 10000 0 "0 is less than 255 ports"
unset_range tcp 65282 255 "255 ports from 65282 on end above 65535"
unset_range tcp 70000 300 "end above 65535"
unset_range tcp 10000 999999999 "end above 65535"
unset_range tcp 10000 99999999999999999999 "is not a number of ports"
unset_range tcp 0x400 1000 "'0x400' is not a first port"
unset_range tcp 10000 "" "'' is not a number of ports"
unset_range tcp 2000 1000 a "'a' is no absolute path"
run "$t" range set tcp 2000 500 '/a b'; [ $code -eq 0 ] && tail -1 "$rules" | grep -qxF '/a\040b tcp.range=2000-2499'; report "range set: a path with a blank"
cp "$rules" "$tmp/before"
for bad in "nonsense" "show x" "set" "set tcp 1" "set tcp 2000 500 /a b" "set sctp 2000 500" "reset" "reset sctp" "reset tcp /a b" "set -A tcp 2000 500" "set -a tcp 2000 500"; do
	# shellcheck disable=SC2086
	run "$t" range $bad; [ $code -eq 64 ] && tells "--help"; report "range $bad is exit 64"
done
export REFUSE=/a REFUSE_ERRNO=16
run_refused "$t" range set tcp 2000 500 /a; [ $code -eq 1 ] && tells "range set: '/a': the kernel's function for it is taken" && tells "live patch"; report "range set: another tool has the hook"
REFUSE_ERRNO=1 run_refused "$t" range set tcp 2000 500 /a; [ $code -eq 1 ] && tells "needs CAP_NET_ADMIN"; report "range set: no right"
unset REFUSE REFUSE_ERRNO
run "$tmp/nowhere" range; [ $code -eq 1 ] && tells "modprobe portquota"; report "range: no module is exit 1"
run "$t" rule set "/a tcp.range=1024-2000"; [ $code -eq 1 ] && tells "'1024-2000' in 'tcp.range=1024-2000' begins below 1025"; report "rule set: a range out of bounds"
run "$t" rule set "/a tcp.range=2000"; [ $code -eq 1 ] && tells "is no LOW-HIGH: as in 10000-10999"; report "rule set: no range"
run "$calm" rule; has "TCP RANGE" && has 10000-10999 && has "TW DELAY"; report "rule list has ranges and delays"

finish
