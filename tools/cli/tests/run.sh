#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run.sh PORTQUOTA JGET REFUSE.SO DIAGNOSE: tests of the command line tool over trees that stand for /proc. Prints KTAP;
# exit 0 if all passed. Needs no module, no root and no network.
set -u

pq=$(realpath "$1")
jget=$(realpath "$2")
refuse=$(realpath "$3")
diagnose=$(realpath "$4")
here=$(dirname "$(realpath "$0")")
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# script(1) starts $SHELL, and dash would not outlive Ctrl-C to tell how the tool ended.
export LC_ALL=C.UTF-8 TERM=xterm SHELL=/bin/bash PORTQUOTA_SYS=$tmp/nosys
unset NO_COLOR COLUMNS LINES PORTQUOTA_PROC ARGP_HELP_FMT
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
has "20877 reservations (peak 25258), some sharing a port" && has "20866 shareable, 7 exclusive, 4 BOUND"
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

# Limits
limits=$here/limits
export PORTQUOTA_SYS=$limits/sys
run "$limits"; [ $code -eq 0 ] && silent && has "tcp.denied 1290: " && has "timewait.denied 41: "; report "status tells refusals"
sed -n '/NOW/,/^$/p' "$tmp/out" >"$tmp/part"; sed -n 2p "$tmp/part" | grep -q '7058  *5646  *7058 .*100%  *980  *tcp  */kubepods'
report "status: the limits that are reached come first"
has "and 4 more: portquota accounts"; report "status says that there are more limits"
run "$busy"; lacks "NEAREST LIMITS" && lacks denied; report "status without limits has none of that"
run "$limits" -j; json enforce mode && json 9 limits && json tcp limits 0 resource && json 7058 limits 0 max && json 980 limits 0 denied
report "status -j has the mode and all limits"
json 269 limits 1 denied && json 41 limits 2 denied; report "status -j: a refusal for TIME_WAITs is not one of tcp.max"
json max top 4 tcp.max && json 12000 top 0 tcp.max; report "status -j: the word max stays"
COLUMNS=80 run "$limits"; fits 80; report "status with limits fits 80 columns"
run "$limits" accounts; [ $code -eq 0 ] && has "TCP MAX" && has "TCP OF MAX" && has "TW MAX" && has "DENIED"; report "accounts has limits and denials"
grep -q '^12000 .* 12000 .* 9000 .* 310 .*42%.*100%  /system.slice/nginx.service$' "$tmp/out"; report "accounts: a bar of the range and one of max"
grep -q ' 3 .*  /user.slice$' "$tmp/out"; report "accounts shows who holds nothing for being refused"
run "$limits" accounts -j; json 1297 0 denied && json max 0 tcp.max; report "accounts -j has denied"
run "$limits" accounts --sort denied; sed -n 3p "$tmp/out" | grep -q kubepods; report "accounts --sort denied"
for w in 80 132; do
	COLUMNS=$w run "$limits" accounts; fits $w && has DENIED && has "TCP OF MAX"; report "accounts with limits fits $w columns"
done
run "$limits" -A; has DENIED && has 1297; report "-A has denials"
run "$busy" -A; lacks DENIED; report "-A without the key has no column"

# Rules
run "$limits" rule; [ $code -eq 0 ] && silent && lines 7 && has '/build\040jobs' && has "wait:500ms"; report "rule lists"
run "$limits" rule list -j; json 6 && json 12000 0 tcp.max && json 80% 0 tcp.warn && json false 0 glob && json true 2 glob && json max 5 tcp.max
report "rule list -j"
COLUMNS=80 run "$limits" rule list; fits 80; report "rule list fits 80 columns"
run "$limits" rule list --host; lines 2 && has 90%; report "rule list --host"
run "$limits" -H rule list; lines 6; report "rule list -H"
tree ruled; rules=$t/net/portquota/rules; : >"$rules"; : >"$t/portquota/rules"
run "$t" rule list; [ $code -eq 0 ] && has "no rules"; report "rule list: none"
run "$t" rule list -j; json 0; report "rule list -j: none"
printf '/new tcp.max=5 fancy.key=7\n/b tcp.max=1\n' >"$rules"
run "$t" rule list -j; [ $code -eq 0 ] && json 2 && json 7 0 fancy.key; report "rule list: what only a newer module knows"
: >"$rules"
# kept FILE LINE...: the file has just these lines.
kept() { printf '%s\n' "${@:2}" | cmp -s - "$1"; }
run "$t" rule set /a tcp.max=5 tcp.warn=60%; [ $code -eq 0 ] && silent && [ ! -s "$tmp/out" ] && kept "$rules" "/a tcp.max=5 tcp.warn=60%"
report "rule set, in several arguments"
run "$t" rule set "/a  tcp.max=6"; [ $code -eq 0 ] && kept "$rules" "/a tcp.max=5 tcp.warn=60%" "/a tcp.max=6"; report "rule set, in one"
run "$t" rule set /a tcp.max=6; [ $code -eq 0 ] && [ "$(wc -l <"$rules")" -eq 2 ]; report "rule set: what is so already is not written"
run "$t" rule set /b udp.max=1 over=wait:2s '/c/* tcp.max=25%'; [ $code -eq 0 ] && tail -2 "$rules" >"$tmp/part" && kept "$tmp/part" "/b udp.max=1 over=wait:2000ms" "/c/* tcp.max=25%"
report "rule set: several rules"
run "$t" rule list; lines 4; report "rule list reads what was set"
run "$t" rule del /b '/c/*'; [ $code -eq 0 ] && tail -2 "$rules" >"$tmp/part" && kept "$tmp/part" "-/b" "-/c/*"; report "rule del"
run "$t" rule set --host /h tcp.max=9; [ $code -eq 0 ] && kept "$t/portquota/rules" "/h tcp.max=9"; report "rule set --host"
run "$t" rule set '/\141\052\040\135 tcp.max=1'; [ $code -eq 0 ] && tail -1 "$rules" | grep -qxF '/a\052\040] tcp.max=1'; report "rule set: one spelling of a path"

