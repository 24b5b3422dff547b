#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# why.sh: tests of why, and the diagnosis behind it.
# shellcheck source=tools/cli/tests/lib.sh
. "$(dirname "$0")/lib.sh"

older
tree dead; printf 'hooks dead\n' >"$t/net/portquota/stat"

# Diagnosis, of figures
"$built/diagnose" >"$tmp/cases" 2>"$tmp/err"; cp "$tmp/cases" "$tmp/out"
while IFS= read -r line; do
	[ "${line%% diagnosis*}" = ok ]; report "${line#*ok }"
done <"$tmp/cases"
[ "$(wc -l <"$tmp/cases")" -gt 40 ]; report "diagnosis: all cases"

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
why "$calm" "$calm"; [ $code -eq 0 ] && silent && has "certain: none" && has "Nothing is short now: 3105 of 28232 TCP ports are in use, and 42 of 28232 UDP ports; 1400 of 28232 ports are used to the busiest destination, 10.0.0.9:5432. There are 1210 TIME_WAITs. During the last 0." && has "Not looked at: ports that NAT chooses (conntrack), and ports outside of the range" && lines 2
report "why: nothing is wrong, and the figures that prove it"
why "$calm" "$calm" -j; json 1 && found none certain ports 3105 usable 28232 used 1400 refused 0 exhausted 0; report "why -j: nothing is wrong"
run "$busy" why --over 0.1; [ $code -eq 1 ] && tells net/portquota/rules; report "why: a file is missing"
run "$tmp/older" why --over 0.1 -j; found earlier certain count 37 cgroup /system.slice/nginx.service && json none 1 cause && json likely 1 certainty; report "why: an older module, and what failed since it was loaded"
run "$limits" why --over 0.1 -j; found rule certain cgroup /kubepods.slice/kubepods-pod0d9a7c1e.slice max 300 && [ "$("$jget" <"$tmp/out")" -gt 2 ]; report "why: limits that are reached, and no program where none is told"

vary at-max; of $nginx tcp.current=900
vary refused; of $nginx tcp.current=900 tcp.denied=41; of $slice tcp.denied=41; whole tcp.denied=41
why "$tmp/at-max" "$tmp/refused" -j; json 1 && found rule certain cgroup $nginx command nginx pid 812 current 900 max 900 refused 41 && grep -q '"rule": "/system.slice/nginx.service tcp.max=900 tcp.warn=80% tcp.range=10000-10999"' "$tmp/out"
report "why: a rule refuses: which, whom, how often"
why "$calm" "$tmp/refused"; has "certain: rule" && grep -q "$nginx is at 900 of its tcp.max of 900: [0-9]* per second are refused\." "$tmp/out" && has "nginx, pid 812, holds 310" && has "portquota rule set '$nginx tcp.max=NUMBER tcp.warn=80% tcp.range=10000-10999'."; report "why: a rule, in words"
why "$tmp/refused" "$tmp/refused" -j; found rule certain cgroup $nginx refused 0; report "why: an account at its max, and nobody refused just now"
COLUMNS=80 why "$calm" "$tmp/refused"; fits 80; report "why fits 80 columns"
COLUMNS=120 why "$calm" "$tmp/refused"; fits 120; report "why fits 120 columns"
vary below; of $nginx tcp.current=850
vary fallen; of $nginx tcp.denied=3 tcp.current=850; of $slice tcp.denied=3; whole tcp.denied=3
why "$tmp/below" "$tmp/fallen" -j; json 1 && found rule certain cgroup $nginx current 850 refused 3; report "why: a rule that refused between the looks"
vary held; of $nginx timewait.current=250 timewait.max=250 timewait.denied=5 tcp.denied=5; whole timewait.denied=5 tcp.denied=5
why "$calm" "$tmp/held" -j; found rule certain cgroup $nginx resource timewait refused 5; report "why: as many TIME_WAITs as a rule allows"
mkdir -p "$tmp/audit/module/portquota/parameters"; echo audit >"$tmp/audit/module/portquota/parameters/mode"
PORTQUOTA_SYS=$tmp/audit why "$tmp/at-max" "$tmp/at-max" -j; json 1 && found rule likely current 900 max 900 && has "in mode audit nothing is refused"; report "why: in mode audit no rule refuses"
# What is told to type is typed: a name must not get out of its quotes.
vary hostile; sed -i "s|^$nginx |/b\\\\040';reboot;' |" "$t/net/portquota/accounts"; of "/b.*" timewait.current=250 timewait.max=250 timewait.reserving=250 tcp.current=250
echo "tcp.taken 0" >>"$t/net/portquota/stat"; echo "$(date +%s).000 deny /b resource=timewait current=250 threshold=250 limit=250 rate=0" >"$t/net/portquota/events"
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
vary own; of $nginx tcp.current=1000 tcp.max=max tcp.warn=max tcp.exclusive=1000 tcp.exhausted=8; of $slice tcp.exhausted=8; whole tcp.exhausted=8
vary own-before; of $nginx tcp.current=1000 tcp.max=max tcp.warn=max tcp.exclusive=1000
why "$tmp/own-before" "$tmp/own" -j; json 1 && found range certain cgroup $nginx range 10000-10999 usable 1000 exhausted 8; report "why: a cgroup's own range is full, and not the namespace's"

