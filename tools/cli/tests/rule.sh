#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# rule.sh: tests of rule, and files of rules.
# shellcheck source=tools/cli/tests/lib.sh
. "$(dirname "$0")/lib.sh"

run "$limits" rule; [ $code -eq 0 ] && silent && lines 11 && has "Rules of the host, which hold here too" && has '/build\040jobs' && has "wait:500ms"; report "rule lists"
run "$limits" rule list -j; json 6 && json 12000 0 tcp.max && json 80% 0 tcp.warn && json false 0 glob && json true 2 glob && json null 5 tcp.max
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
run "$t" rule set /a tcp.max=5 tcp.warn=60%; [ $code -eq 0 ] && silent && [ ! -s "$tmp/out" ] && kept "$rules" "/a tcp.max=5 tcp.warn=60%"
report "rule set, in several arguments"
run "$t" rule set "/a  tcp.max=6"; [ $code -eq 0 ] && kept "$rules" "/a tcp.max=5 tcp.warn=60%" "/a tcp.max=6"; report "rule set, in one"
run "$t" rule set /a tcp.max=6; [ $code -eq 0 ] && [ "$(wc -l <"$rules")" -eq 2 ]; report "rule set: what is so already is not written"
run "$t" rule set /b udp.max=1 over=wait:2s '/c/* tcp.max=25%'; [ $code -eq 0 ] && tail -2 "$rules" >"$tmp/part" && kept "$tmp/part" "/b udp.max=1 over=wait:2000ms" "/c/* tcp.max=25%"
report "rule set: several rules"
run "$t" rule list; lines 4; report "rule list reads what was set"
tell_sys=$tmp/activated; for unit in cups.service cups.socket sshd.service; do mkdir -p "$tell_sys/fs/cgroup/system.slice/$unit"; done; : >"$tell_sys/fs/cgroup/cgroup.procs"; cp "$rules" "$tmp/kept"
PORTQUOTA_SYS=$tell_sys run "$t" rule set /system.slice/cups.service timewait.max=500; [ $code -eq 0 ] && tells "sockets that '/system.slice/cups.service' is given, and what these accept, count in '/system.slice/cups.socket'"; report "rule set: of a socket-activated service"
PORTQUOTA_SYS=$tell_sys run "$t" rule set /system.slice/sshd.service tcp.max=500; [ $code -eq 0 ] && silent; report "rule set: and of another nothing is said"
cp "$tmp/kept" "$rules"
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
run "$t" rule load "$file"; [ $code -eq 1 ] && tells "$file:2: 'x' in 'tcp.max=x'" && tells "$file:4: '/a' is there twice: line 1 has it too" && tells "$file:5: " &&
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