# refused RULE WORD WHAT: not set, nothing written, the message has both.
refused() {
	: >"$rules"
	run "$t" rule set -- "$1"
	[ $code -eq 1 ] && tells "$2" && tells "$3" && [ ! -s "$rules" ] && [ ! -s "$tmp/out" ]
	report "rule set $(printf %q "$1") is refused and says why"
}
refused "/a tcp.max=12x" "'12x' in 'tcp.max=12x'" "500, 25% or max"
refused "/a tcp.max=" "'' in 'tcp.max='" "500, 25% or max"
refused "/a tcp.max=101%" "'101%' in 'tcp.max=101%'" "0% to 100%"
refused "/a tcp.max=4294967296" "'4294967296'" "0 to 4294967295"
refused "/a tcp.max=-1" "'-1'" "500, 25% or max"
refused "/a tcp.mox=1" "'tcp.mox=1' is no key" "timewait.warn, over, timewait.delay, tcp.range and udp.range"
refused "/a tcp.max=1 tcp.max=2" "'tcp.max=2' is there twice" "each key once"
refused "/a over=wait:5" "'wait:5' in 'over=wait:5'" "500ms or 2s"
refused "/a over=wait:61s" "'wait:61s'" "1ms to 60s"
refused "/a over=nix" "'nix' in 'over=nix'" "deny"
refused "/a" "'/a' has no KEY=VALUE" "tcp.max=500"
refused "/build jobs tcp.max=1" "'jobs' is no KEY=VALUE" '\040'
refused "a tcp.max=1" "'a' is no absolute path" "begins with a slash"
refused "/a//b tcp.max=1" "'/a//b'" "empty part"
refused '/a\9 tcp.max=1' "'/a\\9'" '\134'
refused "-/a" "'-/a' removes a rule" "rule del"
refused "" "rule set" "says nothing"
refused $'/a tcp.max=1\e[2J' 'tcp.max=1\033[2J' "control character"
refused "/$(printf '%05000d' 0) tcp.max=1" "longer than a rule can be" 4094
run "$t" rule set /a tcp.max=1 /a udp.max=2; [ $code -eq 1 ] && tells "'/a' is there twice" && [ ! -s "$rules" ]; report "rule set: one path twice"
run "$t" rule set /a tcp.max=1 /b tcp.max=x; [ $code -eq 1 ] && tells "'x' in 'tcp.max=x'" && [ ! -s "$rules" ]; report "rule set: one bad rule of two sets none"
run "$t" rule del a; [ $code -eq 1 ] && tells "'a' is no absolute path"; report "rule del: no path"
run "$t" rule del '/a tcp.max=1'; [ $code -eq 1 ] && tells "'tcp.max=1' is too much" && tells "a blank in a path is written \\040"; report "rule del: too much"
for bad in "rule nonsense" "rule set" "rule del" "rule load" "rule load a b" "rule save a b" "rule list a" "rule set --replace /a tcp.max=1" "rule load --check --replace x" "rule set -A /a tcp.max=1"; do
	# shellcheck disable=SC2086
	run "$t" $bad; [ $code -eq 64 ] && tells "--help"; report "$bad is exit 64"
done
run "" rule --host -n x; [ $code -eq 64 ] && tells "--host"; report "rule --host -n is exit 64"
run "$tmp/nowhere" rule set /a tcp.max=1; [ $code -eq 1 ] && tells "modprobe portquota"; report "rule set: no module is exit 1"
run "$tmp/nowhere" rule list; [ $code -eq 1 ] && tells "modprobe portquota"; report "rule list: no module is exit 1"

# Rules files
file=$tmp/rules.conf
printf '# all of it\n\n  \t\n/a tcp.max=5 # why\n\t/b/* udp.max=10%%\r\n/c#d over=deny' >"$file"
printf '/a tcp.max=4\n/old tcp.max=1\n' >"$rules"
run "$t" rule load "$file"; [ $code -eq 0 ] && silent && has "3 set, 0 removed, 0 unchanged"; report "rule load"
kept "$rules" "/a tcp.max=4" "/old tcp.max=1" "/a tcp.max=5" "/b/* udp.max=10%" "/c#d over=deny"; report "rule load takes comments, blanks, CRLF and a last line without an end"
run "$t" rule load "$file"; has "0 set, 0 removed, 3 unchanged" && [ "$(wc -l <"$rules")" -eq 5 ]; report "rule load: again changes nothing"
run "$t" rule load --replace "$file" -j; json 1 removed && json 3 unchanged && tail -1 "$rules" | grep -qx -- -/old; report "rule load --replace removes the others"
run "$t" rule load --check "$file"; [ $code -eq 0 ] && silent && [ "$(wc -l <"$rules")" -eq 6 ]; report "rule load --check changes nothing"
printf -- '-/c#d\n-/not-there\n' | PORTQUOTA_PROC=$t "$pq" rule load - >"$tmp/out" 2>"$tmp/err" && has "0 set, 1 removed" && tail -1 "$rules" | grep -qx -- '-/c#d'
report "rule load: a removal, from standard input"
cp "$rules" "$tmp/before"
printf '/a tcp.max=7\n/b tcp.max=x\n# fine\n/a udp.max=1\n/d\0/e tcp.max=1\nnonsense\n' >"$file"
run "$t" rule load "$file"; [ $code -eq 1 ] && tells "$file:2: 'x' in 'tcp.max=x'" && tells "$file:4: '/a' is there twice: in line 1 too" && tells "$file:5: " &&
	tells "$file:6: 'nonsense'" && tells "4 bad lines; no rule has changed" && ! tells "$file:1:"
report "rule load names every bad line"
cmp -s "$rules" "$tmp/before"; report "rule load: one bad line, and nothing is written"
run "$t" rule load "$tmp/no-such-file"; [ $code -eq 1 ] && tells "$tmp/no-such-file: No such file"; report "rule load: no such file"
run "$t" rule load "$tmp"; [ $code -eq 1 ] && tells "Is a directory"; report "rule load: a directory"
run "$t" rule save; [ $code -eq 0 ] && has "# portquota rules" && has "/b/* udp.max=10%" && lacks /old; report "rule save, to standard output"
umask 022
run "$t" rule save "$tmp/saved"; [ $code -eq 0 ] && silent && [ "$(stat -c %a "$tmp/saved")" = 644 ] && run "$t" rule load --replace "$tmp/saved" && has "0 set, 0 removed, 2 unchanged"
report "rule save: load takes it back"
chmod 600 "$tmp/saved"; ln -s saved "$tmp/link"; run "$t" rule save "$tmp/link"; [ $code -eq 0 ] && [ -L "$tmp/link" ] && [ "$(stat -c %a "$tmp/saved")" = 600 ]; report "rule save: a link and a mode stay"
run "$t" rule save "$tmp/no/such"; [ $code -eq 1 ] && tells "$tmp/no/such: No such file"; report "rule save: no such folder"
run "$t" rule save /dev/full; [ $code -eq 1 ] && tells "/dev/full: No space"; report "rule save: a full device"
run "$t" rule save >/dev/full 2>&1; PORTQUOTA_PROC=$t "$pq" rule save >/dev/full 2>"$tmp/err"; [ $? -eq 1 ] && tells "No space left"; report "rule save: a full disk is exit 1"
run "$limits" rule save "$tmp/saved"; run "$t" rule load --replace "$tmp/saved"; run "$t" rule list -j; cp "$tmp/out" "$tmp/part"; run "$limits" rule list -j; jq -S 'sort_by(.path)' "$tmp/part" 2>/dev/null | cmp -s - <(jq -S 'sort_by(.path)' "$tmp/out" 2>/dev/null)
report "rule save and load: the same rules"
! ls "$tmp"/saved.* >/dev/null 2>&1; report "rule save leaves no temporary file"

