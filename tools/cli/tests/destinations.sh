#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# destinations.sh: tests of destinations.
# shellcheck source=tools/cli/tests/lib.sh
. "$(dirname "$0")/lib.sh"

run "$calm" destinations; [ $code -eq 0 ] && silent && lines 7 && aligned 1; report "destinations: one line each"
sed -n 2p "$tmp/out" | grep -q '^1400  .*  4%  *420  26814  -  *10.0.0.2  *10.0.0.9:5432$'; report "destinations: used, a bar, TIME_WAIT, free"
has "[fd00::2]:80" && has "10000-10999  10.0.0.2"; report "destinations: IPv6, and a range of a cgroup's own"
tail -1 "$tmp/out" | grep -q '^  12  - .* 3 .*(others: the table is full)$'; report "destinations: what did not fit is told"
run "$calm" destinations -j; json 6 && json 10.0.0.9:5432 0 destination && json 26814 0 free && json false 0 other && json true 5 other && json 12 5 used && json 10000-10999 3 range
report "destinations -j"
run "$calm" -H destinations; lines 6; report "destinations -H"
run "$calm" destinations --color=always; ! grep -q $'\033\[1;31m' "$tmp/out"; report "destinations: no colour of trouble where there is none"
for w in 80 120; do
	COLUMNS=$w run "$calm" destinations; fits $w; report "destinations fits $w columns"
done
tree six; echo "[2001:db8:1111:2222:3333:4444:5555:6666] [2001:db8:1111:2222:3333:4444:5555:7777]:5432 used=1400 timewait=420 usable=28232 free=26814" >"$t/net/portquota/destinations"
COLUMNS=80 run "$t" destinations; fits 80 && has "…44:5555:6666]  " && grep -q '….*:7777]:5432$' "$tmp/out"; report "destinations fits 80 columns, with IPv6"
COLUMNS=60 run "$t" destinations; fits 60 && grep -q '26814 .*:6666]  .*:7777]:5432$' "$tmp/out" && has "hidden columns (terminal too narrow): TIME_WAIT"; report "destinations: what is free and where stays in 60"
tree towards; to=$t/net/portquota/destinations
for ((i = 0; i < 50; i++)); do echo "10.0.0.1 10.0.0.$i:80 used=$((990 - i)) timewait=1 usable=1000 free=0"; done >"$to"; echo "other used=4 timewait=0" >>"$to"
run "$t" destinations; lines 23 && has "(others: " && has "and 30 more: portquota destinations --all"; report "destinations: the largest, and how many more"
run "$t" destinations --all; lines 52; report "destinations --all"
run "$t" destinations -j; json 21; report "destinations -j: the largest"
run "$t" check; [ $code -eq 2 ] && has "99% of the ports from 10.0.0.1 to 10.0.0.0:80 in use, 990 of 1000"; report "check: a destination that is full"
run "$busy" destinations; [ $code -eq 1 ] && tells "differ in version" && [ ! -s "$tmp/out" ]; report "destinations: an older module has none"
: >"$to"; run "$t" destinations; [ $code -eq 0 ] && silent; report "destinations: an empty file"
run "$t" destinations -j; [ $code -eq 0 ] && json 0; report "destinations -j: an empty file"
printf '\033[2J \033[2J:1 used=\033[2J usable=0\n1.1.1.1\na b=1 used=1\n1.1.1.1 2.2.2.2:2 used=7 usable=0 free=9 range=1-2 new=3\nother\nother used=\n1.1.1.1 2.2.2.2:3 used=99999999999999999999 usable=-1 fr' >"$to"
run "$t" destinations; [ $code -eq 0 ] && lines 6 && lacks $'\033'; report "destinations: malformed lines"
run "$t" destinations -j; json 5 && json 3 1 new; report "destinations -j: malformed lines"
head -c 20000 /dev/urandom >"$to"
run "$t" destinations; [ $code -eq 0 ] && ! LC_ALL=C grep -q "$(printf '\033')" "$tmp/out"; report "destinations: random bytes"
run "$t" destinations -j; [ $code -eq 0 ] && "$jget" <"$tmp/out" >/dev/null; report "destinations -j: random bytes"
run "$t" destinations nonsense; [ $code -eq 64 ] && tells "'nonsense'"; report "destinations nonsense is exit 64"

# One of them
run "$calm" destinations 10.0.0.9:5432 -H; lines 2 && grep -q '^1400 ' "$tmp/out" && has "(others"; report "destinations ADDRESS:PORT"
run "$calm" destinations 10.0.0.9 -H; lines 2; report "destinations ADDRESS"
run "$calm" destinations :80 -H; has "[fd00::2]:80" && lacks 5432; report "destinations :PORT"
run "$calm" destinations '[fd00::2]:80' -H; lines 2 && has "[fd00::2]:80"; report "destinations [ADDRESS]:PORT"
run "$calm" destinations fd00:0::2 -H; lines 2 && has "[fd00::2]:80"; report "destinations ADDRESS: in any spelling"
run "$calm" destinations ::ffff:10.0.0.9 -H; lines 2 && has 5432; report "destinations ADDRESS: IPv4-mapped is IPv4"
run "$calm" destinations 10.0.0.9:5433; [ $code -eq 0 ] && tells "no port is used towards 10.0.0.9:5433"; report "destinations: nothing goes there"
for bad in example.org 10.0.0.9:port 10.0.0.9:0 10.0.0.9:65536 '[fd00::2' '[10.0.0.9]x' : '' 10.0.0; do
	run "$calm" destinations "$bad"; [ $code -eq 64 ] && tells "'$bad' is not a destination: use ADDRESS"; report "destinations '$bad' is exit 64"
done
run "$calm" destinations 10.0.0.9 10.0.0.7; [ $code -eq 64 ] && tells "10.0.0.7"; report "destinations: one at a time"

finish