# The kernel refuses.
export REFUSE REFUSE_ERRNO
REFUSE_ERRNO=28
printf '/a tcp.max=1\n/b tcp.max=2\n/d tcp.max=3\n' >"$rules"; cp "$rules" "$tmp/before"
printf '/a tcp.max=9\n/new tcp.max=9\n-/d\n/b tcp.max=2\n/last tcp.max=9\n' >"$file"
REFUSE=/last run_refused "$t" rule load "$file"; [ $code -eq 1 ] && tells "$file:5: '/last': there is no room: there can be 16384 rules" && tells "no rule has changed: the earlier rules are restored"
report "rule load: refused in the middle"
run "$t" rule list -j; cp "$tmp/out" "$tmp/part"; : >"$rules"; cat "$tmp/before" >"$rules"; run "$t" rule list -j; [ "$(sort "$tmp/part" | tr -d ',\n')" = "$(sort "$tmp/out" | tr -d ',\n')" ]; report "rule load: and put back"
REFUSE=/last REFUSE_ALSO="/a tcp.max=1" run_refused "$t" rule load "$file"; [ $code -eq 1 ] && ! tells "no rule has changed"; report "rule load: not refused before it has begun"
export REFUSE_ALSO="-/new"
REFUSE=/last run_refused "$t" rule load "$file"; [ $code -eq 1 ] && tells "'/new' could not be restored" && tells "neither the old nor the new"; report "rule load: what cannot be put back is told"
unset REFUSE_ALSO
cp "$tmp/before" "$rules"
REFUSE=-/d REFUSE_ERRNO=1 run_refused "$t" rule load --replace "$limits/net/portquota/rules"; [ $code -eq 1 ] && tells "'/d': not permitted: needs CAP_NET_ADMIN"; report "rule load --replace: a removal refused"
REFUSE=/a REFUSE_ERRNO=1 run_refused "$t" rule set /a tcp.max=7; [ $code -eq 1 ] && tells "rule set: '/a': not permitted: needs CAP_NET_ADMIN" && ! tells "no rule has changed"; report "rule set: no right"
REFUSE=/a REFUSE_ERRNO=1 run_refused "$t" rule set --host /a tcp.max=7; [ $code -eq 1 ] && tells "root of the host"; report "rule set --host: no right"
REFUSE=/a REFUSE_ERRNO=36 run_refused "$t" rule set /a tcp.max=7; [ $code -eq 1 ] && tells "rule set: '/a': the path has more than 64 levels: cgroups so far down are counted as their ancestor"; report "rule set: too far down"
REFUSE=/a REFUSE_ERRNO=22 run_refused "$t" rule set /a tcp.max=7; [ $code -eq 1 ] && tells "differ in version"; report "rule set: not the kernel's language"
REFUSE=/a REFUSE_ERRNO=34 run_refused "$t" rule set /a tcp.range=2000-3000; [ $code -eq 1 ] && tells "begins below net.ipv4.ip_unprivileged_port_start"; report "rule set: privileged ports"
REFUSE=-/x REFUSE_ERRNO=2 run_refused "$t" rule del /x; [ $code -eq 1 ] && tells "rule del: '/x': there is no such rule"; report "rule del: no such rule"
REFUSE=-/x REFUSE_ERRNO=2 run_refused "$t" rule del /a /x; [ $code -eq 1 ] && tells "no rule has changed" && tail -1 "$rules" | grep -qx "/a tcp.max=1"; report "rule del: all or none"
unset REFUSE REFUSE_ERRNO
tree many; awk 'BEGIN { for (i = 0; i < 3000; i++) print "/a/" i " tcp.max=" i }' >"$file"; : >"$t/net/portquota/rules"
run "$t" rule load "$file"; has "3000 set" && run "$t" rule load --replace /dev/null && has "3000 removed"; report "rule load: many"
head -c 20000 /dev/urandom >"$t/net/portquota/rules"; run "$t" rule list -j; [ $code -eq 0 ] && "$jget" <"$tmp/out" >/dev/null; report "rule list -j: random bytes"
run "$t" rule load "$t/net/portquota/rules"; [ $code -eq 1 ] && ! LC_ALL=C grep -q "$(printf '\033')" "$tmp/err"; report "rule load: random bytes"

# The rules that tools/packaging/kubernetes/README.md writes: which pods are they for?
pods=$tmp/pods/fs/cgroup
for dir in kubepods.slice/kubepods-{burstable,besteffort}.slice/kubepods-{burstable,besteffort}-pod0a_1.slice/cri-containerd-1.scope kubepods.slice/kubepods-pod0b_2.slice/cri-containerd-2.scope; do
	[[ $dir == *burstable*besteffort* || $dir == *besteffort*burstable* ]] || mkdir -p "$pods/$dir"
done
: >"$pods/cgroup.procs"
tree pods-rules; sed -n "s/^    portquota rule --host set '\(.*\)' \(.*\)/\1 \2/p" "$here/../../packaging/kubernetes/README.md" >"$t/portquota/rules"
PORTQUOTA_SYS=$tmp/pods run "$t" rule --host -j; [ $code -eq 0 ] && json 3 && grep -q '"/kubepods.slice/kubepods-\*.slice/kubepods-\*-pod\*.slice", .*"matches": 2[,}]' "$tmp/out" && grep -q 'kubepods-pod\*.slice", .*"matches": 1[,}]' "$tmp/out" && grep -q 'scope", .*"matches": 2[,}]' "$tmp/out"; report "rule: those of the Kubernetes page are for pods"
run "$limits" rule --host; cp "$tmp/out" "$tmp/part"; run "$limits" rule --host -A; [ $code -eq 0 ] && cmp -s "$tmp/out" "$tmp/part"; report "rule --host -A: for all they are anyway"
tree heads; printf '/x tcp.max=500 udp.warn=80%%\n/y timewait.warn=90%%\n' >"$t/net/portquota/rules"
run "$t" rule; [ "$(head -n 1 "$tmp/out" | sed 's/  */ /g')" = "TCP MAX UDP WARN TW WARN CGROUP" ]; report "rule: whose threshold it is"

finish
