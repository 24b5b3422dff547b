#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run.sh PORTQUOTA JGET: tests of the command line tool over trees that stand for /proc. Prints KTAP;
# exit 0 if all passed. Needs no module, no root and no network.
set -u

pq=$(realpath "$1")
jget=$(realpath "$2")
here=$(dirname "$(realpath "$0")")
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

export LC_ALL=C.UTF-8 TERM=xterm
unset NO_COLOR COLUMNS PORTQUOTA_PROC ARGP_HELP_FMT
count=0
failed=0

# Every test ends here: report DESCRIPTION, passed if the last command was.
report() {
	local ok=$?

	count=$((count + 1))
	if [ $ok -eq 0 ]; then
		echo "ok $count $1"
	else
		failed=$((failed + 1))
		echo "not ok $count $1"
		sed 's/^/# stdout: /' "$tmp/out" | head -20
		sed 's/^/# stderr: /' "$tmp/err" | head -20
	fi
}

# run TREE ARGUMENT...: the tool over a tree; leaves $code, $tmp/out, $tmp/err.
run() {
	local tree=$1

	shift
	PORTQUOTA_PROC=$tree "$pq" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
	code=$?
}

has() { grep -qF -- "$1" "$tmp/out"; }
lacks() { ! grep -qF -- "$1" "$tmp/out"; }
tells() { grep -qF -- "$1" "$tmp/err"; }
silent() { [ ! -s "$tmp/err" ]; }
json() { [ "$("$jget" "${@:2}" <"$tmp/out")" = "$1" ]; }
lines() { [ "$(wc -l <"$tmp/out")" -eq "$1" ]; }

# tree NAME: a new empty tree; its path in $t.
tree() {
	t=$tmp/$1
	mkdir -p "$t/net/portquota" "$t/portquota"
	: >"$t/net/portquota/stat"
	: >"$t/net/portquota/accounts"
	: >"$t/net/portquota/reservations"
	: >"$t/portquota/namespaces"
}