# The kernel refuses: run_refused TREE ARGUMENT...
run_refused() { ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD=$refuse run "$@"; }
export REFUSE REFUSE_ERRNO
REFUSE_ERRNO=28
printf '/a tcp.max=1\n/b tcp.max=2\n/d tcp.max=3\n' >"$rules"; cp "$rules" "$tmp/before"
printf '/a tcp.max=9\n/new tcp.max=9\n-/d\n/b tcp.max=2\n/last tcp.max=9\n' >"$file"
REFUSE=/last run_refused "$t" rule load "$file"; [ $code -eq 1 ] && tells "$file:5: '/last': there is no room: there can be 16384 rules" && tells "no rule has changed: what was there before is back"
report "rule load: refused in the middle"
run "$t" rule list -j; cp "$tmp/out" "$tmp/part"; : >"$rules"; cat "$tmp/before" >"$rules"; run "$t" rule list -j; [ "$(sort "$tmp/part" | tr -d ',\n')" = "$(sort "$tmp/out" | tr -d ',\n')" ]; report "rule load: and put back"
REFUSE=/last REFUSE_ALSO="/a tcp.max=1" run_refused "$t" rule load "$file"; [ $code -eq 1 ] && ! tells "no rule has changed"; report "rule load: not refused before it has begun"
export REFUSE_ALSO="-/new"
REFUSE=/last run_refused "$t" rule load "$file"; [ $code -eq 1 ] && tells "'/new' could not be put back" && tells "neither the old nor the new"; report "rule load: what cannot be put back is told"
unset REFUSE_ALSO
cp "$tmp/before" "$rules"
REFUSE=-/d REFUSE_ERRNO=1 run_refused "$t" rule load --replace "$limits/net/portquota/rules"; [ $code -eq 1 ] && tells "'/d': not permitted: needs CAP_NET_ADMIN"; report "rule load --replace: a removal refused"
REFUSE=/a REFUSE_ERRNO=1 run_refused "$t" rule set /a tcp.max=7; [ $code -eq 1 ] && tells "rule set: '/a': not permitted: needs CAP_NET_ADMIN" && ! tells "no rule has changed"; report "rule set: no right"
REFUSE=/a REFUSE_ERRNO=1 run_refused "$t" rule set --host /a tcp.max=7; [ $code -eq 1 ] && tells "root of the host"; report "rule set --host: no right"
REFUSE=/a REFUSE_ERRNO=22 run_refused "$t" rule set /a tcp.max=7; [ $code -eq 1 ] && tells "differ in version"; report "rule set: not the kernel's language"
REFUSE=-/x REFUSE_ERRNO=2 run_refused "$t" rule del /x; [ $code -eq 1 ] && tells "rule del: '/x': there is no such rule"; report "rule del: no such rule"
REFUSE=-/x REFUSE_ERRNO=2 run_refused "$t" rule del /a /x; [ $code -eq 1 ] && tells "no rule has changed" && tail -1 "$rules" | grep -qx "/a tcp.max=1"; report "rule del: all or none"
unset REFUSE REFUSE_ERRNO
tree many; awk 'BEGIN { for (i = 0; i < 3000; i++) print "/a/" i " tcp.max=" i }' >"$file"; : >"$t/net/portquota/rules"
run "$t" rule load "$file"; has "3000 set" && run "$t" rule load --replace /dev/null && has "3000 removed"; report "rule load: many"
head -c 20000 /dev/urandom >"$t/net/portquota/rules"; run "$t" rule list -j; [ $code -eq 0 ] && "$jget" <"$tmp/out" >/dev/null; report "rule list -j: random bytes"
run "$t" rule load "$t/net/portquota/rules"; [ $code -eq 1 ] && ! LC_ALL=C grep -q "$(printf '\033')" "$tmp/err"; report "rule load: random bytes"

# Events
export TZ=UTC
run "$limits" events; [ $code -eq 0 ] && silent && lines 8; report "events: one line each"
has "Nov 21 01:38:05.123  warn      tcp        9600 of 12000 (80%), +120/s, full in 20s  /system.slice/nginx.service"; report "events: warn"
has "forecast  udp        200 of 300 (66%), +12/s, full in 8s  "; report "events: forecast"
has "deny      tcp        12000 of 12000, refused  " && has "5 of 5, let through (audit)  /build jobs"; report "events: deny"
has "clear     tcp        8000 of 12000 (66%), back under 9600  "; report "events: clear"
has "lost      12 events"; report "events: lost ones are told"
has "timewait   100, over 90  "; report "events: no limit"
run "$limits" events --color=always; has $'\033[33mwarn' && has $'\033[1;31mdeny' && has $'\033[32mclear'; report "events: levels are coloured"
tree dated; sed 's/^17952250..\./1700000000./' "$limits/net/portquota/events" >"$t/net/portquota/events"
COLUMNS=80 run "$t" events; fits 80 && has "Nov 14 22:13 warn     tcp 9600 of 12000, +120/s, full in 20s  …ice/nginx.service"; report "events fits 80 columns, with the day"
day=; until [ "$day" = "$(date +%d)" ]; do	# not just at midnight
	day=$(date +%d)
	sed "s/^17952250..\./$(date +%s)./" "$limits/net/portquota/events" >"$t/net/portquota/events"
	COLUMNS=80 run "$t" events
done
fits 80 && grep -q '^..:..:.. warn     tcp 9600 of 12000, +120/s, full in 20s  …m.slice/nginx.service$' "$tmp/out"; report "events of today fits 80 columns, with the second"
COLUMNS=132 run "$limits" events; fits 132; report "events fits 132 columns"
run "$limits" events -j; lines 8; report "events -j: one line each"
worst=0; while IFS= read -r line; do printf '%s' "$line" | "$jget" time >/dev/null || worst=1; done <"$tmp/out"; [ $worst -eq 0 ]; report "events -j: each line is JSON"
head -1 "$tmp/out" >"$tmp/part"; cp "$tmp/part" "$tmp/out"; grep -q '"time": 1795225085.123,' "$tmp/out" && json warn level && json 9600 threshold && json false audit && json 20 left; report "events -j has the keys"
run "$limits" events -j; sed -n 6p "$tmp/out" | grep -q '"lost": 12' && sed -n 4p "$tmp/out" | grep -q '"path": "/build jobs".*"audit": true' && tail -1 "$tmp/out" | grep -q '"rate": -300'; report "events -j: lost, audit, a negative rate"
run "$limits" events --host; lines 2 && has "net:[77] /a"; report "events --host names the namespace"
run "$limits" events -A -j; lines 2 && sed -n 2p "$tmp/out" | grep -q '"netns": "net:\[77\]"'; report "events -A is the same"
run "" events --host -n x; [ $code -eq 64 ]; report "events --host -n is exit 64"
run "$limits" events nonsense; [ $code -eq 64 ] && tells "'nonsense'"; report "events nonsense is exit 64"
run "$tmp/nowhere" events; [ $code -eq 1 ] && tells "modprobe portquota"; report "events: no module is exit 1"
tree stream2; ev=$t/net/portquota/events
head -c 20000 /dev/urandom >"$ev"; run "$t" events; [ $code -eq 0 ] && ! LC_ALL=C grep -q "$(printf '\033')" "$tmp/out"; report "events: random bytes"
printf '1795000000.\033[2J warn /a resource=tcp current=\033[2J threshold=\033[2J\n1.2 lost \033[2J\n' >"$ev"; run "$t" events; [ $code -eq 0 ] && ! LC_ALL=C grep -q "$(printf '\033')" "$tmp/out"; report "events: escape sequences"
printf '1.5\n1.5 warn\n1.5 warn /a\n9 \033[2J /a resource=\033[31m current=x limit=0\n99999999999999999999 deny /a current=1 limit=0\n1 lost\n1 warn /a netns=' >"$ev"
run "$t" events; [ $code -eq 0 ] && lines 5 && lacks $'\033'; report "events: malformed lines"
rm "$ev"; mkfifo "$ev"
# until_out TEXT: wait for the tool to have printed it.
until_out() { for ((i = 0; i < 100; i++)); do grep -qF -- "$1" "$tmp/out" && return; sleep 0.1; done; return 1; }
exec 8<>"$ev"
: >"$tmp/out"
PORTQUOTA_PROC=$t "$pq" events -f >"$tmp/out" 2>"$tmp/err" &
pid=$!
head -1 "$limits/net/portquota/events" >&8
until_out nginx; report "events -f prints what there is"
sed -n 2p "$limits/net/portquota/events" | head -c 30 >&8; sleep 0.2; lacks forecast; report "events -f: no half line"
sed -n 2p "$limits/net/portquota/events" | tail -c +31 >&8
until_out forecast; report "events -f goes on"
# A background job of a shell that is not interactive ignores SIGINT, and so must the tool.
kill -TERM $pid; wait $pid && silent; report "events -f: stopped, it is done"
# Else timeout sends SIGCONT too, and LeakSanitizer waits forever for the stop that it takes back.
PORTQUOTA_PROC=$t timeout --foreground -s INT 1 env --default-signal=INT "$pq" events -f >"$tmp/out" 2>"$tmp/err"; [ $? -eq 124 ] && silent; report "events -f: so it is by Ctrl-C"
head -1 "$limits/net/portquota/events" >&8
PORTQUOTA_PROC=$t timeout 10 "$pq" events -f 2>"$tmp/err" | head -1 >"$tmp/out"
[ "${PIPESTATUS[0]}" -ne 124 ] && lines 1 && silent; report "events -f: a closed pipe ends it, though nothing happens"
run "$t" events; [ $code -eq 0 ] && lines 0; report "events: nothing kept, and no waiting"
exec 8>&-
cp "$limits/net/portquota/events" "$tmp/part"; rm "$ev"; cp "$tmp/part" "$ev"
run "$t" events -f; [ $code -eq 1 ] && lines 8 && tells "has ended"; report "events -f: the end of the stream is told"

