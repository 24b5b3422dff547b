#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run.sh PORTQUOTA JGET REFUSE.SO: tests of the command line tool over trees that stand for /proc. Prints KTAP;
# exit 0 if all passed. Needs no module, no root and no network.
set -u

pq=$(realpath "$1")
jget=$(realpath "$2")
refuse=$(realpath "$3")
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
run "$t" rule del '/a tcp.max=1'; [ $code -eq 1 ] && tells "'tcp.max=1' is too much"; report "rule del: too much"
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
REFUSE=/last run_refused "$t" rule load "$file"; [ $code -eq 1 ] && tells "$file:5: '/last': there are 16384 rules" && tells "no rule has changed: what was there before is back"
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
COLUMNS=80 run "$limits" events; fits 80 && has "01:38:05 warn     tcp 9600 of 12000, +120/s, full in 20s  …m.slice/nginx.service"; report "events fits 80 columns"
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
PORTQUOTA_PROC=$t timeout -s INT 1 env --default-signal=INT "$pq" events -f >"$tmp/out" 2>"$tmp/err"; [ $? -eq 124 ] && silent; report "events -f: so it is by Ctrl-C"
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