vary towards-full; whole tcp.exhausted=9; sed -i '1s/.*/10.0.0.2 10.0.0.9:5432 used=28210 timewait=420 usable=28232 free=0/' "$t/net/portquota/destinations"; many 40 ESTAB 10.0.0.9:5432 3 32768
why "$calm" "$tmp/towards-full" -j; json 1 && found destination certain destination 10.0.0.9:5432 source 10.0.0.2 free 0 used 28210 command nginx pid 812 held 40 cgroup $nginx; report "why: one destination is full, and through whom"
vary half; sed -i '1s/.*/10.0.0.2 10.0.0.9:5432 used=14200 timewait=420 usable=28232 free=14000/' "$t/net/portquota/destinations"
why "$calm" "$tmp/half" -j; json 1 && found destination likely used 14200; report "why: one destination is past half"
why "$calm" "$tmp/half"; has "past half, each connect() to it searches far longer" && has "Use more addresses"; report "why: past half, in words"

vary churn-before; whole tcp.ports=20000 tcp.current=20100 timewait.current=18200 timewait.reserving=18000
vary churn; whole tcp.ports=20000 tcp.current=20100 timewait.current=18200 timewait.reserving=18000 timewait.entered=126400; of "$nginx" timewait.local=17000 timewait.reserving=17000
why "$tmp/churn-before" "$tmp/churn" -j; json 1 && found churn likely cgroup $nginx cgroup.held 17000 timewait 18000 held 20000 delay 60; report "why: churn, TIME_WAIT is rate times delay"
why "$tmp/churn-before" "$tmp/churn"; has "that explains it" && has "portquota timewait set 30 '/'"; report "why: churn, in words"
why "$tmp/churn" "$tmp/churn"; has "No connections are being closed now: these are left over from an earlier burst and will all be gone within 60 seconds."; report "why: TIME_WAITs of a burst"
vary churn-rule; of $nginx tcp.current=900 timewait.current=800 timewait.reserving=790 timewait.entered=131000
vary churn-rule-before; of $nginx tcp.current=900 timewait.current=800 timewait.reserving=790
why "$tmp/churn-rule-before" "$tmp/churn-rule" -j; json 2 && found rule certain && json churn 1 cause && json likely 1 certainty && json $nginx 1 cgroup && json 790 1 figures timewait; report "why: a rule for certain, and churn as the likely reason"