# Mode
run "$limits" mode; [ $code -eq 0 ] && [ "$(cat "$tmp/out")" = enforce ]; report "mode"
run "$limits" mode -j; json enforce mode; report "mode -j"
mkdir -p "$tmp/sys/module/portquota/parameters"; export PORTQUOTA_SYS=$tmp/sys; echo enforce >"$tmp/sys/module/portquota/parameters/mode"
for mode in audit off enforce; do
	run "$limits" mode $mode; [ $code -eq 0 ] && [ ! -s "$tmp/out" ] && [ "$(cat "$tmp/sys/module/portquota/parameters/mode")" = $mode ]; report "mode $mode"
done
run "$limits" mode audit; run "$limits"; has "mode audit: " && run "$limits" -j && json audit mode; report "status tells of mode audit"
run "$limits" mode nonsense; [ $code -eq 64 ] && tells "'nonsense' is no mode: enforce, audit or off"; report "mode nonsense is exit 64"
run "$limits" mode audit off; [ $code -eq 64 ] && tells "'off'"; report "mode audit off is exit 64"
run "$limits" mode -A; [ $code -eq 64 ]; report "mode -A is exit 64"
PORTQUOTA_SYS=$tmp/nosys run "$tmp/nowhere" mode; [ $code -eq 1 ] && tells "modprobe portquota" && tells "$tmp/nosys/module"; report "mode: no module is exit 1"
export REFUSE=audit REFUSE_ERRNO=1
run_refused "$limits" mode audit; [ $code -eq 1 ] && tells "mode audit: not permitted; try as root"; report "mode: no right"
unset REFUSE REFUSE_ERRNO
export PORTQUOTA_SYS=$tmp/nosys

# Check
run "$busy" check; [ $code -eq 0 ] && lines 1 && has "PORTQUOTA OK - TCP 69% of the range, UDP 1% of the range | " && silent; report "check: ok"
has "tcp_ports=19744;21174;25409;0;28232 udp_ports=" && has " tcp_exhausted=37c"; report "check: performance data"
run "$busy" check --warn 69 --crit 95%; [ $code -eq 1 ] && has "WARNING - TCP 69% of the range in use, 19744 of 28232 ports |"; report "check: --warn"
run "$busy" check --warn 1 --crit 69; [ $code -eq 2 ] && has "CRITICAL - TCP 69%" && has "; UDP "; report "check: --crit, the worst first"
run "$busy" check --warn 70; [ $code -eq 0 ]; report "check: a threshold is no less than it says"
run "$limits" check; [ $code -eq 2 ] && has "CRITICAL - /kubepods" && has "is at its tcp.max, 12000 of 12000" && has "; 1 more at their max; / is over its tcp.warn, 21500 of 21174 |"; report "check: accounts at their limits"
run "$limits" check -j; [ $code -eq 2 ] && json CRITICAL state && json 2 exit && json 5 problems; report "check -j"
tree checked; st=$t/net/portquota/stat; ac=$t/net/portquota/accounts
fine=$'hooks live\nrange.usable 100\ntcp.ports 10\n'
printf '%s' "$fine" >"$st"; printf '/a tcp.current=80 tcp.warn=80 tcp.max=100\n/b udp.current=3 udp.warn=0 udp.max=max\n/z tcp.current=0 tcp.max=0 tcp.warn=0\n' >"$ac"
run "$t" check; [ $code -eq 1 ] && has "/a is over its tcp.warn, 80 of 80" && has "/b is over its udp.warn" && lacks "/z"; report "check: over warn is a warning, none of none is not"
printf '/a|x\\012 tcp.current=80 tcp.warn=80 tcp.max=100\n' >"$ac"; run "$t" check; [ "$(tr -cd '|' <"$tmp/out")" = "|" ] && lines 1; report "check: a name cannot fake performance data"
: >"$ac"; printf 'hooks dead\n%s' "${fine#*$'\n'}" >"$st"; run "$t" check; [ $code -eq 2 ] && has "CRITICAL - hooks dead"; report "check: dead hooks are critical"
printf 'hooks live\n' >"$st"; run "$t" check; [ $code -eq 3 ] && has "UNKNOWN"; report "check: a stat that says nothing is unknown"
run "$tmp/nowhere" check; [ $code -eq 3 ] && has "PORTQUOTA UNKNOWN - " && has "modprobe portquota" && silent; report "check: no module is unknown, on standard output"
run "$busy" check -A; [ $code -eq 3 ] && has "PORTQUOTA UNKNOWN - "; report "check: cannot enter, unknown"
for bad in "--warn 0" "--warn x" "--crit 101" "--warn 90 --crit 80" "nonsense"; do
	# shellcheck disable=SC2086
	run "$busy" check $bad; [ $code -eq 3 ] && tells "--help"; report "check $bad is exit 3"
done
"$pq" -A -n 1 check >"$tmp/out" 2>"$tmp/err"; [ $? -eq 3 ] && tells "exclude each other"; report "check: wrong options before it are exit 3"
PORTQUOTA_PROC=$busy "$pq" check >/dev/full 2>"$tmp/err"; [ $? -eq 3 ] && tells "No space"; report "check: a full disk is unknown"

# Top
run "$limits" top --count 1 -d 0.1; [ $code -eq 0 ] && silent && has " by tcp" && has "FULL"; report "top prints tables where there is no terminal"
[ "$(grep -c CGROUP "$tmp/out")" -eq 1 ] && has " of 28232 ports"; report "top --count"
run "$limits" top --count 3 -d 0.1; [ "$(grep -c CGROUP "$tmp/out")" -eq 3 ]; report "top --count 3"
run "$limits" top --count 1 -d 0.1 -j; lines 1 && json 8 accounts && json 0 accounts 0 tcp.rate && json 28232 stat range.usable; report "top -j"
for w in 80 132; do
	COLUMNS=$w run "$limits" top --count 1 -d 0.1; fits $w && has TWAIT && has DENIED; report "top fits $w columns"
