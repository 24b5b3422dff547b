#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# hostile.sh: tests of files that are empty, cut short, or full of anything.
# shellcheck source=tools/cli/tests/lib.sh
. "$(dirname "$0")/lib.sh"

tree hostile
big=18446744073709551615
printf 'tcp.current %s\ntcp.peak 99999999999999999999999\nudp.current\n\nnew.key 7\nnew.word some\nrange.usable 0\ntcp.ports 5\ntcp.current 3\n  \ntcp.bou' "$big" >"$t/net/portquota/stat"
run "$t"; [ $code -eq 0 ] && has "$big reservations (peak 99999999999999999999999)"; report "stat: 2^64-1 and more, empty, cut and repeated lines"
run "$t" -j; json 7 new.key && json some new.word && json 99999999999999999999999 tcp.peak && ! "$jget" udp.current <"$tmp/out" >/dev/null
report "stat -j: unknown keys pass, malformed lines do not"
grep -q '"tcp.current": 1.8446744073709' "$tmp/out"; report "stat -j: 2^64-1 is a number every reader takes"
{
	printf '/a\\040b\\011\\134\\012\\033[31mred tcp.current=%s tcp.peak= =7 nonsense udp.current=-3 timewait.current=1 x=y=z\n' "$big"
	printf '/\\377\\303\\050 tcp.current=1 (deleted)\n'
	printf '/caf\303\251 (deleted) tcp.current=1\n'
	printf '(before load) tcp.current=1\n\n \ntcp.current=1\n/lone\\04 tcp.current=1\n/nul\\000x tcp.current=1\n/cut tcp.current=1 tcp.pe'
} >"$t/net/portquota/accounts"
run "$t" accounts; [ $code -eq 0 ] && lines 8 && lacks $'\033' && lacks $'\t' && has "/a b\\011\\\\012\\033[31mred"
report "accounts: control characters do not reach the terminal"
has "/café (deleted)" && has "/\\377\\303("; report "accounts: UTF-8 stays, other bytes are escaped"
has '/lone\04' && has '/nul\000x' && has "/cut"; report "accounts: odd escapes and a cut line"
run "$t" accounts -j; json 7 && json "y=z" 0 x && json -3 0 udp.current && ! "$jget" 0 tcp.peak <"$tmp/out" >/dev/null; report "accounts -j: malformed words are left out"
printf 'tcp\ntcp a b\ntcp 1.1.1.1:1 2.2.2.2:2 NEW-STATE account=/x\\040y extra=1\n\\\nudp 1:1 *:* UNCONN account=/z pid=99999999999999999999 age=%s left=x kind' "$big" >"$t/net/portquota/reservations"
run "$t" reservations; [ $code -eq 0 ] && lines 3 && has NEW-STATE && has "/x y"; report "reservations: malformed lines"
run "$t" reservations -j; json 2 && json 1 0 extra && json "/x y" 0 cgroup; report "reservations -j: malformed lines"
printf 'net:[18446744073709551615] a=1\nnet:[ b=2\nnet:[99999999999999999999999999999999999999999999] c=3\n\nx=1\n' >"$t/portquota/namespaces"
run "$t" -A; [ $code -eq 0 ] && lines 4; report "namespaces: malformed names"

tree empty
for word in status accounts reservations -A; do
	run "$t" $word; [ $code -eq 0 ] && silent; report "$word: an empty file"
	run "$t" $word -j; [ $code -eq 0 ] && json "$([ $word = status ] && echo 4 || echo 0)"; report "$word -j: an empty file"
done

tree cut
worst=0
for file in stat accounts reservations; do
	size=$(stat -c %s "$busy/net/portquota/$file")
	for ((n = 1; n < size; n += 97)); do
		head -c "$n" "$busy/net/portquota/$file" >"$t/net/portquota/$file"
		run "$t" "${file/stat/status}" -j
		[ $code -eq 0 ] && "$jget" <"$tmp/out" >/dev/null || worst=$n
	done
done
[ "$worst" -eq 0 ]; report "files cut short anywhere"
head -c 20000 /dev/urandom | tee "$t/net/portquota/stat" "$t/net/portquota/accounts" "$t/net/portquota/reservations" >"$t/portquota/namespaces"
for word in status accounts reservations -A; do
	run "$t" $word; [ $code -eq 0 ]; report "$word: random bytes"
	run "$t" $word -j; [ $code -eq 0 ] && "$jget" <"$tmp/out" >/dev/null; report "$word -j: random bytes"
done

finish