vary leak; many 1500 CLOSE-WAIT 10.0.0.7:80 5
vary leak-before; many 1400 CLOSE-WAIT 10.0.0.7:80 5
why "$tmp/leak-before" "$tmp/leak" -j; json 1 && found leak likely state CLOSE-WAIT cgroup $nginx command nginx pid 812 count 1502; report "why: CLOSE-WAIT is many and grows"
why "$tmp/leak" "$tmp/leak" -j; json 1 && found leak likely state CLOSE-WAIT count 1502; report "why: as many in CLOSE-WAIT as a cgroup may hold are a leak before they are old"
vary leak-moment; many 200 CLOSE-WAIT 10.0.0.7:80 5
why "$tmp/leak-moment" "$tmp/leak-moment" -j; found none certain; report "why: many in CLOSE-WAIT for a moment are no leak"
vary leak-old; many 1500 BOUND '0.0.0.0:*' 900
why "$tmp/leak-old" "$tmp/leak-old" -j; json 1 && found leak likely state BOUND count 1500 old 1500; report "why: BOUND is many and old"
why "$tmp/leak-old" "$tmp/leak-old"; has "with neither a connection nor a listener" && has "portquota reservations --state bound --account '$nginx'"; report "why: a leak, in words"
vary unseen; whole tcp.bound=2000; of $slice tcp.bound=2000; of "$slice/api.040worker.service" tcp.bound=2000
rm "$t/net/portquota/reservations"; mkdir "$t/net/portquota/reservations"
run "$t" why --over 0.1 -j; found none likely && grep -q '"unseen": ".*reservations: Is a directory"' "$tmp/out"; report "why: what could not be seen is told"
cp -r "$t" "$tmp/growing"; t=$tmp/growing; whole tcp.bound=9000; of "$slice/api.040worker.service" tcp.bound=9000
run "$t" why --over 0.1 -j; found leak likely state BOUND cgroup "/system.slice/api worker.service" count 9000; report "why: BOUND holds a third, without the right to see whose"
run "$t" why --over 0.1; has "unseen" && has "Programs and CLOSE-WAIT cannot be seen: "; report "why: and that is said"

vary over; whole timewait.overflow=70 timewait.current=1200
why "$calm" "$tmp/over" -j; json 1 && found overflow certain overflow 70; report "why: TIME_WAIT overflow"
why "$tmp/over" "$tmp/over" -j; found none certain; report "why: an overflow of the past is none"
run "$tmp/dead" why --over 0.1; [ $code -eq 1 ] && tells "hooks are dead"; report "why: dead hooks can tell nothing"
# Of one cgroup
why "$tmp/at-max" "$tmp/refused" -j $nginx; json 1 && found rule certain cgroup $nginx refused 41; report "why CGROUP: its limit"
why "$tmp/at-max" "$tmp/refused" -j $slice; json 1 && found rule certain cgroup $nginx; report "why CGROUP: the limit of one below it"
why "$calm" "$tmp/refused" /kubepods.slice; [ $code -eq 0 ] && has "Nothing that /kubepods.slice needs is short now: " && has "no call of it failed" && lacks nginx; report "why CGROUP: the limit of another is not its"
why "$calm" "$tmp/towards-full" -j $nginx; found destination certain destination 10.0.0.9:5432; report "why CGROUP: a full destination to which it is connected"
why "$calm" "$tmp/towards-full" -j /kubepods.slice; found none certain; report "why CGROUP: one to which it is not"
why "$calm" "$tmp/ninety" -j /kubepods.slice; found none certain; report "why CGROUP: a range that has ports left"
why "$calm" "$tmp/exclusive" -j /kubepods.slice; found range certain exclusive 28232; report "why CGROUP: a range that has none is anybody's"
why "$tmp/leak-old" "$tmp/leak-old" -j $nginx; found leak likely state BOUND && why "$tmp/leak-old" "$tmp/leak-old" -j /kubepods.slice && found none certain; report "why CGROUP: its leaks"
run "$tmp/older" why --over 0.1 -j $nginx; found earlier certain count 37 cgroup $nginx && run "$tmp/older" why --over 0.1 -j /kubepods.slice && found none likely; report "why CGROUP: its calls that failed"
mkdir -p "$tmp/tree/fs/cgroup/here"; : >"$tmp/tree/fs/cgroup/cgroup.procs"
PORTQUOTA_SYS=$tmp/tree run "$calm" why --over 0.1 /nosuch; [ $code -eq 0 ] && tells "no cgroup has the path '/nosuch' now"; report "why CGROUP: a slip of the fingers is told"
run "$calm" why /a 10.0.0.9; [ $code -eq 64 ] && tells "either a destination or a cgroup"; report "why CGROUP DESTINATION is exit 64"

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

finish