done
run "$limits" top --count 1 -d 0.1 --sort cgroup; grep CGROUP -A1 "$tmp/out" | tail -1 | grep -q ' /$'; report "top --sort cgroup"
for bad in "-d 0" "-d x" "--count 0" "--count -1" "--sort x" "nonsense"; do
	# shellcheck disable=SC2086
	run "$limits" top $bad; [ $code -eq 64 ] && tells "--help"; report "top $bad is exit 64"
done
run "$tmp/nowhere" top; [ $code -eq 1 ] && tells "modprobe portquota"; report "top: no module is exit 1"
tree moving; mv=$t/net/portquota/accounts
printf '%s' "$fine" >"$t/net/portquota/stat"
printf '/a tcp.current=10 tcp.begun=100 tcp.max=1000000 tcp.denied=0\n/b tcp.current=9 tcp.begun=9 tcp.max=max\n' >"$mv"
: >"$tmp/out"
PORTQUOTA_PROC=$t "$pq" top -d 0.5 --count 1 -j >"$tmp/out" 2>"$tmp/err" &
pid=$!
sleep 0.25; printf '/a tcp.current=1010 tcp.begun=5100 tcp.max=1000000 tcp.denied=50\n/b tcp.current=4 tcp.begun=9 tcp.max=max\n' >"$mv"
wait $pid; grep -q '"path": "/a".*"tcp.growth": [12][0-9][0-9][0-9],.*"tcp.left": [45][0-9][0-9]' "$tmp/out" && grep -q '"path": "/b".*"tcp.growth": -[0-9]*,' "$tmp/out"
report "top: rates and seconds left"
if command -v script >/dev/null; then
	# live KEYS [ENVIRONMENT]: top on a terminal, with keys pressed; stty before and after in $tmp/out.
	live() {
		: >"$tmp/out"
		{ until_out '[?1049h'; printf '%s' "$1"; sleep 0.3; } | timeout 20 script -qfec "stty cols 100 rows 12; stty -g; ${2-} PORTQUOTA_PROC=$limits $pq top; echo exit=\$?; stty -g" /dev/null >"$tmp/out" 2>"$tmp/err"
		tr -d '\r' <"$tmp/out" >"$tmp/part"
	}
	# The same settings before and after, and all that was switched on is off again.
	restored() { [ "$(head -1 "$tmp/part")" = "$(tail -1 "$tmp/part")" ] && has $'\033[?1049l' && has $'\033[?25h' && has $'\033[?7h'; }
	live q; restored && has exit=0 && has $'\033[?1049h'; report "top on a terminal: q quits, and gives it back"
	live wrdcq; has "by timewait" && has "by rate" && has "by denied" && has "by cgroup" && restored; report "top: keys change the order"
	live $'\003'; restored && has exit=0; report "top: Ctrl-C gives the terminal back"
	live '' 'timeout --foreground -s TERM 2 env'; restored; report "top: so does SIGTERM"
	live '' 'timeout --foreground -s SEGV 2 env'; restored; report "top: so does a crash"
	live '' 'timeout --foreground -s WINCH 1.5 timeout --foreground -s QUIT 3 env'; restored; report "top: a new size is taken, SIGQUIT gives it back"
else
	for what in q keys Ctrl-C SIGTERM crash size; do
		count=$((count + 1)); echo "ok $count top on a terminal: $what # SKIP no script(1)"
	done
fi

# Destinations
calm=$here/calm
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

# Range
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
run "$busy" range; [ $code -eq 1 ] && tells "net/portquota/rules"; report "range: no rules file"
cp -r "$busy" "$tmp/older"; : >"$tmp/older/net/portquota/rules"; run "$tmp/older" range; [ $code -eq 0 ] && lines 1; report "range: an older module has none"
cp -r "$calm" "$tmp/ranged"; t=$tmp/ranged; rules=$t/net/portquota/rules
printf '/a/* tcp.range=2000-2999\n/a/b tcp.max=5\n/a tcp.range=3000-3999\n' >"$rules"
printf '/ tcp.current=1 tcp.range=5-9\n/a tcp.current=1 tcp.range=3000-3999\n/a/b tcp.current=1 tcp.range=3000-3999\n/a/c tcp.current=1 tcp.range=2000-2999\n/a/d tcp.current=1 tcp.range=2500-2999\n/a/c/e tcp.current=1 tcp.range=2000-2999\n' >"$t/net/portquota/accounts"
run "$t" -H range; [ "$(awk '{ print $(NF - 1) "=" $NF }' "$tmp/out" | tr '\n' ' ')" = "rule=/ own=/a /a=/a/b /a/*=/a/c /a/*=/a/c/e rule=/a/d " ]; report "range: from the rule next above, the exact before the glob, or the host's"
: >"$rules"
run "$t" range set tcp 10000 1000; [ $code -eq 0 ] && silent && [ ! -s "$tmp/out" ] && kept "$rules" "/ tcp.range=10000-10999"; report "range set: start and number, for the namespace"
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
unset_range tcp 10000 254 /a "254 are less than 255 ports"
unset_range udp 10000 0 "0 are less than 255 ports"
unset_range tcp 65282 255 "255 ports from 65282 on end above 65535"
unset_range tcp 70000 300 "end above 65535"
unset_range tcp 10000 999999999 "end above 65535"
unset_range tcp 10000 99999999999999999999 "is no number of ports"
unset_range tcp 0x400 1000 "'0x400' is no first port"
unset_range tcp 10000 "" "'' is no number of ports"
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

# Timewait
run "$calm" timewait; [ $code -eq 0 ] && silent && has "kernel"; report "timewait shows"
grep -q '^ *30  own  *250  *6400  *5780  *307  *61  *2  *0  /kubepods.slice$' "$tmp/out" && grep -q '^ *30  /kubepods.slice  .*pod-a1.scope$' "$tmp/out"; report "timewait: delay, where from, and how they ended"
grep -q '^32-64s  83328  .* 87%$' "$tmp/out" && ! grep -q '64-128' "$tmp/out" && grep -q '^0-1s ' "$tmp/out"; report "timewait: how long they lasted"
lacks /idle.slice && run "$calm" timewait show --all && has /idle.slice; report "timewait show --all"
run "$calm" timewait -j; json 2 && json 7 accounts && json 30 accounts 1 timewait.delay && json own accounts 1 timewait.delay.from && json 83328 lifetime 64 && json 0 lifetime max && json 11 lifetime
report "timewait -j"
for w in 80 120; do
	COLUMNS=$w run "$calm" timewait; fits $w; report "timewait fits $w columns"
done
run "$tmp/older" timewait; [ $code -eq 0 ] && lines 1; report "timewait: an older module has no delays"
run "$tmp/older" timewait -j; [ $code -eq 0 ] && json 0 lifetime && json 0 accounts; report "timewait -j: an older module"
cp -r "$calm" "$tmp/long-tw"; sed -i 's/^timewait.lifetime.max .*/timewait.lifetime.max 4/' "$tmp/long-tw/net/portquota/stat"
run "$tmp/long-tw" timewait; tail -1 "$tmp/out" | grep -q "^512s and more  *4 "; report "timewait: those that last longest"
echo "/b tcp.max=25%" >"$rules"
run "$t" timewait set 30 /b; [ $code -eq 0 ] && silent && tail -1 "$rules" | grep -qx "/b tcp.max=25% timewait.delay=30"; report "timewait set: other keys are kept"
run "$t" timewait set 300; [ $code -eq 0 ] && tail -1 "$rules" | grep -qx "/ timewait.delay=300"; report "timewait set: for the namespace"
run "$t" timewait reset; [ $code -eq 0 ] && tail -1 "$rules" | grep -qx -- "-/"; report "timewait reset: the rule is removed"
run "$t" timewait reset /b; [ $code -eq 0 ] && tail -1 "$rules" | grep -qx "/b tcp.max=25%"; report "timewait reset: other keys are kept"
for bad in "29 less than 30" "301 more than 300" "x no number of seconds" "-1 --help" "99999999999999999999 no number of seconds"; do
	run "$t" timewait set "${bad%% *}"; [ $code -ne 0 ] && tells "${bad#* }"; report "timewait set ${bad%% *} is refused and says why"