# No line is wider than $1 columns.
fits() {
	local line

	while IFS= read -r line; do
		[ ${#line} -le "$1" ] || return 1
	done <"$tmp/out"
}

# In the heading and in all rows each of the first N columns that is right-aligned ends alike.
aligned() {
	awk -v n="$1" '
	NR == 1 || /^ *[0-9]/ {
		line = $0; at = 0
		for (i = 1; i <= n; i++) {
			match(line, /^ *[^ ]+/)
			at += RLENGTH
			line = substr(line, RLENGTH + 1)
			if (NR == 1) end[i] = at
			else if (end[i] != at) bad = 1
		}
	}
	END { exit bad }' "$tmp/out"
}

busy=$here/busy
echo "KTAP version 1"

# Status
run "$busy"; [ $code -eq 0 ] && silent && has "range 32768-60999, 28232 ports usable"
report "no word is status"
cp "$tmp/out" "$tmp/bare"; run "$busy" status; cmp -s "$tmp/out" "$tmp/bare"; report "status is the same"
has "19744 of 28232 ports in use" && has " 69% "; report "status says how full TCP is by ports"
has "20877 reservations (peak 25258), some sharing a port" && has "20866 shareable, 7 exclusive, 4 bound"
report "status counts reservations by kind"
has "tcp.exhausted 37" && lacks "timewait.overflow" && lacks "untracked" && lacks "hooks"
report "status shows trouble where there is some, and only there"
has "/system.slice/nginx.service" && ! grep -q "/system.slice\$" "$tmp/out"; report "status names the largest cgroups by their own use"
COLUMNS=80 run "$busy"; fits 80; report "status fits 80 columns"
run "$busy" -j; [ $code -eq 0 ] && json 20877 tcp.current && json 32768-60999 range; report "status -j has the numbers"
json 5 top && json 18418 top 0 tcp.local && json false top 0 deleted; report "status -j has the top accounts"
json "net:[4026531840]" netns; report "status -j names the namespace"
run "$busy" -H; lacks "net:["; report "-H leaves the heading out"

tree dead; printf 'hooks dead\nhooks.missed 3\ncgroup.v2 0\nuntracked 2\ntimewait.overflow 9\n' >"$t/net/portquota/stat"
run "$t" --color=always; [ $code -eq 0 ] && has $'\033[1;31mhooks dead' && has "hooks.missed 3" &&
	has "cgroup.v2 0" && has "untracked 2" && has "timewait.overflow 9"
report "dead hooks are told in red, and all other trouble"
has "range -, - ports usable" && has "- reservations (peak -)"; report "a missing key is a dash"

# All namespaces
tree names; mkdir -p "$t/run" "$t/77/ns"; : >"$t/run/blue"; echo pause >"$t/77/comm"
ln -s 'net:[77]' "$t/77/ns/net"
printf 'net:[%s] tcp.current=5 tcp.ports=4 range.usable=100 new=1\nnet:[77] tcp.current=6\nnet:[88] tcp.current=7\n' \
	"$(stat -c %i "$t/run/blue")" >"$t/portquota/namespaces"
export PORTQUOTA_NETNS=$t/run
run "$t" -A; [ $code -eq 0 ] && lines 4 && has "blue" && has "pid 77 (pause)" && has "net:[88]"
report "-A names namespaces by name, by a process, by inode"
has " 4%  "; report "-A has a bar where the range is known"
run "$t" -A -j; json 3 && json blue 0 netns.name && json 77 1 netns.pid && json "net:[88]" 2 netns && json 1 0 new
report "-A -j has the names and passes unknown keys through"
unset PORTQUOTA_NETNS
run "$busy" -A accounts; [ $code -eq 1 ] && tells PORTQUOTA_PROC; report "-A accounts cannot enter a made-up tree"

# Accounts
run "$busy" accounts; [ $code -eq 0 ] && silent && aligned 8; report "accounts: columns are aligned"
lacks "getty" && lacks "init.scope"; report "accounts leaves out what is empty"
has "/build jobs" && has "systemd\\x2dtimesyncd" && lacks '\040'; report "accounts: names are unescaped"
has "/system.slice/run-r4be1.scope (deleted)" && has "(before load)"; report "accounts: deleted, and before load"
tail -1 "$tmp/out" | grep -q '(before load)'; report "accounts: before load is last"
run "$busy" accounts --all; has "getty@tty1"; report "accounts --all shows what is empty"
run "$busy" accounts -j; [ $code -eq 0 ] && json 18 && json / 0 path && json 20877 0 tcp.current && json 28232 0 range.usable
report "accounts -j"
json "/build jobs" 1 path; report "accounts -j: names are unescaped"
json true 11 deleted && json /system.slice/run-r4be1.scope 11 path; report "accounts -j: deleted is a flag"
run "$busy" accounts --sort udp; sed -n 4p "$tmp/out" | grep -q unbound; report "accounts --sort udp: largest first"
run "$busy" accounts --sort timewait.peak -H; head -1 "$tmp/out" | grep -q ' /$'; report "accounts --sort with a full key"
run "$busy" accounts --sort nonsense; [ $code -eq 64 ] && tells nonsense && [ ! -s "$tmp/out" ]; report "accounts --sort with no such key"
run "$busy" -H accounts; lacks CGROUP; report "accounts -H"
for w in 80 100 132; do
	COLUMNS=$w run "$busy" accounts; fits "$w" && aligned 3 && has "EXHAUSTED"
	report "accounts fits $w columns and keeps what is trouble"
done
COLUMNS=80 run "$busy" accounts; has "not shown for want of width: "; report "accounts says what it left out"
COLUMNS=80 run "$busy" -H accounts; lacks "not shown"; report "accounts -H says nothing of the kind"

tree order; for p in /b /a-b /a/b /a / '(before\040load)' /a.b; do printf '%s tcp.current=1\n' "$p"; done >"$t/net/portquota/accounts"
run "$t" -H accounts; [ "$(awk '{ print $NF }' "$tmp/out" | tr '\n' ' ')" = "/ /a /a/b /a-b /a.b /b load) " ]
report "accounts: the order is the tree's"

# Reservations
run "$busy" reservations; [ $code -eq 0 ] && silent && lines 40; report "reservations: one line each"
has "Web Content" && has "(before load)" && has "(deleted)"; report "reservations: names"
awk 'NR == 1 { at = index($0, "CGROUP") } NR > 1 && !/Web/ && substr($0, at, 1) !~ /[\/(]/ { bad = 1 } END { exit bad }' "$tmp/out"
report "reservations: columns are aligned"
run "$busy" reservations --state time_wait,LISTEN; lines 16 && lacks ESTAB; report "reservations --state"
run "$busy" reservations --state nonsense; [ $code -eq 64 ] && tells nonsense; report "reservations --state with no such state"
run "$busy" reservations --account /system.slice/; lines 32 && lacks SYN-SENT; report "reservations --account takes what is below"
run "$busy" reservations --account /system.slic; lines 1; report "reservations --account takes whole names"
run "$busy" reservations --account '(before load)' -H; lines 2; report "reservations --account '(before load)'"
run "$busy" reservations --account nginx; [ $code -eq 64 ] && tells nginx; report "reservations --account wants a path"
run "$busy" reservations --proto udp -H; lines 6; report "reservations --proto"
run "$busy" reservations --proto sctp; [ $code -eq 64 ] && tells sctp; report "reservations --proto with no such protocol"
run "$busy" reservations -j; json 39 && json 812 0 pid && json shareable 0 kind && json false 0 deleted; report "reservations -j"
json 42 27 comm && json 42 27 pid && grep -q '"comm": "42"' "$tmp/out"; report "reservations -j: a command of digits is text"
grep -q '"left": [0-9]*\.[0-9],' "$tmp/out"; report "reservations -j: the time left is a number of its own precision"
run "$busy" reservations --by state,cgroup; lines 11 && head -2 "$tmp/out" | tail -1 | grep -q '12  ESTAB.*/nginx.service$'
report "reservations --by: largest first"
has "run-r4be1.scope (deleted)"; report "reservations --by cgroup keeps (deleted)"
run "$busy" reservations --by owner,proto,destination,local,cgroup,state,command -j; json 10 && json 12 0 count && json 10.0.0.5 0 local.address && json 812 0 pid
report "reservations --by everything, -j"
run "$busy" reservations --by state,state -H; lines 7; report "reservations --by twice the same"
run "$busy" reservations --by nonsense; [ $code -eq 64 ] && tells nonsense; report "reservations --by with no such word"
run "$busy" reservations --by destination --state time-wait -H; lines 2; report "reservations --by with a filter"
COLUMNS=132 run "$busy" reservations; fits 132; report "reservations fits 132 columns"
COLUMNS=80 run "$busy" reservations --by cgroup,state; fits 80; report "reservations --by fits 80 columns"

# Colour, characters
run "$busy" --color=always; has $'\033['; report "--color=always colours"
run "$busy" --color=always -j; lacks $'\033['; report "JSON has no colour"
run "$busy" --color=auto; lacks $'\033['; report "--color=auto does not colour a file"
run "$busy" --color=blue; [ $code -eq 64 ] && tells blue; report "--color with no such word"
LC_ALL=C run "$busy"; has "#####" && lacks "█"; report "bars are ASCII where the locale is"
LC_ALL=C.UTF-8 run "$busy"; has "█"; report "bars are UTF-8 where the locale is"
if command -v script >/dev/null; then
	on_tty() { script -qec "stty cols 80; env $* PORTQUOTA_PROC=$busy $pq accounts" /dev/null </dev/null >"$tmp/out" 2>"$tmp/err"; }
	on_tty A=b; has $'\033['; report "a terminal is coloured"
	on_tty NO_COLOR=1; lacks $'\033[' && has "not shown for want of width"; report "NO_COLOR is respected, width is the terminal's"
	on_tty TERM=dumb; lacks $'\033['; report "a dumb terminal is not coloured"
else
	for what in "a terminal is coloured" "NO_COLOR" "dumb"; do
		count=$((count + 1)); echo "ok $count $what # SKIP no script(1)"
	done
fi

# Hostile input
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
run "$t" reservations -j; json 2 && json 1 0 extra && json "/x y" 0 account; report "reservations -j: malformed lines"
printf 'net:[18446744073709551615] a=1\nnet:[ b=2\nnet:[99999999999999999999999999999999999999999999] c=3\n\nx=1\n' >"$t/portquota/namespaces"
run "$t" -A; [ $code -eq 0 ] && lines 4; report "namespaces: malformed names"

tree empty
for word in status accounts reservations -A; do
	run "$t" $word; [ $code -eq 0 ] && silent; report "$word: an empty file"
	run "$t" $word -j; [ $code -eq 0 ] && json "$([ $word = status ] && echo 1 || echo 0)"; report "$word -j: an empty file"
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

# Length
tree long
awk 'BEGIN { for (i = 0; i < 200000; i++) printf "tcp 10.0.0.1:%d 10.0.0.2:%d ESTAB account=/a/%d pid=%d comm=x age=1 kind=shareable\n", i % 65536, i % 7, i % 5, i }' >"$t/net/portquota/reservations"
run "$t" reservations -H; [ $code -eq 0 ] && lines 200000; report "reservations: a long file"
run "$t" reservations --by cgroup -H; lines 5 && has "40000  /a/4"; report "reservations --by: a long file"
run "$t" reservations -j; json 200000; report "reservations -j: a long file"
tree stream; rm "$t/net/portquota/reservations"; mkfifo "$t/net/portquota/reservations"
: >"$tmp/out"
PORTQUOTA_PROC=$t "$pq" reservations >"$tmp/out" 2>"$tmp/err" &
exec 9>"$t/net/portquota/reservations"
head -3000 "$tmp/long/net/portquota/reservations" >&9
for ((i = 0; i < 100; i++)); do
	[ -s "$tmp/out" ] && break
	sleep 0.1
done
[ -s "$tmp/out" ]; report "reservations: printed while it is read, not held"
exec 9>&-
wait
lines 3001; report "reservations: and all of it in the end"
PORTQUOTA_PROC=$tmp/long "$pq" reservations 2>"$tmp/err" | head -1 >"$tmp/out"; lines 1 && silent; report "a closed pipe ends it quietly"

# What goes wrong
for word in status accounts reservations; do
	PORTQUOTA_PROC=$busy "$pq" $word >/dev/full 2>"$tmp/err"; [ $? -eq 1 ] && tells "No space left"; report "$word: a full disk is exit 1"
	PORTQUOTA_PROC=$busy "$pq" $word -j >/dev/full 2>"$tmp/err"; [ $? -eq 1 ] && tells "No space left"; report "$word -j: a full disk is exit 1"
	PORTQUOTA_PROC=$busy "$pq" $word >&- 2>"$tmp/err"; [ $? -eq 1 ]; report "$word: no stdout is exit 1"
	run "$tmp/nowhere" $word; [ $code -eq 1 ] && tells "modprobe portquota" && tells "$tmp/nowhere/net/portquota/" && [ ! -s "$tmp/out" ]
	report "$word: no module is exit 1, with what to do"
done
run "$tmp/nowhere" -A; [ $code -eq 1 ] && tells "modprobe portquota"; report "-A: no module is exit 1"
tree gone; rm "$t/net/portquota/accounts"; run "$t" accounts; [ $code -eq 1 ] && tells "differ in version"; report "a module without the file"
mkdir "$t/net/portquota/accounts"; run "$t" accounts -j; [ $code -eq 1 ] && tells "Is a directory" && [ ! -s "$tmp/out" ]; report "a file that cannot be read"
run "$busy" nonsense; [ $code -eq 64 ] && tells "'nonsense'" && tells "--help" && tells accounts; report "an unknown word is exit 64, with a hint"
run "$busy" --nonsense; [ $code -eq 64 ] && tells "--nonsense" && tells "--help"; report "an unknown option is exit 64"
run "$busy" accounts --nonsense; [ $code -eq 64 ] && tells "portquota accounts"; report "an unknown option of a word is exit 64"
run "$busy" accounts nonsense; [ $code -eq 64 ] && tells "'nonsense'"; report "an argument too many is exit 64"
run "$busy" -n x; [ $code -eq 64 ] && tells PORTQUOTA_PROC; report "-n with PORTQUOTA_PROC is exit 64"
run "" -n x -A; [ $code -eq 64 ]; report "-n with -A is exit 64"
run "" -n no-such-name; [ $code -eq 1 ] && tells "-n no-such-name"; report "-n with no such name is exit 1"
run "" accounts -n 99999999; [ $code -eq 1 ] && tells "-n 99999999"; report "-n with no such pid is exit 1"
run "" -n /etc/passwd; [ $code -eq 1 ] && tells /etc/passwd; report "-n with a file that is no namespace is exit 1"
run "" --version; [ $code -eq 0 ] && has "portquota "; report "--version"
run "" --help; [ $code -eq 0 ] && has "reservations" && has "--no-header"; report "--help"
run "" accounts --help; [ $code -eq 0 ] && has "--sort" && has "--no-header"; report "accounts --help"

if command -v jq >/dev/null; then
	run "$busy" reservations -j; jq -e 'length == 39' <"$tmp/out" >/dev/null; report "jq reads it too"
fi

echo "1..$count"
echo "# $((count - failed)) of $count passed"
[ "$failed" -eq 0 ]
