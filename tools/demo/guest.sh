#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The demonstration, inside the guest; tools/demo/run starts it. Before each step one sentence says
# what to look at, then come the commands and what they print. Each step checks that it shows what
# it says: the first that does not ends the demonstration as failed.
#
#	guest.sh [always|never]		whether to use colours

color=${1:-never}
files=/proc/net/portquota
bold='' green='' red='' off=''
if [ "$color" = always ]; then
	bold=$(printf '\033[1m') green=$(printf '\033[32m')
	red=$(printf '\033[31m') off=$(printf '\033[0m')
fi

steps=0
step() {
	steps=$((steps + 1))
	printf '\n%s%s. %s%s\n' "$bold" "$steps" "$*" "$off"
}

# show COMMAND…: prints it as typed, then what it says.
show() {
	printf '\n%s$ %s%s\n' "$green" "$*" "$off"
	eval "$*" || fail "'$*' failed"
}

fail() {
	printf '\n%sThe demonstration failed in step %s: %s%s\n' "$red" "$steps" "$*" "$off"
	cat $files/stat
	exit 1
}

# value KEY [FILE]
value() {
	sed -n "s/^$1 //p" "${2:-$files/stat}"
}

# account PATH KEY; 0 for one that has no line. Not of a removed cgroup.
account() {
	found=$(awk -v path="$1" -v key="$2" '
		$1 == path && $2 != "(deleted)" { for (i = 2; i <= NF; i++) if (index($i, key "=") == 1) {
			sub(/.*=/, "", $i); print $i; exit } }' $files/accounts)
	echo "${found:-0}"
}

time_wait_of_kernel() {
	sed -n 's/^TCP:.* tw \([0-9]*\) .*/\1/p' /proc/net/sockstat
}

# expect WHAT GOT WANTED: equal, within the seconds it may take to come to rest.
expect() {
	[ "$2" = "$3" ] || fail "$1 is $2, expected $3"
}

# at_least WHAT GOT WANTED
at_least() {
	[ "$2" -ge "$3" ] || fail "$1 is $2, expected at least $3"
}

# levels PATH: of its events about a number, in order.
levels() {
	command portquota --no-header --color=never events | awk -v path="$1" '
		$NF == path && $4 ~ /^(warn|deny|clear|forecast)$/ { printf "%s%s", gap, $4; gap = " " }'
}

# Waits until all that is left of TCP is TIME_WAIT.
come_to_rest() {
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		[ "$(value udp.current)" != 0 ] || [ "$(value timewait.fin_wait2)" != 0 ] ||
			[ "$(value tcp.current)" != "$(value timewait.reserving)" ] || return 0
		sleep 0.5
	done
	fail "what was closed does not come to rest"
}

namespace() {
	if ! ip netns add "$1" || ! ip -n "$1" link set lo up; then
		fail "no namespace $1"
	fi
}

portquota() {
	command portquota --color="$color" "$@"
}

step "An unmodified Debian kernel with the module loaded. Nobody holds a port yet: all bars are empty."
show uname -r
show "lsmod | grep portquota"
show portquota status
expect tcp.current "$(value tcp.current)" 0
expect hooks "$(value hooks)" live

step "A shop goes to work: four services, each in its own cgroup, take ports towards a database. Look at who has how many."
traffic serve --on 127.0.0.1:5432 --on 127.0.0.2:5432 --cgroup /database --background --quiet ||
	fail "the server does not start"
show traffic tcp --cgroup /shop.slice/web --number 2000 --to 127.0.0.1:5432 --hold 10 --fade 24 --close client --background
show traffic tcp --cgroup /shop.slice/worker --number 1200 --to 127.0.0.2:5432 --hold 16 --close server --background
show traffic tcp --cgroup /batch.slice/report --number 800 --to 127.0.0.1:5432 --hold 16 --close rst --background
show traffic udp --cgroup /shop.slice/resolver --number 150 --to 127.0.0.1:53 --hold 16 --background
show portquota status
show portquota accounts
expect tcp.current "$(value tcp.current)" 4000
expect udp.current "$(value udp.current)" 150
expect 'tcp.current of /shop.slice' "$(account /shop.slice tcp.current)" 3200
expect 'tcp.current of /shop.slice/web' "$(account /shop.slice/web tcp.current)" 2000

step "The same without the command: flat files in /proc, one key and one number. Parents count their children."
show "head -n 14 $files/stat"
show "cut -d ' ' -f 1-4 $files/accounts"

step "Every single port has a line with its holder; ss counts the same."
show "head -n 3 $files/reservations"
show "ss -Htn state established dport = :5432 | wc -l"
expect 'what ss counts' "$(ss -Htn state established dport = :5432 | wc -l)" 4000
expect 'lines in reservations' "$(grep -c ':5432 ESTAB' $files/reservations)" 4000

step "The shop closes. Its processes are gone, its ports are not: each connection that web closed is held for another 60 s."
while [ "$(pidof traffic | wc -w)" -gt 1 ]; do
	sleep 0.5
done
come_to_rest
show "ps | grep '[t]raffic'"
show portquota accounts
# A reset that crosses a FIN ends TIME_WAIT, and the kernel does send some.
expect 'timewait.reserving of web' "$(account /shop.slice/web timewait.reserving)" \
	$((2000 - $(account /shop.slice/web timewait.recycled)))
expect 'tcp.current of web' "$(account /shop.slice/web tcp.current)" "$(value tcp.current)"
expect 'tcp.current of worker' "$(account /shop.slice/worker tcp.current)" 0
expect 'tcp.current of report' "$(account /batch.slice/report tcp.current)" 0
echo
echo "The worker holds nothing: there the database closed first, so TIME_WAIT is on its side and takes no port."

step "The kernel does not know any more whose TIME_WAIT that was, ss shows no process; here it has a name."
port=$(awk '$4 == "TIME-WAIT" { sub(/.*:/, "", $2); print $2; exit }' $files/reservations)
show "ss -tanp sport = :$port"
show "grep ':$port ' $files/reservations"
grep ":$port " $files/reservations | grep -q 'account=/shop.slice/web .*comm=traffic' ||
	fail "the holder of port $port is not named"
show "grep ^TCP: /proc/net/sockstat"
show "grep timewait.current $files/stat"
expect timewait.current "$(value timewait.current)" "$(time_wait_of_kernel)"

step "The cgroup is removed; it keeps its line, marked as deleted, as long as it holds ports."
show rmdir /sys/fs/cgroup/shop.slice/web
show "grep -o '^/shop.slice/web (deleted) tcp.current=[0-9]*' $files/accounts"

step "Two network namespaces with traffic of their own. Each has its own files; the host sees all of them."
# Not ip netns exec: that mounts a /sys of its own, without the cgroups.
for ns in blue green; do
	namespace $ns
	nsenter --net=/run/netns/$ns traffic serve --on 127.0.0.1:80 --background --quiet
done
show nsenter --net=/run/netns/blue traffic tcp --cgroup /tenant.slice/blue --number 300 --to 127.0.0.1:80 --hold 100 --background
show nsenter --net=/run/netns/green traffic tcp --cgroup /tenant.slice/green --number 500 --to 127.0.0.1:80 --close client
show portquota -A status
show "cut -d ' ' -f 1-5 /proc/portquota/namespaces"
show portquota -n blue accounts
expect 'tcp.current in blue' "$(ip netns exec blue sed -n 's/^tcp.current //p' $files/stat)" 300
# Less what a reset has ended, as above.
expect 'timewait.reserving in green' \
	"$(ip netns exec green sed -n 's/^timewait.reserving //p' $files/stat)" \
	$((500 - $(ip netns exec green sed -n 's/^timewait.recycled //p' $files/stat)))

step "In a third one only 100 ports are handed out, and a service wants 120. The kernel refuses, and the files say who ran out."
namespace tiny
ip netns exec tiny sysctl -qw net.ipv4.ip_local_port_range='40000 40099' net.ipv4.tcp_tw_reuse=0
nsenter --net=/run/netns/tiny traffic serve --on 127.0.0.1:80 --background --quiet
show "nsenter --net=/run/netns/tiny traffic tcp --cgroup /tenant.slice/greedy --number 120 --to 127.0.0.1:80 || true"
show portquota -n tiny status
show "ip netns exec tiny grep -E 'range|tcp.exhausted|tcp.peak' $files/stat"
expect 'tcp.exhausted in tiny' "$(ip netns exec tiny sed -n 's/^tcp.exhausted //p' $files/stat)" 1
expect 'tcp.peak in tiny' "$(ip netns exec tiny sed -n 's/^tcp.peak //p' $files/stat)" 100

step "A namespace that is removed takes its TIME_WAIT along; the host's list follows."
# The blue one's clients hold on; what is left in the others is to end.
ip netns pids green | xargs -r kill
ip netns pids tiny | xargs -r kill
show ip netns del green
show ip netns del tiny
for _ in 1 2 3 4 5 6 7 8 9 10; do
	[ "$(wc -l </proc/portquota/namespaces)" -gt 2 ] || break
	sleep 0.5
done
show "cut -d ' ' -f 1-4 /proc/portquota/namespaces"
expect 'namespaces' "$(wc -l </proc/portquota/namespaces)" 2

step "The web shop is to have 500 ports, not more. There is no such cgroup just now: a rule belongs to a path."
show portquota rule set /shop.slice/web tcp.max=500 tcp.warn=80%
show portquota rule
expect 'tcp.denied' "$(value tcp.denied)" 0

step "It opens again, with 25 more connections a second. Look at the events: first the forecast, then the warning at 80 %, both before the wall."
show "portquota events --follow &"
show traffic tcp --cgroup /shop.slice/web --number 500 --rate 25 --to 127.0.0.1:5432 --hold 30 --close rst --background
sleep 1
kill "$(pidof portquota)"
expect 'tcp.current of web' "$(account /shop.slice/web tcp.current)" 500
expect 'the list of its events' "$(levels /shop.slice/web)" 'forecast warn'

step "One connection more is refused, with the error of a kernel that has no port. The files and the log say why; the worker notices nothing."
show "traffic tcp --cgroup /shop.slice/web --to 127.0.0.1:5432 2>&1 | tee /tmp/refused"
grep -q 'Cannot assign requested address' /tmp/refused || fail "that is not EADDRNOTAVAIL"
show traffic tcp --cgroup /shop.slice/worker --to 127.0.0.2:5432 --close rst
show portquota status
show "grep '^/shop.slice/web tcp' $files/accounts | tr ' ' '\n' | grep -E 'tcp.(current|max|denied)='"
show "dmesg | grep -o 'portquota: .*/web:.*'"
expect 'tcp.denied of web' "$(account /shop.slice/web tcp.denied)" 1
expect 'tcp.denied of worker' "$(account /shop.slice/worker tcp.denied)" 0
expect 'tcp.exhausted' "$(value tcp.exhausted)" 0
dmesg | grep -q '/shop.slice/web: tcp .*refusing' || fail "the log says nothing of the refusal"

step "The limit is raised, and holds at once: the warning is cleared, and connections succeed again."
show portquota rule set /shop.slice/web tcp.max=1000 tcp.warn=80%
show traffic tcp --cgroup /shop.slice/web --number 5 --to 127.0.0.1:5432 --close rst
show "portquota events | tail -n 4"
expect 'tcp.denied of web' "$(account /shop.slice/web tcp.denied)" 1
expect 'the list of its events' "$(levels /shop.slice/web)" 'forecast warn deny clear'

step "Now time passes, up to 60 s: web closes, every TIME_WAIT expires, and the ports come back."
printf '\n%8s %14s %18s %18s\n' 'seconds' 'tcp.current' 'timewait.current' 'timewait.expired'
waited=0
while :; do
	printf '%8s %14s %18s %18s\n' $waited "$(value tcp.current)" "$(value timewait.current)" \
		"$(value timewait.expired)"
	[ "$(value timewait.current)" != 0 ] || [ "$(value tcp.current)" != 0 ] || break
	[ $waited -lt 80 ] || fail "TIME_WAIT is still there after $waited s"
	sleep 8
	waited=$((waited + 8))
done

step "The same picture as in the beginning: zero everywhere, and as many given back as were taken."
show portquota status
show portquota accounts
show "grep -E 'current|begun|ended|entered|expired|missed' $files/stat"
for key in tcp.current udp.current timewait.current tcp.ports udp.ports hooks.missed; do
	expect $key "$(value $key)" 0
done
expect tcp.ended "$(value tcp.ended)" "$(value tcp.begun)"
expect timewait.expired "$(value timewait.expired)" \
	$(($(value timewait.entered) - $(value timewait.recycled) - $(value timewait.reused)))
if grep -q deleted $files/accounts; then
	fail "the removed cgroup still has a line"
fi

step "The module goes as it came: nothing of it stays hooked."
show rmmod portquota
show "wc -l </sys/kernel/tracing/enabled_functions"
expect 'hooked functions' "$(wc -l </sys/kernel/tracing/enabled_functions)" 0
printf '\n%sAll %s steps showed what they said.%s\n' "$bold" "$steps" "$off"