done
run "$t" rule set "/a timewait.delay=20"; [ $code -eq 1 ] && tells "'20' in 'timewait.delay=20' is not between 30 and 300"; report "rule set: a delay out of bounds"
run "$t" timewait set 30 40 50; [ $code -eq 64 ]; report "timewait set with too much is exit 64"
head -c 20000 /dev/urandom | tee "$t/net/portquota/stat" "$t/net/portquota/accounts" >"$rules"
for word in range timewait; do
	run "$t" $word --all; [ $code -eq 0 ] && ! LC_ALL=C grep -q "$(printf '\033')" "$tmp/out"; report "$word: random bytes"
	run "$t" $word -j --all; [ $code -eq 0 ] && "$jget" <"$tmp/out" >/dev/null; report "$word -j: random bytes"
done

# Diagnosis, of figures
"$diagnose" >"$tmp/cases" 2>"$tmp/err"; cp "$tmp/cases" "$tmp/out"
while IFS= read -r line; do
	[ "${line%% diagnosis*}" = ok ]; report "${line#*ok }"
done <"$tmp/cases"
[ "$(wc -l <"$tmp/cases")" -gt 40 ]; report "diagnosis: all cases"

# Why: vary NAME copies the calm tree to $tmp/NAME, and changes there:
vary() { t=$tmp/$1; rm -rf "$t"; cp -r "$calm" "$t"; }
# whole KEY=VALUE...: its totals
whole() { for pair; do sed -i "s/^${pair%%=*} .*/${pair%%=*} ${pair#*=}/" "$t/net/portquota/stat"; done; of / "$@"; }
# of PATH KEY=VALUE...: an account
of() { for pair in "${@:2}"; do sed -i "\|^$1 |s/ ${pair%%=*}=[^ ]*/ ${pair%%=*}=${pair#*=}/" "$t/net/portquota/accounts"; done; }
# many N STATE REMOTE AGE: so many reservations of nginx
many() { awk -v n="$1" -v state="$2" -v remote="$3" -v age="$4" 'BEGIN { for (i = 0; i < n; i++) printf "tcp 10.0.0.2:%d %s %s account=/system.slice/nginx.service pid=812 comm=nginx age=%d kind=shareable\n", 10000 + i, remote, state, age }' >>"$t/net/portquota/reservations"; }
# why BEFORE AFTER [ARGUMENT...]: one tree at the first look and another at the second. Pipes keep them in step.
why() {
	local before=$1 after=$2 feeder name look

	vary looked
	for name in stat accounts destinations reservations; do
		rm "$t/net/portquota/$name"; mkfifo "$t/net/portquota/$name"
	done
	cp "$after/net/portquota/rules" "$t/net/portquota/rules"
	for look in "$before" "$after"; do
		for name in stat accounts destinations reservations; do
			cat "$look/net/portquota/$name" >"$t/net/portquota/$name" 2>"$tmp/feeder"
		done
	done &
	feeder=$!
	run "$t" why --over 0.1 "${@:3}"
	kill $feeder 2>/dev/null; wait $feeder 2>/dev/null
}
# found CAUSE CERTAINTY [KEY VALUE]...: the first finding
found() {
	[ $code -eq 0 ] && silent && json "$1" 0 cause && json "$2" 0 certainty || return
	shift 2
	while [ $# -gt 0 ]; do
		json "$2" 0 "$1" || json "$2" 0 figures "$1" || return
		shift 2
	done
}
nginx=/system.slice/nginx.service
slice=/system.slice
export PORTQUOTA_SYS=$limits/sys
why "$calm" "$calm"; [ $code -eq 0 ] && silent && has "certain: none" && has "Nothing is wrong with ports: 3105 of 28232 are in use; 1400 of 28232 ports are used to the busiest destination, 10.0.0.9:5432; in 0." && lines 2
report "why: nothing is wrong, and the figures that prove it"
why "$calm" "$calm" -j; json 1 && found none certain ports 3105 usable 28232 used 1400 refused 0 exhausted 0; report "why -j: nothing is wrong"
run "$busy" why --over 0.1; [ $code -eq 1 ] && tells net/portquota/rules; report "why: a file is missing"
run "$tmp/older" why --over 0.1 -j; found none likely; report "why: an older module"
run "$limits" why --over 0.1 -j; found rule certain cgroup /kubepods.slice/kubepods-pod0d9a7c1e.slice max 300 && [ "$("$jget" <"$tmp/out")" -gt 2 ]; report "why: limits that are reached, and no program where none is told"

vary refused; of $nginx tcp.current=900 tcp.denied=41; of $slice tcp.denied=41; whole tcp.denied=41
why "$calm" "$tmp/refused" -j; json 1 && found rule certain cgroup $nginx comm nginx pid 812 current 900 max 900 refused 41 && grep -q '"rule": "/system.slice/nginx.service tcp.max=900 tcp.warn=80% tcp.range=10000-10999"' "$tmp/out"
report "why: a rule refuses: which, whom, how often"
why "$calm" "$tmp/refused"; has "certain: rule" && has "$nginx is at 900 of its tcp.max of 900: refused are " && has "nginx, pid 812, holds 310" && has "portquota rule set '$nginx tcp.max=NUMBER tcp.warn=80% tcp.range=10000-10999'."; report "why: a rule, in words"
why "$tmp/refused" "$tmp/refused" -j; found rule certain cgroup $nginx refused 0; report "why: an account at its max, and nobody refused just now"
COLUMNS=80 why "$calm" "$tmp/refused"; fits 80; report "why fits 80 columns"
COLUMNS=120 why "$calm" "$tmp/refused"; fits 120; report "why fits 120 columns"
vary fallen; of $nginx tcp.denied=3 tcp.current=850; of $slice tcp.denied=3; whole tcp.denied=3
why "$calm" "$tmp/fallen" -j; json 1 && found rule certain cgroup $nginx current 850 refused 3; report "why: a rule that refused between the looks"
vary held; of $nginx timewait.current=250 timewait.max=250 timewait.denied=5 tcp.denied=5; whole timewait.denied=5 tcp.denied=5
why "$calm" "$tmp/held" -j; found rule certain cgroup $nginx resource timewait refused 5; report "why: as many TIME_WAITs as a rule allows"
mkdir -p "$tmp/audit/module/portquota/parameters"; echo audit >"$tmp/audit/module/portquota/parameters/mode"
PORTQUOTA_SYS=$tmp/audit why "$calm" "$tmp/refused" -j; found none certain; report "why: in mode audit no rule refuses"
PORTQUOTA_SYS=$tmp/audit run "$limits" check; [ $code -eq 1 ] && has "WARNING - /kubepods" && has "is at its tcp.max, 7058 of 7058 (audit: nothing is refused); "; report "check: in mode audit a max is a warning"
echo off >"$tmp/audit/module/portquota/parameters/mode"
PORTQUOTA_SYS=$tmp/audit run "$limits" check; [ $code -eq 0 ] && has "OK - " && has ", mode off |"; report "check: in mode off no max counts"
# What is told to type is typed: a name must not get out of its quotes.
vary hostile; sed -i "s|^$nginx |/b\\\\040';reboot;' |" "$t/net/portquota/accounts"; of "/b.*" timewait.current=250 timewait.max=250 timewait.reserving=250 tcp.current=250
run "$t" why --over 0.1; has "portquota timewait set 30 '/b\\040\\047;reboot;\\047' ("; report "why: a path is quoted"

vary exclusive; whole tcp.current=28232 tcp.ports=28232 tcp.exclusive=28232 tcp.shareable=0
why "$calm" "$tmp/exclusive" -j; found range certain cgroup "/system.slice/api worker.service" range 32768-60999 exclusive 28232 usable 28232 resource tcp; report "why: the range is full of exclusive ports"
why "$calm" "$tmp/exclusive"; has "IP_BIND_ADDRESS_NO_PORT" && has "The namespace's TCP range 32768-60999 holds 28232 ports taken by bind()"; report "why: exclusive ports, in words"
vary exhausted; whole tcp.ports=28100 tcp.current=28100 tcp.exhausted=50; of $slice tcp.exhausted=50
why "$calm" "$tmp/exhausted" -j; found range certain exhausted 50; report "why: the range is exhausted"
vary full-udp; whole udp.ports=28232 udp.current=28232
why "$calm" "$tmp/full-udp" -j; found range certain resource udp; report "why: the UDP range is full"
vary ninety; whole tcp.ports=25500
why "$calm" "$tmp/ninety" -j; json 1 && found range likely held 25500; report "why: nine tenths of the range"
vary own; of $nginx tcp.current=1000 tcp.max=max tcp.exclusive=1000 tcp.exhausted=8; of $slice tcp.exhausted=8; whole tcp.exhausted=8
why "$calm" "$tmp/own" -j; json 1 && found range certain cgroup $nginx range 10000-10999 usable 1000 exhausted 8; report "why: a cgroup's own range is full, and not the namespace's"

vary towards-full; whole tcp.exhausted=9; sed -i '1s/.*/10.0.0.2 10.0.0.9:5432 used=28210 timewait=420 usable=28232 free=0/' "$t/net/portquota/destinations"; many 40 ESTAB 10.0.0.9:5432 3
why "$calm" "$tmp/towards-full" -j; json 1 && found destination certain destination 10.0.0.9:5432 source 10.0.0.2 free 0 used 28210 comm nginx pid 812 held 40 cgroup $nginx; report "why: one destination is full, and through whom"
vary half; sed -i '1s/.*/10.0.0.2 10.0.0.9:5432 used=14200 timewait=420 usable=28232 free=14000/' "$t/net/portquota/destinations"
why "$calm" "$tmp/half" -j; json 1 && found destination likely used 14200; report "why: one destination is past half"
why "$calm" "$tmp/half"; has "past half, each connect() to there searches far longer" && has "Use more addresses"; report "why: past half, in words"

vary churn; whole tcp.ports=20000 tcp.current=20100 timewait.current=18200 timewait.reserving=18000 timewait.entered=126400; of "$nginx" timewait.local=17000
why "$calm" "$tmp/churn" -j; json 1 && found churn likely cgroup $nginx comm nginx timewait 18000 held 20100 delay 60; report "why: churn, TIME_WAIT is rate times delay"
why "$calm" "$tmp/churn"; has "that explains it" && has "portquota timewait set 30 '/'"; report "why: churn, in words"
why "$tmp/churn" "$tmp/churn"; has "left from a burst"; report "why: TIME_WAITs of a burst"
vary churn-rule; of $nginx tcp.current=900 timewait.current=800 timewait.reserving=790 timewait.entered=131000
why "$calm" "$tmp/churn-rule" -j; json 2 && found rule certain && json churn 1 cause && json likely 1 certainty && json $nginx 1 cgroup && json 790 1 figures timewait; report "why: a rule for certain, and churn as the likely reason"

vary leak; many 1500 CLOSE-WAIT 10.0.0.7:80 5
vary leak-before; many 1400 CLOSE-WAIT 10.0.0.7:80 5
why "$tmp/leak-before" "$tmp/leak" -j; json 1 && found leak likely state CLOSE-WAIT cgroup $nginx comm nginx pid 812 count 1502; report "why: CLOSE-WAIT is many and grows"
why "$tmp/leak" "$tmp/leak" -j; found none certain; report "why: many in CLOSE-WAIT for a moment are no leak"
vary leak-old; many 1500 BOUND '0.0.0.0:*' 900
why "$tmp/leak-old" "$tmp/leak-old" -j; json 1 && found leak likely state BOUND count 1500 old 1500; report "why: BOUND is many and old"
why "$tmp/leak-old" "$tmp/leak-old"; has "with neither a connection nor a listener" && has "portquota reservations --state bound --account '$nginx'"; report "why: a leak, in words"
vary unseen; whole tcp.bound=2000; of $slice tcp.bound=2000; of "$slice/api.040worker.service" tcp.bound=2000
rm "$t/net/portquota/reservations"; mkdir "$t/net/portquota/reservations"
run "$t" why --over 0.1 -j; found none likely && grep -q '"unseen": ".*reservations: Is a directory"' "$tmp/out"; report "why: what could not be seen is told"
cp -r "$t" "$tmp/growing"; t=$tmp/growing; whole tcp.bound=9000; of "$slice/api.040worker.service" tcp.bound=9000
run "$t" why --over 0.1 -j; found leak likely state BOUND cgroup "/system.slice/api worker.service" count 9000; report "why: BOUND holds a third, without the right to see whose"
run "$t" why --over 0.1; has "unseen" && has "Programs and CLOSE-WAIT: "; report "why: and that is said"

vary over; whole timewait.overflow=70 timewait.current=1200
why "$calm" "$tmp/over" -j; json 1 && found overflow certain overflow 70; report "why: TIME_WAIT overflow"
why "$tmp/over" "$tmp/over" -j; found none certain; report "why: an overflow of the past is none"
run "$tmp/dead" why --over 0.1; [ $code -eq 1 ] && tells "hooks are dead"; report "why: dead hooks can tell nothing"
for bad in "--over 0" "--over x" nonsense; do
	# shellcheck disable=SC2086
	run "$calm" why $bad; [ $code -eq 64 ] && tells "--help"; report "why $bad is exit 64"
done
run "$tmp/nowhere" why; [ $code -eq 1 ] && tells "modprobe portquota"; report "why: no module is exit 1"
vary hostile-why; head -c 20000 /dev/urandom | tee "$t/net/portquota/stat" "$t/net/portquota/accounts" "$t/net/portquota/destinations" "$t/net/portquota/rules" >"$t/net/portquota/reservations"
run "$t" why --over 0.1; [ $code -eq 0 ] && ! LC_ALL=C grep -q "$(printf '\033')" "$tmp/out"; report "why: random bytes"
printf '/\\033[2J tcp.current=5 tcp.max=5 tcp.local=5 owner.comm=\\033[2J owner.pid=\033[2J owner.held=1\n' >"$t/net/portquota/accounts"
printf '\033[2J \033[2J:1 used=9 usable=9 free=0 range=\033[2J\n' >"$t/net/portquota/destinations"
run "$t" why --over 0.1; [ $code -eq 0 ] && has "certain: rule" && has "certain: destination" && lacks $'\033'; report "why: names cannot write to the terminal"
for word in stat accounts destinations reservations rules; do : >"$t/net/portquota/$word"; done
run "$t" why --over 0.1 -j; found none certain; report "why: empty files"
export PORTQUOTA_SYS=$tmp/nosys

# Watch
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
	count=$((count + 1)); echo "ok $count watch on a terminal # SKIP no script(1)"
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

# Export: openmetrics reads the output as the standard has it, and says what is wrong.
openmetrics() { awk -f "$here/openmetrics.awk" "$tmp/out" >"$tmp/err"; }
run "$calm" export; [ $code -eq 0 ] && silent && openmetrics; report "export is OpenMetrics"
has 'portquota_current{cgroup="/system.slice/nginx.service",resource="tcp"} 640' && has 'portquota_timewait_ended_total{cgroup="/",reason="expired"} 89478'; report "export: accounts"
has 'portquota_max{cgroup="/system.slice/nginx.service",resource="tcp"} 900' && ! grep -q 'portquota_max{cgroup="/",' "$tmp/out"; report "export: a limit only where there is one"
has 'portquota_timewait_lifetime_seconds_bucket{le="32.0"} 11862' && has 'portquota_timewait_lifetime_seconds_bucket{le="+Inf"} 95190' && has 'portquota_timewait_lifetime_seconds_count 95190'; report "export: how long TIME_WAITs lasted, as a histogram"
has 'portquota_destination_free_ports{source="10.0.0.2",destination="10.0.0.7:80",range="10000-10999"} 556'; report "export: destinations"
has '# UNIT portquota_timewait_delay_seconds seconds' && has 'portquota_timewait_delay_seconds{cgroup="/kubepods.slice"} 30'; report "export: units"
run "$calm" export --destinations 1; [ "$(grep -c '^portquota_destination_used' "$tmp/out")" -eq 1 ] && openmetrics; report "export --destinations"
PORTQUOTA_SYS=$limits/sys run "$limits" export; openmetrics && has 'portquota_mode{portquota_mode="enforce"} 1' && has 'portquota_denied_total{cgroup="/",resource="tcp"} 1290'; report "export: an older module, and the mode"
tree labels
printf '/a"b\\134\\012\\033\\040c tcp.current=1\n/\\377 tcp.current=2\n/x (deleted) tcp.current=3 tcp.max=7\n/x (deleted) tcp.current=4 tcp.max=7\n/x tcp.current=5\n/caf\303\251 tcp.current=6\n' >"$t/net/portquota/accounts"
run "$t" export; openmetrics && has 'cgroup="/a\"b\\\n\\033 c"' && has 'cgroup="/\\377"' && has 'cgroup="/café"' && lacks $'\033'; report "export: labels are escaped"
has 'portquota_current{cgroup="/x (deleted)",resource="tcp"} 7' && has 'portquota_max{cgroup="/x (deleted)",resource="tcp"} 7' && has 'portquota_current{cgroup="/x",resource="tcp"} 5'; report "export: removed cgroups of one name are one sample"
: >"$t/net/portquota/accounts"; run "$t" export; [ $code -eq 0 ] && openmetrics; report "export: empty files"
head -c 20000 /dev/urandom | tee "$t/net/portquota/stat" "$t/net/portquota/accounts" >"$t/net/portquota/destinations"
run "$t" export; [ $code -eq 0 ] && openmetrics && ! LC_ALL=C grep -q "$(printf '\033')" "$tmp/out"; report "export: random bytes"
run "$tmp/nowhere" export; [ $code -eq 1 ] && tells "modprobe portquota" && [ ! -s "$tmp/out" ]; report "export: no module is exit 1, and nothing printed"
for bad in -j "--destinations x" "--destinations -1" nonsense; do
	# shellcheck disable=SC2086
	run "$calm" export $bad; [ $code -eq 64 ] && tells "--help"; report "export $bad is exit 64"
done
run "$calm" export; if python3 -c 'import prometheus_client' 2>/dev/null; then
	python3 -c 'import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse
list(parse(sys.stdin.read()))' <"$tmp/out" 2>"$tmp/err"; report "export: prometheus_client reads it"
fi
for word in destinations "range show" "timewait show" "why --over 0.1" "watch -d 0.1 --count 1" export; do
	# shellcheck disable=SC2086
	PORTQUOTA_PROC=$calm "$pq" $word >/dev/full 2>"$tmp/err"; [ $? -eq 1 ] && tells "standard output: "; report "$word: a full disk is exit 1"
done

# Owners, destinations and early ends in the older words
run "$calm"; has "PROGRAM    api worker, pid 4711, holds most: 2190" && has "1400 of 28232 ports" && has "from 10.0.0.2 to 10.0.0.9:5432" && has "3 BOUND"; report "status names the largest owner and the busiest destination"
vary removed; sed -i 's|^\(/system.slice/api.040worker.service\) |\1 (deleted) |' "$t/net/portquota/accounts"
run "$t"; grep -A 1 '^PROGRAM' "$tmp/out" | grep -q 'in /system.slice/api worker.service (deleted)$' && run "$t" -j && json true owner deleted; report "status: the largest owner's cgroup is removed"
run "$calm" -j; json 4711 owner owner.pid && json 10.0.0.9:5432 destination destination; report "status -j has them"
run "$busy"; lacks PROGRAM && lacks TOWARDS; report "status of an older module has neither"
COLUMNS=80 run "$calm"; fits 80; report "status with them fits 80 columns"
run "$calm" accounts; has OWNER && has "api worker/4711" && has "nginx/812"; report "accounts names the owners"
COLUMNS=80 run "$calm" accounts; fits 80 && lacks nginx/812; report "accounts names them where there is room"
grep -q . "$tmp/out" && run "$calm" accounts -j && json 1000 5 range.usable && json 28232 0 range.usable; report "accounts: a share is of the range that holds"
COLUMNS=120 run "$calm" events; [ $code -eq 0 ] && lines 6 && has "dest      tcp        14116 of 28232 (50%) from 10.0.0.2 to 10.0.0.9:5432, +12/s, full in 1176s  " && has "450 of 1000 (45%) from 10.0.0.2 to 10.0.0.7:80, back under 500"; report "events: a destination fills up, and empties"
has "lasted 3 of 30s: ended by a packet of the peer" && has "not made: there are too many" && has "lasted 41 of 60s: its timer ran out early"; report "events: early ends"
COLUMNS=80 run "$calm" events; fits 80 && has "dest     tcp 900 of 1000 to 10.0.0.7:80"; report "events of both fit 80 columns"
run "$calm" events -j; sed -n 1p "$tmp/out" | grep -q '"level": "destination".*"resource": "destination".*"destination": "10.0.0.9:5432"' && sed -n 4p "$tmp/out" | grep -q '"reason": "recycled", "lasted": 3'; report "events -j: as the kernel has them"
run "$calm" check; [ $code -eq 0 ]; report "check: destinations are fine"
vary ranged-check; whole tcp.usable=3200; run "$t" check; [ $code -eq 2 ] && has "TCP 97% of the range in use, 3105 of 3200"; report "check: the range that a rule gives the namespace"
run "$t"; has "3105 of 3200 ports in use"; report "status: so does it"
run "$calm" reservations --by destination,local,state -H; [ $code -eq 0 ] && head -1 "$tmp/out" | grep -q '^6  10.0.0.9:5432  10.0.0.2  ESTAB$'; report "reservations --by in any order"

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
	run "$t" $word -j; [ $code -eq 0 ] && json "$([ $word = status ] && echo 2 || echo 0)"; report "$word -j: an empty file"
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
