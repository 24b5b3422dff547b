#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# cases.sh: reported situations, as the files of a namespace, and what why, check and status say of each: the cause,
# who it is due to, and what to do. The numbers behind the names are those of the cases that were staged.
# shellcheck source=tools/cli/tests/lib.sh
. "$(dirname "$0")/lib.sh"

# space NAME [RANGE [RESERVED]]: a namespace in which nothing is held yet; its path in $t.
space() {
	local range=${2:-40000-40039}

	tree "$1"
	: >"$t/net/portquota/rules"
	: >"$t/net/portquota/events"
	mkdir -p "$t/sys/net/ipv4" "$t/self"
	: >"$t/self/stat"
	setting tcp_tw_reuse 2; setting tcp_tw_reuse_delay 1000; setting tcp_timestamps 1; setting tcp_max_tw_buckets 100000
	setting ip_autobind_reuse 0; setting ip_unprivileged_port_start 1024
	setting ip_local_port_range "${range/-/	}"; setting ip_local_reserved_ports "${3-}"
}
# setting NAME VALUE: a sysctl of net.ipv4
setting() { echo "$2" >"$t/sys/net/ipv4/$1"; }
# hold N PROTO STATE SOURCE REMOTE ACCOUNT COMM PID [KIND [AGE [FIRST]]]: so many reservations, from port FIRST on
hold() {
	awk -v n="$1" -v proto="$2" -v state="$3" -v source="$4" -v remote="$5" -v account="$6" -v comm="$7" -v pid="$8" \
		-v kind="${9:-shareable}" -v age="${10:-5}" -v first="${11:-40000}" 'BEGIN {
		for (i = 0; i < n; i++)
			printf "%s %s:%d %s %s account=%s pid=%s comm=%s age=%d kind=%s%s\n", proto, source, first + i,
				remote, state, account, pid, comm, age, kind,
				state ~ /TIME-WAIT/ ? sprintf(" left=%.1f", 60 - age) : ""
	}' >>"$t/net/portquota/reservations"
}
# gone ACCOUNT: it has been removed
gone() { sed -i "s| account=$1 | account=$1 deleted=1 |" "$t/net/portquota/reservations"; }
# count_up [KEY VALUE]...: what the module says in its other files of what is held; keys of stat beside that
count_up() {
	local low high usable

	read -r low high <"$t/sys/net/ipv4/ip_local_port_range"
	usable=$((high - low + 1 - ${reserved:-0}))
	awk -v range="$low-$high" -v usable="$usable" -v more="$*" -v reuse="$(cat "$t/sys/net/ipv4/tcp_tw_reuse")" \
		-v stamps="$(cat "$t/sys/net/ipv4/tcp_timestamps")" -v delay="$(cat "$t/sys/net/ipv4/tcp_tw_reuse_delay")" -v dir="$t/net/portquota/" '
	function value(key,	i) {
		for (i = 5; i <= NF; i++)
			if (index($i, key "=") == 1)
				return substr($i, length(key) + 2)
		return ""
	}
	{
		local = $2; port = local; sub(/.*:/, "", port); sub(/:[^:]*$/, "", local)
		account = value("account") (value("deleted") ? " (deleted)" : "")
		accounts[account]
		held[$1]++
		mine[account, $1]++
		if (!(($1, port) in seen)) { seen[$1, port]; ports[$1]++ }
		tw = $4 == "TIME-WAIT"
		exclusive = value("kind") == "exclusive"
		if (tw) { waits++; mine[account, "timewait"]++ }
		if ($1 != "tcp") next
		if (exclusive && !(port in blocked)) { blocked[port]; nblocked++ }
		if (exclusive) bound++
		if ($3 ~ /\*$/) next
		to = local " " $3
		used[to]++
		uses[to, port]
		if (tw) waiting[to]++
		if (tw && !exclusive && stamps && delay <= 1000 && (reuse == 1 || (reuse == 2 && to ~ /127\./))) reusable[to]++
	}
	END {
		n = split(more, pairs, " ")
		printf "hooks live\nrange %s\nrange.usable %d\n", range, usable >dir "stat"
		keys = sprintf("tcp.current=%d tcp.exclusive=%d udp.current=%d timewait.current=%d timewait.reserving=%d tcp.usable=%d udp.usable=%d", held["tcp"], bound, held["udp"], waits, waits, usable, usable)
		m = split(keys, pair, " ")
		for (i = 1; i <= m; i++) { split(pair[i], kv, "="); print kv[1], kv[2] >dir "stat" }
		printf "tcp.ports %d\nudp.ports %d\ntcp.exclusive_ports %d\ntimewait.delay 60\ntcp.taken %d\n", ports["tcp"], ports["udp"], nblocked, 0 >dir "stat"
		printf "/ %s\n", keys >dir "accounts"
		for (i = 1; i < n; i += 2) print pairs[i], pairs[i + 1] >dir "stat"
		for (account in accounts)
			printf "%s tcp.current=%d udp.current=%d timewait.current=%d tcp.usable=%d udp.usable=%d timewait.delay=60 tcp.local=%d udp.local=%d timewait.local=%d\n", account, mine[account, "tcp"], mine[account, "udp"], mine[account, "timewait"], usable, usable, mine[account, "tcp"], mine[account, "udp"], mine[account, "timewait"] >dir "accounts"
		printf "" >dir "destinations"
		for (to in used) {
			lost = nblocked
			for (at in uses) { split(at, part, SUBSEP); if (part[1] == to && !(part[2] in blocked)) lost++ }
			printf "%s used=%d timewait=%d usable=%d free=%d reusable=%d\n", to, used[to], waiting[to], usable, usable - lost, reusable[to] >dir "destinations"
		}
	}' "$t/net/portquota/reservations"
}
# refused N: calls, the port that they named
refused() { count_up tcp.taken "$1"; sed -i '/^tcp.taken 0/d' "$t/net/portquota/stat"; }
why() { run "$t" why --over 0.1 "$@"; }
# advised WORDS: one of the advices of the first finding has them
advised() { "$jget" 0 advice <"$tmp/out" >"$tmp/n"; grep -qF -- "$1" "$tmp/out"; }
first() { json "$1" 0 cause && json "$2" 0 certainty; }
# never WORDS...: none of them is said
never() { for words; do has "$words" && return 1; done; return 0; }
agree() { run "$t" check "${@:2}"; [ $code -eq "$1" ]; }

space c01; hold 40 tcp TIME-WAIT 127.0.0.1 127.0.0.1:5000 /web nginx 7; count_up
why -j; never '"destination", "certainty": "certain"' fails; report "c01: TIME_WAITs on loopback that connect() takes over are no outage"
why; has "40 of these are TIME_WAITs that a connect() takes over"; report "c01: and that is said"
agree 0; report "c01: check is ok"
run "$t" destinations; has REUSABLE && grep -q ' 40 *40 *0  127.0.0.1 ' "$tmp/out"; report "c01: destinations tells how many are reusable"
setting tcp_timestamps 0; count_up
why -j; first destination certain && json 40 0 figures used; report "c01: without timestamps it is one"
has "net.ipv4.tcp_timestamps=1" && never tcp_tw_reuse=1; report "c01: then timestamps are advised, and not what is in force"
agree 2; report "c01: then check is critical"
setting tcp_timestamps 1; setting tcp_tw_reuse_delay 30000; count_up
why -j; first destination certain && has "sysctl -w net.ipv4.tcp_tw_reuse_delay=1000" && never tcp_tw_reuse=1 tcp_timestamps; report "c01: a delay of 30 s makes it one, and is the advice"

space c02; hold 40 tcp TIME-WAIT 10.0.0.2 10.0.0.9:5000 /web nginx 7; count_up
why -j; first destination certain && has "sysctl -w net.ipv4.tcp_tw_reuse=1" && json churn 2 cause; report "c02: TIME_WAITs beyond loopback: reuse is advised"
setting tcp_tw_reuse 1; count_up; why -j; never tcp_tw_reuse=1 fails; report "c02: tcp_tw_reuse=1 is in force, and not advised"
sed -i 's/reusable=40/reusable=0/' "$t/net/portquota/destinations"
why -j; first destination certain && has "takes none of these over, as they had no timestamps. Connections that begin now have them" && never tcp_timestamps=1 tcp_tw_reuse=1; report "c02: what had no timestamps is not taken over, and what is on already is not to be turned on"

space c03; hold 20 tcp ESTAB 127.0.0.2 127.0.0.1:5000 /proxy envoy 7 exclusive; count_up
why -j; first destination likely && json 20 0 figures free; report "c03: bound and connected, half of the ports: nothing is certain"

space c04; for i in 0 1 2 3; do hold 10 tcp ESTAB 127.0.0.2 127.0.0.1:500$i /proxy envoy 7 exclusive 5 $((40000 + 10 * i)); done; count_up
why -j; first range certain && json /proxy 0 cgroup && json envoy 0 command && json 7 0 pid && has IP_BIND_ADDRESS_NO_PORT; report "c04: bind() before connect() takes all ports"
agree 2; report "c04: and check is critical"
space c04-fixed; for i in 0 1 2 3; do hold 30 tcp ESTAB 127.0.0.2 127.0.0.1:500$i /proxy envoy 7 shareable 5 $((40000 + i)); done; count_up
why -j; never '"certainty": "certain"'; report "c04: with shared ports nothing is certain"

space c05 40000-40999; hold 1 tcp ESTAB 127.0.0.1 127.0.0.1:8500 /agent consul 7 shareable 5 40017; count_up
now=$(date +%s)
echo "$((now - 2)).000 taken /service resource=tcp current=1 threshold=1 limit=1 rate=0 port=40017" >"$t/net/portquota/events"
why -j; first port certain && json 40017 0 port && json /agent 0 cgroup && json consul 0 command && has net.ipv4.ip_local_reserved_ports=40017; report "c05: a service's port is an outgoing connection's"
why; has "TCP port 40017 was refused to /service, which asked for it by its number " && never "per second" && has " seconds ago: a connection (ESTAB) from 127.0.0.1:40017 to 127.0.0.1:8500 has it"; report "c05: in words"
why; has "ss -K 'src 127.0.0.1:40017 dst 127.0.0.1:8500'" && never "restart it"; report "c05: a close() would leave a TIME_WAIT on the port, so a reset is advised"
agree 2 && has "TCP port 40017 was refused to /service"; report "c05: and check is critical"
run "$t" reservations --port 40017; lines 2 && has consul; report "c05: reservations --port"
run "$t" reservations --port 40018; lines 1 && tells "port 40018 is held by nothing that counts"; report "c05: reservations --port of a port that is free"
cp "$t/net/portquota/reservations" "$tmp/consul"; : >"$t/net/portquota/reservations"; refused 3
why -j; first earlier certain && json none 1 cause; report "c05: what nobody has any more, the next call gets"
agree 0; report "c05: and check says so"
hold 1 tcp LISTEN 0.0.0.0 '0.0.0.0:*' /service nginx 8 exclusive 0 40017; refused 3
why -j; first earlier certain && json none 1 cause; report "c05: the service has got it, and is not in its own way"
agree 0; report "c05: so says check"
sed -i 's/age=0/age=500/' "$t/net/portquota/reservations"; why; has "another listener has it, on 0.0.0.0:40017" && has nginx; report "c05: what the same cgroup has had for long is in the way"
sed -i 's/age=500/age=1/' "$t/net/portquota/reservations"; sed "s/^[0-9.]* taken/$(date +%s).000 taken/" "$t/net/portquota/events" >"$t/again"; cp "$t/net/portquota/events" "$t/first"; mv "$t/again" "$t/net/portquota/events"
why; has "another listener has it, on 0.0.0.0:40017"; report "c05: so is what it had got before it was refused, however short before"
mv "$t/first" "$t/net/portquota/events"; sed -i 's/age=1 /age=500 /' "$t/net/portquota/reservations"
cat "$tmp/consul" >>"$t/net/portquota/reservations"; sed -i 's/age=500/age=0/' "$t/net/portquota/reservations"; count_up; why -j; json consul 0 command && json ESTAB 0 state; report "c05: of two that have it, the one that is in the way is named"
cp "$tmp/consul" "$t/net/portquota/reservations"; count_up udp.taken 7; why -j; first port certain && has "7 calls were refused the UDP port that they named"; report "c05: a TCP port that is refused now does not hide what was refused of UDP"
cp "$tmp/consul" "$t/net/portquota/reservations"; count_up
setting ip_local_reserved_ports 40017; why; never net.ipv4.ip_local_reserved_ports=; report "c05: what is reserved is not advised to be"
setting ip_local_reserved_ports 30000-30010; why; has net.ipv4.ip_local_reserved_ports=30000-30010,40017; report "c05: what is reserved stays so"
echo "$((now - 100)).000 end /service resource=tcp current=1 threshold=1 limit=1 rate=0 port=40017 of=taken count=3 seconds=2 last=$((now - 110)).000" >>"$t/net/portquota/events"
refused 3
why -j; first earlier certain && json 3 0 figures count && json 40017 0 port && json none 1 cause; report "c05: and when it is over, it was earlier"
agree 0 && agree 1 --since 300 && has "3 calls of /service were refused the TCP port 40017, the last"; report "c05: check --since"
sed -i 's/count=3/count=1/' "$t/net/portquota/events"; run "$t" check --since 300; has "1 call of /service was refused the TCP port 40017, the last"; report "c05: one call is one call"

space c05-chosen; hold 20 udp UNCONN 0.0.0.0 '0.0.0.0:*' /resolver unbound 8 exclusive; count_up udp.taken 1
event() { echo "$(($(date +%s) - $1)).000 taken $2 resource=$3 current=1 threshold=1 limit=1 rate=0 port=$4"; }
event 3 /resolver udp 40007 >"$t/net/portquota/events"
why; has "likely: port" && has "/resolver was refused UDP port 40007, which it asked for by number: it seems to choose ports itself" && has "bind() with port 0." && never ip_local_reserved_ports=40007 IP_BIND "certain: port" "since the module"; report "c05: a resolver that meets its own port is no outage"
agree 0; report "c05: so says check"
for i in 7 8 9 10 11; do event 3 /resolver udp $((40000 + i)); done >"$t/net/portquota/events"
why -j; json likely 0 certainty && json 5 0 figures ports && json /resolver 0 cgroup; report "c05: nor if it meets many, and they are told in one piece"
# Anew, as a slow machine takes longer for that than they are news to check.
for i in 7 8 9 10 11; do event 1 /resolver udp $((40000 + i)); done >"$t/net/portquota/events"
agree 1 && has "WARNING - /resolver was refused 5 UDP ports that it chose by their number |"; report "c05: check warns then"
sed -i 's/account=.resolver/account=\/other/; s/ pid=8 / pid=9 /' "$t/net/portquota/reservations"; count_up udp.taken 5
why -j; json likely 0 certainty && json 5 0 figures ports; report "c05: many ports are chosen, whoever has them"
event 3 /resolver udp 40007 >"$t/net/portquota/events"
why -j; first port certain && json /other 0 cgroup && has net.ipv4.ip_local_reserved_ports=40007; report "c05: one that another has is a service's"
space c05-dns 40000-40099; hold 98 udp UNCONN 0.0.0.0 '0.0.0.0:*' /resolver unbound 8 exclusive; hold 2 udp UNCONN 0.0.0.0 '0.0.0.0:*' /dnsperf dnsperf 9 exclusive 5 40098; count_up udp.taken 45638
for i in 98 99; do event 3 /resolver udp $((40000 + i)); done >"$t/net/portquota/events"
why -j; first range certain && json /resolver 0 cgroup && json likely 1 certainty && json 2 1 figures ports && never '"cause": "port", "certainty": "certain"'; report "c05: a resolver with many ports that meets those of another program chooses them, and the range is what is short"
space c05-proxy; hold 20 tcp TIME-WAIT 10.0.0.1 10.0.0.9:80 /proxy haproxy 8 exclusive; count_up tcp.taken 5
for i in 7 8 9 10; do event 3 /proxy tcp $((40000 + i)); done >"$t/net/portquota/events"
why; has "likely: port" && has "was refused 4 TCP ports, 40007 among them, that it asked for by number" && has IP_BIND_ADDRESS_NO_PORT; report "c05: a proxy that chooses its ports in turn"
event 3 /proxy tcp 40007 >"$t/net/portquota/events"; why -j; first port certain; report "c05: one TCP port is a service's"
for i in 7 8 9 10; do event 3 /proxy tcp "$((40000 + i)) source=10.0.0.1 destination=10.0.0.9:80"; done >"$t/net/portquota/events"
why; has "/proxy cannot connect from 4 TCP ports that it has bound before, from 40007 to 10.0.0.9:80 among them" && has IP_BIND_ADDRESS_NO_PORT && never ip_local_reserved_ports "certain: port"; report "c28: many ports that are bound and meet the same connection are told in one piece"

space c06 40000-40199; hold 200 udp UNCONN 127.0.0.1 127.0.0.1:53 /resolver unbound 8 exclusive; hold 30 tcp ESTAB 127.0.0.1 127.0.0.1:5000 /web nginx 7; count_up
why; has "Limit the largest user: portquota rule set '/resolver udp.max=NUMBER'."; report "c06: the rule that would limit him is named"
why -j; first range certain && json udp 0 resource && json /resolver 0 cgroup && json unbound 0 command && json 200 0 held; report "c06: UDP is used up, and who by"
agree 2 && has "UDP 100% of the range in use, 200 of 200 ports: no socket gets a port, most (200) by unbound in /resolver"; report "c06: check names him too"
run "$t" status; has "PROGRAM    unbound, pid 8, holds most: 200"; report "c06: and status"
space c06-deep 40000-40199; hold 200 udp UNCONN 127.0.0.1 127.0.0.1:53 '/resolver/l/(id:4711)' unbound 8 exclusive; count_up
why; has "Limit the largest user: portquota rule set '/resolver/l udp.max=NUMBER'."; report "c06: a cgroup whose path is cut is limited by the one above it"

space c07; for i in 0 1 2 3; do hold 25 tcp ESTAB 127.0.0.1 127.0.0.1:500$i /proxy nginx 7 shareable 5 $((40000 + 3 * i)); done; count_up
why -j; never '"certainty": "certain"' "is used up" && has "bind() without a port cannot"; report "c07: all ports shared: bind() alone is short"
agree 1; report "c07: and check is no more than a warning"
why; has IP_BIND_ADDRESS_NO_PORT; report "c07: what helps a program that calls bind() is told"

space c09; for i in 0 1 2 3 4 5 6 7; do hold 5 tcp TIME-WAIT 10.9.9.9 10.9.9.9:5000 /job$i curl $((20 + i)) shareable 5 $((40000 + 5 * i)); gone /job$i; done; hold 3 tcp TIME-WAIT 10.9.9.9 10.9.9.9:5002 /bystander innocent 99; count_up
why; never innocent && has "(deleted), holds 5, the most of 8 cgroups" && has "program  curl"; report "c09: removed cgroups are named, and not the bystander"
has "portquota rule set 'PATH tcp.max=NUMBER'" && never /job0' tcp.max'; report "c09: where none has half of it, none is to be limited"
run "$t" status; never innocent; report "c09: nor by status"
space c09-jobs; for i in 0 1 2 3 4 5 6 7; do hold 4 tcp TIME-WAIT 10.9.9.9 10.9.9.9:5000 /job$i curl $((20 + i)) shareable 5 $((40000 + 4 * i)); gone /job$i; done; hold 8 tcp TIME-WAIT 10.9.9.9 10.9.9.9:5000 /bystander innocent 99 shareable 5 40032; count_up
why; never innocent && has "/job0 (deleted), holds 4, the most of 9 cgroups" && has "program  curl, 8 processes, hold 32 in 8 removed cgroups"; report "c09: what one command has left in many removed cgroups is more than a bystander has"
why -j; json curl 0 command && json 32 0 held && json 8 0 removed && json 8 0 processes; report "c09: the same in JSON"
agree 2 && has "most (32) by curl in 8 removed cgroups" && never innocent; report "c09: check says the same"
run "$t" status; has "curl, 8 processes, holds most: 32" && has "in 8 removed cgroups"; report "c09: and status"
space c09-living; for i in 0 1 2 3; do hold 8 tcp ESTAB 10.9.9.9 10.9.9.9:5000 /svc$i python3 $((20 + i)) shareable 5 $((40000 + 8 * i)); done; hold 8 tcp ESTAB 10.9.9.9 10.9.9.9:5000 /cache redis 99 shareable 5 40032; hold 2 tcp ESTAB 10.9.9.9 10.9.9.9:5001 /cache redis 99; count_up
run "$t" status; has "redis, pid 99, holds most: 10"; report "c09: living cgroups are told apart, whatever their command is called"

reserved=28192 space c10 32768-60999 32768-60959; hold 40 tcp ESTAB 127.0.0.1 127.0.0.1:5000 /app app 7 shareable 5 60960; reserved=28192 count_up
why; has "ip_local_reserved_ports keeps 28192 of its 28232 ports out of it" && has "Keep fewer ports out of the range"; report "c10: the range is small as most of it is reserved"
why -j; first destination certain && "$jget" 0 what <"$tmp/out" | grep -q ip_local_reserved_ports && "$jget" 0 advice 0 <"$tmp/out" | grep -q "Keep fewer ports out"; report "c10: that is told of the destination that is full, and the cure before others"

space c12; hold 40 tcp SYN-SENT 10.1.1.1 10.1.1.2:443 /client wget 7; count_up
why; has "40 of them SYN-SENT" && has tcp_syn_retries && never "Reuse connections"; report "c12: SYN-SENT: the server does not answer"
space c13; hold 40 tcp FIN-WAIT-2 10.1.1.1 10.1.1.2:443 /client wget 7; count_up
why; has "40 of them FIN-WAIT-2" && has tcp_fin_timeout && never "Reuse connections" tcp_tw_reuse "in TIME_WAIT"; report "c13: FIN-WAIT-2: the other side does not close"
mkdir -p "$t/32/fd"; echo leakyd >"$t/32/comm"; ln -s "socket:[800]" "$t/32/fd/3"
echo '  0: 0201010A:01BB 0101010A:9C40 08 00000000:00000000 00:00000000 00000000     0        0 800 1' >"$t/net/tcp"
why; has "have its program (leakyd, pid 32, on this host) close()"; report "c13: the program of the other side, where it is on this host"
why -j; json leakyd 0 peer.command && json 32 0 peer.pid; report "c13: the same in JSON"
space c14; hold 40 tcp FIN-WAIT-1 10.1.1.1 10.1.1.2:5000 /backup rsync 290; count_up
why; has "40 of them FIN-WAIT-1" && has tcp_orphan_retries && has "rsync, pid 290 (it has ended)" && never "Reuse connections"; report "c14: orphans in FIN-WAIT-1, of a program that has ended"

space c16; for i in 0 1 2 3; do hold 10 tcp ESTAB 127.0.0.1 127.0.0.1:500$i /holder proxy 7 shareable 5 $((40000 + 10 * i)); done; count_up tcp.spoiled 40
sed -i 's/free=30/free=0/' "$t/net/portquota/destinations"
why -j; first range certain && json 40 0 figures spoiled && has IP_BIND_ADDRESS_NO_PORT; report "c16: ports that a bind() has spoiled"
has "can be shared again when these connections have ended" && never ip_autobind_reuse; report "c16: what gives them back is told, and nothing that does not"

space c18 40000-40999; setting tcp_timestamps 0; hold 1 tcp TIME-WAIT 10.9.9.9 10.9.9.9:5060 /phone sipd 7 exclusive 5 40060; count_up
echo "$now.000 taken /phone resource=tcp current=1 threshold=1 limit=1 rate=0 source=10.9.9.9 destination=10.9.9.9:5060 port=40060" >"$t/net/portquota/events"
why; has "TCP of /phone cannot connect from port 40060 to 10.9.9.9:5060" && has "a TIME_WAIT from 10.9.9.9:40060 to 10.9.9.9:5060 has it, for 55 seconds more" && has "net.ipv4.tcp_timestamps=1" && never ip_local_reserved_ports; report "c18: the same connection again meets its own TIME_WAIT"

space c20; hold 20 tcp ESTAB 10.9.9.9 10.9.9.9:5000 /web - 0; hold 20 tcp TIME-WAIT 10.9.9.9 10.9.9.9:5000 '(before\040load)' - 0 shareable 5 40020
count_up; sed -i 's/^(before.040load) /(before load) /' "$t/net/portquota/accounts"
mkdir -p "$t/31/fd"; echo fill >"$t/31/comm"
for i in $(seq 0 19); do printf '  %d: 0909090A:%04X 0909090A:1388 01 00000000:00000000 00:00000000 00000000     0        0 %d 1\n' "$i" $((40000 + i)) $((700 + i)); done >"$t/net/tcp"
for i in $(seq 0 19); do ln -s "socket:[$((700 + i))]" "$t/31/fd/$((3 + i))"; done
why; has "certain: destination" && has "cgroup   /web, holds 20" && has "fill, pid 31" && never "  -, "; report "c20: who has sockets open from before the load, as ss -p has it"
has "(20 of these are from before the module was loaded, and whose is not known)"; report "c20: and what cannot be known"
run "$t" reservations --port 40003; has fill; report "c20: and reservations tells it"
rm "$t/net/tcp"; why; has "cgroup   /web, holds 20" && never "program"; report "c20: an unknown program is left out"

space c23 40000-40999; for i in $(seq 0 11); do hold 20 tcp CLOSE-WAIT 127.0.0.1 127.0.0.1:5000 "/pod$i" java $((40 + i)) shareable 90 $((40000 + 20 * i)); done; count_up
why -j; first leak likely && json java 0 command && has "java in 12 cgroups holds 240 ports in CLOSE-WAIT"; report "c23: a leak in many parts"
space c23-udp 40000-40999; hold 400 udp UNCONN 0.0.0.0 '0.0.0.0:*' /quic quicd 8 exclusive 70; count_up
why -j; first leak likely && json quicd 0 command && json UDP 0 state; report "c23: a leak of UDP"
space c23-young 40000-40999; hold 300 tcp BOUND 0.0.0.0 '0.0.0.0:*' /a prog 8 exclusive 20; count_up
why -j; first leak likely && json BOUND 0 state; report "c23: a quarter of the ports is told before a minute has passed"
space c23-server 40000-40999; count_up timewait.fin_wait2 240; sed -i 's/^timewait.current .*/timewait.current 240/' "$t/net/portquota/stat"
why; has "There are 240 of 100000 TIME_WAITs, 240 of them still in FIN-WAIT-2."; report "c23: what waits for the other side's close() is told apart"

space c27 40000-40999; hold 1 tcp TIME-WAIT 127.0.0.1 127.0.0.1:8500 /agent curl 366 shareable 7 40017; count_up
echo "$now.000 taken /service resource=tcp current=1 threshold=1 limit=1 rate=0 port=40017" >"$t/net/portquota/events"
why; has "a TIME_WAIT from 127.0.0.1:40017 to 127.0.0.1:8500 has it, for 53 seconds more" && has "curl, pid 366" && has "net.ipv4.ip_local_reserved_ports=40017"; report "c27: listen() against a client's TIME_WAIT"
space c27-self 40000-40999; hold 1 tcp ESTAB 127.0.0.1 127.0.0.1:40016 /poller nc 9 exclusive 7 40016; count_up
echo "$now.000 taken /service resource=tcp current=1 threshold=1 limit=1 rate=0 port=40016" >"$t/net/portquota/events"
why; has "a connection from 127.0.0.1:40016 to itself has it"; report "c27: a connection to itself"

space c28; for i in 0 1; do hold 31 tcp ESTAB 127.0.0.2 127.0.0.1:500$i /gatling java 7 exclusive 5 $((40000 + 9 * i)); done; setting ip_autobind_reuse 1; count_up
why -j; json 40 2 figures exclusive && never "net.ipv4.ip_autobind_reuse=1"; report "c28: sockets that share ports are as many ports as there are, and what is in force is not advised"
has "no connect() can share them, but a bind() without a port by SO_REUSEADDR can (net.ipv4.ip_autobind_reuse)"; report "c28: and who still gets one"
for port in 40007 40009; do echo "$(date +%s).000 taken /gatling resource=tcp current=1 threshold=1 limit=1 rate=0 source=127.0.0.2 destination=127.0.0.1:5001 port=$port"; done >"$t/net/portquota/events"
why; has "/gatling cannot connect from 2 TCP ports that it has bound before, from 40007 to 127.0.0.1:5001 among them" && never "certain: port"; report "c28: of a few, too, where the kernel chooses what bind() shares"

now=$(date +%s)
space c28-reused; hold 1 tcp ESTAB 127.0.0.2 127.0.0.1:5000 /other curl 6 exclusive 5 40007; hold 1 tcp ESTAB 127.0.0.2 127.0.0.1:5001 /gatling java 7 exclusive 5 40007; setting ip_autobind_reuse 1; setting tcp_timestamps 0; count_up
echo "$now.000 taken /gatling resource=tcp current=1 threshold=1 limit=1 rate=0 source=127.0.0.2 destination=127.0.0.1:5001 port=40007" >"$t/net/portquota/events"
why; has "cannot connect from port 40007 to 127.0.0.1:5001" && has "a connection (ESTAB) from 127.0.0.2:40007 to 127.0.0.1:5001 has it" && has "program  java, pid 7" && never ip_local_reserved_ports tcp_timestamps=1 curl; report "c28: a connect() from a bound port meets the same connection, not what else has the port"
sed -i /5001/d "$t/net/portquota/reservations"; refused 1; why -j; first earlier certain; report "c28: and when that has ended, nothing is in the way"

space c30 40000-40999; count_up tcp.exhausted 20
printf '%d.000 exhausted /batch resource=tcp current=40 threshold=40 limit=40 rate=0 source=127.0.0.1 destination=127.0.0.1:5000\n%d.000 end /batch resource=tcp current=0 threshold=40 limit=40 rate=0 source=127.0.0.1 destination=127.0.0.1:5000 of=exhausted count=20 seconds=1 last=%d.000\n' $((now - 69)) $((now - 58)) $((now - 68)) >"$t/net/portquota/events"
why; [ "$(head -1 "$tmp/out")" = earlier ] && grep -q '20 calls found no free TCP port since the module was loaded, the last [6-9][0-9] seconds ago, by /batch towards 127.0.0.1:5000' "$tmp/out" && has "certain: none"; report "c30: asked after the burst"
run "$t" --color=always; grep -q "tcp.exhausted 20.*the last [6-9][0-9] seconds ago" "$tmp/out" && ! grep -q $'\033\\[1;31mtcp.exhausted' "$tmp/out"; report "c30: status tells its age, and is not red"
sed -i 's/^tcp.exhausted 20/tcp.exhausted 33/' "$t/net/portquota/stat"; why; grep -q '33 calls found no free TCP port since the module was loaded, the last [6-9][0-9] seconds ago in a run of 20, by /batch towards' "$tmp/out"; report "c30: the last run is told apart from all that failed"
sed -i 's/^tcp.exhausted 33/tcp.exhausted 20/' "$t/net/portquota/stat"
agree 0 && agree 1 --since 90 && has "20 calls of /batch found no free TCP port towards 127.0.0.1:5000, the last" && agree 0 --since 30; report "c30: check --since"
run "$t" events; has "exhausted over: 20 calls found no port from 127.0.0.1 to 127.0.0.1:5000, within 1s"; report "c30: and events"

space c32; hold 40 tcp LISTEN 0.0.0.0 '0.0.0.0:*' /forwarder gvproxy 7 exclusive; count_up
why -j; first range certain && json LISTEN 0 state && json gvproxy 0 command && advised "These are listeners" && never IP_BIND_ADDRESS_NO_PORT; report "c32: listeners on every port"

space narrow 40000-40999; hold 100 tcp ESTAB 127.0.0.1 127.0.0.1:5000 /pool postgres 7; hold 10 tcp ESTAB 127.0.0.1 127.0.0.1:5001 /crawler scrapy 8 shareable 5 40900; count_up
echo "$(date +%s).000 exhausted /crawler resource=tcp current=10 threshold=10 limit=10 rate=0 source=127.0.0.1 destination=127.0.0.1:5001" >"$t/net/portquota/events"
# fail_on: calls of /crawler go on to fail while the tool looks
fail_on() {
	local i

	for ((i = 1; i < 600; i++)); do
		for file in stat accounts; do cp "$t/net/portquota/$file" "$t/$file"; done
		sed -i "/^tcp.exhausted/d" "$t/stat"; echo "tcp.exhausted $i" >>"$t/stat"
		sed -Ei "s/ tcp.exhausted=[0-9]*//; s#^(/crawler|/) .*#& tcp.exhausted=$i#" "$t/accounts"
		for file in stat accounts; do mv "$t/$file" "$t/net/portquota/$file"; done
		sleep 0.1
	done
}
fail_on & failer=$!
agree 2 && has "calls of /crawler found no free TCP port, though 1" && has IP_LOCAL_PORT_RANGE && never postgres; report "narrow: check sees that calls fail now, and of whom"
run "$t" status; has "calls of /crawler found no free TCP port, though 1" && grep -q '^tcp.exhausted [0-9]*: calls for which the kernel had no free TCP port, [1-9][0-9]* in the last second; this run of them began ' "$tmp/out"; report "narrow: and so does status"
run "$t" export; grep -q '^portquota_shortage_level 3$' "$tmp/out"; report "narrow: and export"
why -j --over 1; first range likely && json /crawler 0 cgroup && json scrapy 0 command && has "Give these sockets more ports" && never ip_local_port_range tcp.max earlier; report "narrow: why says the same, and no more ports for all are advised"
kill $failer; wait $failer 2>/dev/null
agree 0; report "narrow: when none fails any more, check is ok"
run "$t" status; never "calls of /crawler" && has "calls for which the kernel had no free TCP port, none in the last second; the last run of them began "; report "narrow: and status does not say that any does"
why; grep -q 'calls found no free TCP port since the module was loaded, none during the last [0-9.]* seconds; the last run of them began .*, by /crawler towards 127.0.0.1:5001' "$tmp/out"; report "narrow: nor why"
sed -i "s/^[0-9]*/$(($(date +%s) - 300))/" "$t/net/portquota/events"; run "$t" --color=always; ! grep -q $'\033\\[1;31mtcp.exhausted' "$tmp/out" && grep -q 'tcp.exhausted' "$tmp/out"; report "narrow: a run that waits long for its end is not red for ever"

# What is widened brings services in.
space widened; hold 40 tcp ESTAB 10.0.0.2 10.0.0.9:80 /a curl 7; count_up; mkdir -p "$t/55/fd"; echo consul >"$t/55/comm"; ln -s 'socket:[900]' "$t/55/fd/3"
printf '  0: 00000000:9C4A 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 901 1\n  1: 00000000:8235 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 900 1\n' >"$t/net/tcp"
why; has "33333 consul" && has "net.ipv4.ip_local_reserved_ports=33333." && has 'net.ipv4.ip_local_port_range="32768 60999"'; report "widening: the services that would come into the range are named"
run "$t" range; has "LISTENS INSIDE OF THE RANGE" && has 40010 && has "sysctl -w net.ipv4.ip_local_reserved_ports=40010" && never 33333; report "range: the services that are in it today"

# Where a state is what is to be done about, who has living connections is not to blame, however many these are.
space state-destination 40000-40199; for i in 1 2; do hold 60 tcp CLOSE-WAIT 10.0.0.2 10.0.0.9:80 /leak/$i leaky $i shareable 500 $((39940 + 60 * i)); done; hold 80 tcp ESTAB 10.0.0.2 10.0.0.9:80 /victim web 9 shareable 50 40120; count_up
why -j; first destination certain && json /leak/1 0 cgroup && json leaky 0 command && json 60 0 cgroup.held && json CLOSE-WAIT 0 held.state && json 2 0 cgroups && never web; report "state: of a full destination that is most CLOSE-WAIT, who has these is named"
why; has "cgroup   /leak/1, holds 60 in CLOSE-WAIT, the most of 2 cgroups"; report "state: in words"
agree 2 && has "200 of 200, most in CLOSE-WAIT (60) by leaky in /leak/1" && never victim; report "state: check says the same"
sed -i s/CLOSE-WAIT/SYN-SENT/ "$t/net/portquota/reservations"; why -j; json SYN-SENT 0 state && json leaky 0 command && never web; report "state: SYN-SENT"
sed -i 's/SYN-SENT \(.*\)$/TIME-WAIT \1 left=30.0/' "$t/net/portquota/reservations"; count_up; why -j; first destination certain && json leaky 0 command && has tcp_tw_reuse=1 && never web; report "state: TIME-WAIT"
run "$t" status; has "PROGRAM    web, pid 9, holds most: 80"; report "state: who holds most of all is who holds most of all"
space state-limit 40000-40999; for i in 1 2; do hold 60 tcp CLOSE-WAIT 10.0.0.2 10.0.0.9:80 /s/leak/$i leaky $i shareable 500 $((39940 + 60 * i)); done; hold 80 tcp ESTAB 10.0.0.2 10.0.0.9:80 /s/web web 9 shareable 50 40120; count_up
echo "/s tcp.current=200 udp.current=0 timewait.current=0 tcp.usable=1000 udp.usable=1000 tcp.local=0 tcp.max=200 tcp.warn=160" >>"$t/net/portquota/accounts"; echo "/s tcp.max=200" >"$t/net/portquota/rules"
why -j; first rule certain && json CLOSE-WAIT 0 state && json leaky 0 command && never '"web"'; report "state: of a limit, too"
space state-range 40000-40199; for i in 1 2; do hold 70 tcp LISTEN 0.0.0.0 '0.0.0.0:*' /c/$i docker-proxy $i exclusive 500 $((39930 + 70 * i)); done; for i in 1 2; do hold 60 tcp ESTAB 10.0.0.2 10.0.0.$i:80 /web nginx 9 exclusive 5 40140; done; count_up
why -j; first range certain && json LISTEN 0 state && json /c/1 0 cgroup && json 70 0 held && never nginx; report "state: of a range, where listeners are most of what is bound"
agree 2 && has "no connect() can share them, most in LISTEN (70) by docker-proxy in /c/1 |"; report "state: check says so, and nothing of bind() to other addresses"

# Of a range ports run out: one that many sockets have is one.
space ports-udp 40000-40199; for i in $(seq 300); do hold 1 udp UNCONN 0.0.0.0 '0.0.0.0:*' /quic quicd 7 exclusive 500 40000; done; hold 199 udp UNCONN 0.0.0.0 '0.0.0.0:*' /resolver unbound 8 exclusive 5 40001; count_up
why -j; first range certain && json /resolver 0 cgroup && json 199 0 held && never quic; report "ports: 300 sockets on one UDP port hold one, and leak none"
agree 2 && has "most (199) by unbound in /resolver"; report "ports: check says the same"
run "$t" status; has "PROGRAM    unbound, pid 8, holds most: 199"; report "ports: and status"
space ports-bound 40000-40199; for i in 1 2 3; do hold 60 tcp LISTEN 0.0.0.0 '0.0.0.0:*' /a gunicorn $i exclusive 500 40000; done; hold 140 tcp BOUND 0.0.0.0 '0.0.0.0:*' /b leaky 8 exclusive 500 40060; count_up
why -j; first range certain && json /b 0 cgroup && json BOUND 0 state && json 140 0 held && never gunicorn; report "ports: listeners that share them"
space ports-shared 40000-40199; for i in 1 2 3; do hold 60 tcp ESTAB 10.0.0.2 10.0.0.$i:80 /a curl 7 shareable 50 40000; done; hold 140 tcp ESTAB 10.0.0.2 10.0.0.9:80 /b java 8 shareable 5 40060; count_up
why 10.0.0.8; has "cgroup   /b, holds 140, the most of 2 cgroups"; report "ports: connections that share them"
space ports-leak 40000-40999; for i in 1 2 3; do hold 60 tcp BOUND 0.0.0.0 '0.0.0.0:*' /a curl 7 exclusive 500 40000; done; count_up
why; has "/a holds 60 ports in BOUND"; report "ports: a leak of sockets that share them"
# Jobs that have ended, on the same ports towards different servers
space ports-removed 40000-40039; for i in 1 2 3 4 5; do hold 8 tcp TIME-WAIT 10.0.0.2 10.0.0.$i:80 /job$i curl $i shareable 5 40000; gone /job$i; done; hold 32 tcp ESTAB 10.0.0.2 10.0.0.9:80 /app java 9 shareable 5 40008; count_up
why 10.0.0.8; has "cgroup   /app, holds 32" && never curl; report "ports: what many removed cgroups share is not added up"

# What is given away to a connect() keeps nobody from a port.
space given-away 40000-40199; hold 19 tcp TIME-WAIT 127.0.0.1 127.0.0.1:80 /bench ab 7; for i in $(seq 12); do hold 15 tcp ESTAB 127.0.0.1 127.0.0.1:80 "/svc$i" "app$i" $((100 + i)) shareable 50 $((40004 + 15 * i)); done; count_up
agree 2 && has "most (15) by app1 in /svc1" && never bench; report "given away: who holds only that is not to blame"
why; has "cgroup   /svc1, holds 15, the most of 12 cgroups" && never bench; report "given away: why says the same"

# All ports of the range are reserved: no call gets one.
reserved=1000 space all-reserved 40000-40999 40000-40999; hold 5 tcp ESTAB 10.0.0.2 10.0.0.9:80 /a curl 7 exclusive 50 40000; reserved=1000 count_up
why -j; first range certain && json tcp 0 resource && json udp 1 resource && json certain 1 certainty && "$jget" 0 advice 0 <"$tmp/out" | grep -q "Keep fewer ports out" && never '"none"' curl tcp.max IP_BIND; report "all reserved: that is why calls fail, and nobody is blamed"
agree 2 && has "no TCP port of the range may be used: all 1000 are reserved" && has "no UDP port"; report "all reserved: check says the same"
run "$t" status; has "no TCP port of the range may be used: all 1000 are reserved"; report "all reserved: and status"
run "$t" export; grep -q '^portquota_shortage_level 4$' "$tmp/out"; report "all reserved: and export"
echo "/v tcp.current=0" >>"$t/net/portquota/accounts"; echo "$(date +%s).000 exhausted /v resource=tcp current=0 threshold=0 limit=0 rate=0" >"$t/net/portquota/events"
eval "$(declare -f fail_on | sed 's/crawler/v/; s/^fail_on/v_fails/')"; v_fails & failer=$!
why --over 1; grep -q 'has no port that may be used: .* has all 1000 .*; calls that found no port: .*, most of /v' "$tmp/out" && never IP_LOCAL_PORT_RANGE "Give these sockets"; report "all reserved: while calls fail, too"
kill $failer; wait $failer 2>/dev/null

# Calls that fail seldom: none does between the two looks, and the run of them is not over.
ago() { echo "$(($(date +%s) - $1)).000 ${*:2}"; }
space seldom 40000-40999; hold 20 tcp ESTAB 10.0.0.2 10.0.0.9:80 /a java 7 shareable 50; count_up tcp.exhausted 30; ago 12 exhausted /a resource=tcp current=20 threshold=1000 limit=1000 rate=0 source=10.0.0.2 destination=10.0.0.9:80 >"$t/net/portquota/events"
why; has "likely: range" && grep -q 'though 20 of 1000 ports are held.*; a run of calls of /a that found no port began 1[2-9] seconds ago and is not over' "$tmp/out" && never "certain: none"; report "seldom: a run that is not over is not nothing"
agree 1 && has "a run of calls that found no free TCP port, of /a, is not over, though 2% of the range is in use"; report "seldom: check warns"
run "$t" status; has "a run of calls that found no free TCP port, of /a, is not over"; report "seldom: status says so"
sed -i 's/tcp /udp /; s/=tcp /=udp /' "$t/net/portquota/events"; why; has "The namespace's UDP range" && has "a run of calls of /a" && never "certain: none"; report "seldom: of UDP, too"
space seldom-refused 40000-40999; hold 5 tcp ESTAB 10.0.0.2 10.0.0.9:80 /a curl 7; count_up tcp.denied 12; echo '/b tcp.current=0 udp.current=0 timewait.current=0 tcp.usable=1000 udp.usable=1000 tcp.local=0 tcp.max=0 tcp.warn=0 tcp.denied=12' >>"$t/net/portquota/accounts"
echo "/b tcp.max=0" >"$t/net/portquota/rules"; ago 2 deny /b resource=tcp current=0 threshold=0 limit=0 rate=0 >"$t/net/portquota/events"
why -j; first rule certain && json /b 0 cgroup && has "/b is at 0 of its tcp.max of 0"; report "seldom: a cgroup that may hold nothing, and has been refused it"
agree 2 && has "/b is at its tcp.max, 0 of 0"; report "seldom: check is critical"
sed -i 's/tcp.max=0 tcp.warn=0/tcp.max=9 tcp.warn=9/' "$t/net/portquota/accounts"; why; has "likely: none" && [ "$(head -1 "$tmp/out")" = earlier ] && agree 0; report "seldom: where it could hold more again, nothing is short, but that is not certain"
space seldom-full; hold 5 tcp ESTAB 10.0.0.2 10.0.0.9:80 /a java 7; count_up tcp.exhausted 3; ago 3 exhausted /a resource=tcp current=40 threshold=40 limit=40 rate=0 source=10.0.0.2 destination=10.0.0.9:80 >"$t/net/portquota/events"
why; has "likely: none" && [ "$(head -1 "$tmp/out")" = earlier ] && agree 0; report "seldom: nor where all ports were used when the run began, and are not now"

# Calls that fail, and not for the destination that is full.
space not-there 40000-40199; hold 200 tcp ESTAB 10.0.0.2 10.0.0.9:80 /a java 7; count_up; echo "/v tcp.current=0" >>"$t/net/portquota/accounts"
echo "$(date +%s).000 exhausted /v resource=tcp current=200 threshold=200 limit=200 rate=0" >"$t/net/portquota/events"
v_fails & failer=$!
why --over 1; has "to this destination fails." && grep -q 'bind() without a port.* finds none, .*; calls that found no port: [0-9]* per second, most of /v\.' "$tmp/out" && [ "$(grep -c '^certain: ' "$tmp/out")" -eq 2 ]; report "not there: a bind() without a port is not counted as a connect() to where it is full"
agree 2; run "$t" status -j; "$jget" short 0 level <"$tmp/out" >"$tmp/n"; grep -qE 'critical|full' "$tmp/n"; report "not there: check and status have it as the range's"
echo "$(date +%s).000 exhausted /v resource=tcp current=200 threshold=200 limit=200 rate=0 source=10.0.0.3 destination=10.0.0.77:443" >"$t/net/portquota/events"
why --over 1; has "to this destination fails." && has "likely: range" && has "IP_LOCAL_PORT_RANGE" && grep -q 'calls that found no port: [0-9]* per second, most of /v' "$tmp/out"; report "not there: nor is a connect() to elsewhere"
{ ago 3 exhausted /v resource=tcp current=1 threshold=1 limit=1 rate=0 source=10.0.0.2 destination=10.0.0.9:80; ago 2 exhausted /v resource=tcp current=1 threshold=1 limit=1 rate=0; } >"$t/net/portquota/events"
why --over 1; has "to this destination fails." && has "calls that found no port: "; report "not there: where both fail, it is not known how many there are of each"
{ ago 3 exhausted /v resource=tcp current=1 threshold=1 limit=1 rate=0 source=10.0.0.2 destination=10.0.0.9:80; } >"$t/net/portquota/events"
why --over 1; grep -q 'to this destination fails, now [0-9]* per second, most of /v' "$tmp/out" && never "calls that found no port: "; report "not there: what goes there is counted there"
kill $failer; wait $failer 2>/dev/null

# A port that is held on one address is free on another.
space address-udp; hold 40 udp UNCONN 127.0.0.1 127.0.0.1:53 /resolver unbound 8 exclusive; count_up
why; has "certain: range" && has "40 of 40 ports: no UDP socket gets a port, unless bound to another address than 127.0.0.1."; report "address: UDP ports on one address"
agree 2 && has ": no socket gets a port, most (40) by unbound in /resolver; another address than 127.0.0.1 has ports left"; report "address: check says so"
sed -i 's/127.0.0.1:40000 /127.0.0.2:40000 /' "$t/net/portquota/reservations"; why; has ": no UDP socket gets a port, unless bound to an address with ports left."; report "address: on several"
sed -i 's/127.0.0.[12]:\(4[0-9]* \)/0.0.0.0:\1/' "$t/net/portquota/reservations"; why; has ": no UDP socket gets a port." && agree 2 && never "has ports left"; report "address: on all"
sed -i 's/0.0.0.0:\(4[0-9]* \)/[::1]:\1/' "$t/net/portquota/reservations"; why; has ": no UDP socket of IPv6 gets a port, unless bound to another address than [::1]."; report "address: those of IPv6 leave IPv4 its ports"
space address-tcp; for i in 1 2; do hold 20 tcp ESTAB 10.0.0.2 10.0.0.$i:80 /a curl 7 shareable 5 $((39980 + 20 * i)); done; count_up
why; has "but bind() without a port finds none, unless to another address than 10.0.0.2."; report "address: TCP ports that connect() holds"
agree 1 && has "connect() can share them, bind() cannot, most (40) by curl in /a; another address than 10.0.0.2 has ports left"; report "address: check says so of TCP"
rm "$t/net/portquota/reservations"; mkdir "$t/net/portquota/reservations"; why; has "but bind() without a port finds none, unless to an address with ports left."; report "address: who cannot see them does not say that there is none"

# What is outside of a container's view has a name, and is the most; what is from before the load has none.
space outside 40000-40199; hold 150 tcp ESTAB 10.0.0.2 10.0.0.9:80 '(outside)' - 0; hold 50 tcp ESTAB 10.0.0.2 10.0.0.9:80 / me 8 shareable 5 40150; count_up
why; has "certain: destination" && has "cgroup   (outside), holds 150, the most of 2 cgroups" && has "outside of this cgroup namespace: ask on the host" && never "holds 50" "program"; report "outside: who holds most cannot be seen, and nobody else is blamed"
agree 2 && has "most (150) by (outside)" && never "by me"; report "outside: check says the same"
run "$t" status; never "holds most: 50"; report "outside: nor does status blame another"
space before-load 40000-40199; hold 150 tcp TIME-WAIT 10.0.0.2 10.0.0.9:80 '(before\\040load)' - 0; hold 50 tcp TIME-WAIT 10.0.0.2 10.0.0.9:80 /b cron 8 shareable 5 40150; count_up before_load 150; sed -i 's/^(before.040load) /(before load) /' "$t/net/portquota/accounts"
why; has "(150 of these are from before the module was loaded, and whose is not known)" && has "cgroup   /b, holds 50" && never "the most of"; report "before load: who holds most of the rest is not called the one with the most of all"
agree 2 && has ", 150 of them of nobody known, and most of the rest (50) by cron in /b"; report "before load: check says so"
run "$t" status; has "holds most of what is known: 50"; report "before load: and status"
space before-known 40000-40199; hold 150 tcp ESTAB 10.9.9.9 10.9.9.9:5000 '(before\\040load)' - 0; hold 50 tcp ESTAB 10.9.9.9 10.9.9.9:5000 /b cron 8 shareable 5 40150; count_up; sed -i 's/^(before.040load) /(before load) /' "$t/net/portquota/accounts"
mkdir -p "$t/31/fd"; echo fill >"$t/31/comm"
for i in $(seq 0 149); do printf '  %d: 0909090A:%04X 0909090A:1388 01 00000000:00000000 00:00000000 00000000     0        0 %d 1\n' "$i" $((40000 + i)) $((700 + i)); ln -s "socket:[$((700 + i))]" "$t/31/fd/$((3 + i))"; done >"$t/net/tcp"
why; has "cgroup   (before load), holds 150, the most of 2 cgroups" && has "fill, pid 31" && never cron; report "before load: of which the program is known, it counts"

# A rule refuses before the kernel looks for a TIME_WAIT that it could give away.
space limit-churn 40000-40999; hold 100 tcp TIME-WAIT 10.0.0.2 10.0.0.9:80 /a curl 7; count_up; sed -i 's#^/a .*#& tcp.max=100 tcp.warn=80#' "$t/net/portquota/accounts"; echo "/a tcp.max=100" >"$t/net/portquota/rules"
why -j; first rule certain && json churn 1 cause && never tcp_tw_reuse tcp_timestamps; report "limit churn: what cannot help is not advised"
setting tcp_tw_reuse 1; count_up; sed -i 's#^/a .*#& tcp.max=100 tcp.warn=80#' "$t/net/portquota/accounts"
why -j; first rule certain && has "Of 100 ports held by /a, 100 are in TIME_WAIT"; report "limit churn: nor does it help where it is on"

# An account has room for a few runs at once: what else failed meanwhile counts in one of them, as elsewhere.
space elsewhere 40000-40999; hold 5 tcp ESTAB 10.0.0.2 10.0.0.9:80 /a java 7; count_up tcp.exhausted 100
{ ago 60 exhausted /x resource=tcp current=40 threshold=40 limit=40 rate=0 source=10.0.0.2 destination=10.0.0.9:5000; ago 30 end /x resource=tcp current=40 threshold=40 limit=40 rate=0 source=10.0.0.2 destination=10.0.0.9:5000 of=exhausted count=100 seconds=2 last=$(($(date +%s) - 40)).000 elsewhere=97; } >"$t/net/portquota/events"
why; has "100 calls found no free TCP port since the module was loaded" && has ", by /x, 3 of them towards 10.0.0.9:5000."; report "elsewhere: not all calls of a run are towards its destination"
why 10.0.0.9:5000; has "3 calls found no free TCP port, the last" && has "seconds ago or earlier, by /x towards 10.0.0.9:5000" && never "100 calls"; report "elsewhere: of this destination only its own"
agree 1 --since 100 && has "100 calls of /x found no free TCP port, 3 of them towards 10.0.0.9:5000, the last"; report "elsewhere: check says so"
run "$t" events; has "exhausted over: 100 calls found no port, 3 of them from 10.0.0.2 to 10.0.0.9:5000, within 2s"; report "elsewhere: and events"
sed -i 's/ exhausted/ taken/; s/of=exhausted/of=taken/; s/source=10.0.0.2 destination=10.0.0.9:5000/port=40017/' "$t/net/portquota/events"; count_up tcp.taken 100; sed -i '/^tcp.taken 0/d' "$t/net/portquota/stat"
why; has "100 calls were refused the TCP port that they named since" && has ", by /x, 3 of them port 40017."; report "elsewhere: other ports"
agree 1 --since 100 && has "100 calls of /x were refused the TCP port that they named, 3 of them port 40017, the last"; report "elsewhere: check says so of ports"
run "$t" events; has "taken over: 100 calls refused a port, 3 of them port 40017, within 2s"; report "elsewhere: and events of ports"

# Ports that were reserved when connections had them already are none of the range.
reserved=100 space reserved-later 40000-40199 40000-40099; hold 95 tcp ESTAB 10.0.0.2 10.0.0.9:80 /a java 7 shareable 50 40000; reserved=100 count_up
sed -i 's/free=[-0-9]*/free=100/' "$t/net/portquota/destinations"
why; has "certain: none" && never "95 of 100"; report "reserved later: they do not count towards a destination"
agree 0 && has tcp_ports=0; report "reserved later: check is ok"
hold 90 tcp CLOSE-WAIT 10.0.0.2 10.0.0.9:80 /b php 8 shareable 50 40100; reserved=100 count_up; sed -i 's/free=[-0-9]*/free=10/' "$t/net/portquota/destinations"
why -j; json 90 0 figures used && json /b 0 cgroup && json 90 0 cgroup.held && never java; report "reserved later: who has the others is named"

# A service of several fixed ports, or with many old UDP sockets, does not choose ports.
space fixed-tcp 40000-40999; for p in 40001 40002 40003 40004; do hold 1 tcp ESTAB 10.0.0.2 10.0.0.9:80 /agent consul 9 shareable 5 $p; done; refused 4
for p in 40001 40002 40003 40004; do event 2 /ingress tcp $p; done >"$t/net/portquota/events"
why -j; first port certain && json /agent 0 cgroup && json consul 0 command && has "ip_local_reserved_ports=40001" && never '"likely"' "choose ports"; report "fixed: four TCP ports of a service"
agree 2 && has "TCP port 40001 was refused to /ingress, which asked for it, most (1) by consul in /agent"; report "fixed: check is critical, and names who has them"
space fixed-udp 40000-40999; hold 30 udp UNCONN 0.0.0.0 '0.0.0.0:*' /svc collectd 8 exclusive 900 40000; hold 1 udp UNCONN 0.0.0.0 '0.0.0.0:*' /other curl 9 exclusive 5 40500; refused 3; event 2 /svc udp 40500 >"$t/net/portquota/events"
why -j; first port certain && json /other 0 cgroup && has ip_local_reserved_ports=40500; report "fixed: a UDP port of a service that has many others for long"
agree 2; report "fixed: check is critical"
event 2 /svc udp 40003 >"$t/net/portquota/events"; why -j; first port certain && json /svc 0 cgroup; report "fixed: or that it has itself for long"
for p in 40500 40501 40502 40503; do event 2 /svc udp $p; done >"$t/net/portquota/events"; why -j; first port certain; report "fixed: or four of them"

# Of two that have a port the kernel does not say which was in the way.
space two-holders 40000-40999; hold 1 tcp ESTAB 10.0.0.2 10.0.0.9:80 /a curl 7 shareable 50 40017; hold 1 tcp LISTEN 127.0.0.1 '0.0.0.0:*' /b nginx 8 exclusive 500 40017; refused 3; ago 2 taken /service resource=tcp current=2 threshold=1 limit=1 rate=0 port=40017 >"$t/net/portquota/events"
why; has "likely: port" && has "another listener has it, on 127.0.0.1:40017, and 1 more holds it" && has "cgroup   /b, holds 1" && has "program  nginx"; report "two holders: what bind() holds is named, as likely, and that there is another"
agree 2; report "two holders: it is critical all the same"
# Destinations that are not known one by one
space unknown-destinations 40000-40199; hold 200 tcp ESTAB 10.0.0.2 10.0.0.9:80 /a java 7; count_up destinations.other 200; printf 'other used=200 timewait=0\n' >"$t/net/portquota/destinations"
why; has "likely: range" && has "One of 200 connections' destinations may be full: the module's table has no room for these."; report "unknown destinations: that one may be full is told"
agree 1 && has "; which destinations are full is not known"; report "unknown destinations: by check, too"
sed -i /other/d "$t/net/portquota/stat"; : >"$t/net/portquota/destinations"; mkdir -p "$t/sysfs/module/portquota/parameters"; echo N >"$t/sysfs/module/portquota/parameters/destinations"
why; has "A destination may be full: the module does not count them."; report "unknown destinations: nor are they where there is none, and many connections"
PORTQUOTA_SYS=$t/sysfs why; has "A destination may be full: the module does not count them."; report "unknown destinations: nor are they by a module that does not count them"
space unknown-calm 40000-40199; hold 120 tcp ESTAB 10.0.0.2 10.0.0.9:80 /a java 7; count_up destinations.other 120; printf 'other used=120 timewait=0\n' >"$t/net/portquota/destinations"
why -j; first none likely && has "120 connections to destinations that the module's table has no room for"; report "unknown destinations: nothing is certain then"
sed -i 's/^destinations.other.*/destinations.other 90/' "$t/net/portquota/stat"; why -j; first none certain; report "unknown destinations: unless they are too few to fill one"
space removed-max; hold 30 tcp TIME-WAIT 10.0.0.2 10.0.0.9:80 /app app 7 shareable; gone /app; count_up; sed -i 's|^/app (deleted) |&tcp.max=30 tcp.warn=24 |' "$t/net/portquota/accounts"
run "$t" accounts; never "OF MAX"; report "removed: accounts draws no bar of the limit of a removed cgroup"

# A limit of a removed cgroup alarms nobody; many processes are one program.
space removed; hold 30 tcp TIME-WAIT 10.0.0.2 10.0.0.9:80 /app app 7 shareable; gone /app; count_up
sed -i 's|^/app (deleted) |&tcp.max=30 tcp.warn=24 |' "$t/net/portquota/accounts"
run "$t" check; never "tcp.max"; report "check: a limit of a removed cgroup alarms nobody"
space forks 40000-40499; for i in $(seq 371); do hold 1 tcp ESTAB 10.9.0.1 10.9.0.2:8080 /batch/cron python3 $((1000 + i)) shareable 5 $((40000 + i)); done; hold 6 tcp ESTAB 10.9.0.1 10.9.0.2:8080 /reports python3 203 shareable 5 40400; count_up
why -j; json /batch/cron 0 cgroup && json 371 0 processes && json 371 0 held; report "why: a program of many processes is counted as a whole"
run "$t" status; has "python3, 371 processes, holds most: 371"; report "status: the same"
run "$t" check -w 70; has "most (371) by python3 in /batch/cron"; report "check: the same"
space mapped 40000-40499; hold 490 tcp ESTAB '[::ffff:10.9.0.1]' '[::ffff:10.9.0.2]:8080' /java java 7; hold 10 tcp ESTAB 10.9.0.1 10.9.0.2:8080 /reports python3 8 shareable 5 40490; count_up
printf '10.9.0.1 10.9.0.2:8080 used=500 timewait=0 usable=500 free=0 reusable=0\n' >"$t/net/portquota/destinations"
why -j; first destination certain && json /java 0 cgroup && json 490 0 held; report "why: IPv4-mapped connections are of the same destination"

# why DESTINATION: of all that is short, what keeps a connect() to there from working
space towards; hold 40 tcp ESTAB 10.0.0.2 10.0.0.9:5000 /web nginx 7; hold 5 tcp ESTAB 10.0.0.2 10.0.0.8:5000 /web nginx 7; hold 40 udp UNCONN 10.0.0.2 10.0.0.9:53 /resolver unbound 8 exclusive; count_up tcp.exhausted 7
{ echo "$((now - 300)).000 end /web resource=tcp current=40 threshold=40 limit=40 rate=0 source=10.0.0.2 destination=10.0.0.9:5000 of=exhausted count=4 seconds=2 last=$((now - 310)).000"
  echo "$((now - 200)).000 end /job resource=tcp current=40 threshold=40 limit=40 rate=0 source=10.0.0.2 destination=10.0.0.8:5000 of=exhausted count=3 seconds=2 last=$((now - 210)).000"; } >"$t/net/portquota/events"
why -j 10.0.0.9:5000; first destination certain && json 10.0.0.9:5000 0 destination && never udp 10.0.0.8; report "why DESTINATION: it is full"
why -j 10.0.0.8; never '"destination", "certainty": "certain"' udp 10.0.0.9; report "why DESTINATION: another that is full is none of its"
why -j 10.0.0.8; first range likely; report "why DESTINATION: the range is, for a bind() without a port"
why 10.0.0.8; has "3 calls found no free TCP port, the last" && has "by /job towards 10.0.0.8:5000" && never "since the module was loaded"; report "why DESTINATION: what failed there before"
why 10.0.0.7; never "found no free TCP port"; report "why DESTINATION: and what failed elsewhere is not told"
space towards-none 40000-40999; hold 5 tcp ESTAB 10.0.0.2 10.0.0.8:5000 /web nginx 7; hold 3 tcp LISTEN 0.0.0.0 '0.0.0.0:*' /web nginx 7 exclusive 5 40500; count_up
why 10.0.0.8:5000; has "Ports do not keep a connect() to 10.0.0.8:5000 from working now: from 10.0.0.2, 5 of 1000 ports are used towards 10.0.0.8:5000, and 992 are free" && has "ECONNREFUSED, nobody listens there"; report "why DESTINATION: ports are not the reason"
why -j 10.0.0.7:1; first none certain && has "no port is used towards it, and a connect() could get 997 of 1000 ports"; report "why DESTINATION: nothing goes there"
echo "destinations.other 12" >>"$t/net/portquota/stat"; why -j 10.0.0.7:1; first none likely; report "why DESTINATION: where some are not known one by one, nothing is certain"
why 10.0.0.8 10.0.0.9; [ $code -eq 64 ] && tells "'10.0.0.9': one destination"; report "why: one destination at a time"
why web; [ $code -eq 64 ] && tells "'web' is not a destination"; report "why wants a destination or a cgroup"
space towards-small 40000-49999; for i in $(seq 70); do hold 3 tcp ESTAB 10.0.0.2 "10.1.0.$i:80" /web nginx 7; done; hold 1 tcp ESTAB 10.0.0.2 10.2.0.1:80 /web nginx 7; count_up
sort -t= -k2nr "$t/net/portquota/destinations" -o "$t/net/portquota/destinations"; tail -1 "$t/net/portquota/destinations" | grep -q 10.2.0.1 && why 10.2.0.1 && has "from 10.0.0.2, 1 of 10000 ports are used towards 10.2.0.1:80"; report "why DESTINATION: also one of the smallest"

# An outage whose load has ended: ss has 300 TIME_WAITs, nobody tries any more.
space after-load 40000-40299; hold 300 tcp TIME-WAIT 10.9.0.1 10.9.0.2:8080 /nginx nginx 7 shareable 20; count_up tcp.exhausted 100
printf '%d.000 exhausted /nginx resource=tcp current=300 threshold=300 limit=300 rate=0 source=10.9.0.1 destination=10.9.0.2:8080\n' $((now - 20)) >"$t/net/portquota/events"
why; has "Hardly any connection can be opened"; report "outage: while a run is on, TIME_WAITs that come free are taken again"
printf '%d.000 end /nginx resource=tcp current=300 threshold=300 limit=300 rate=0 source=10.9.0.1 destination=10.9.0.2:8080 of=exhausted count=100 seconds=2 last=%d.000\n' $((now - 9)) $((now - 19)) >>"$t/net/portquota/events"
why; has "connect() to this destination fails" && has "these are left over from an earlier burst and will all be gone within 40 seconds" && never "Hardly any"; report "outage: when the load has ended, they go by themselves"
# While it goes on: how many fail, and whose calls these are.
space failing 40000-40039; hold 40 tcp ESTAB 10.9.0.1 10.9.0.2:8080 /nginx nginx 7; count_up; echo "/cron tcp.current=0" >>"$t/net/portquota/accounts"
echo "$(date +%s).000 exhausted /cron resource=tcp current=40 threshold=40 limit=40 rate=0 source=10.9.0.1 destination=10.9.0.2:8080" >"$t/net/portquota/events"
eval "$(declare -f fail_on | sed 's/crawler/cron/')"
fail_on & failer=$!
why --over 1; grep -q 'connect() to this destination fails, now [1-9][0-9]* per second, most of /cron\.' "$tmp/out" && has "cgroup   /nginx, holds 40"; report "outage: whose calls fail is told, and who has the ports"
agree 2; grep -q '^PORTQUOTA CRITICAL - 100% of the ports from 10.9.0.1 to 10.9.0.2:8080 in use.*; TCP 100% of the range' "$tmp/out"; report "outage: check begins with what calls fail for, and not with the range, which others share"
run "$t" status -j; "$jget" short 0 level <"$tmp/out" >"$tmp/n"; "$jget" short 1 level <"$tmp/out" >>"$tmp/n"; [ "$(tr '\n' ' ' <"$tmp/n")" = "warning full " ]; report "outage: the calls that fail for a full destination are not the range's failures"
kill $failer; wait $failer 2>/dev/null
why; has "connect() to this destination fails." ; report "outage: and where none is made, none is counted"
run "$t" accounts; grep -q ' [1-9][0-9]*  .*/cron$' "$tmp/out"; report "outage: accounts shows who gets no port, though he holds none"
space order 40000-40039; hold 40 tcp ESTAB 10.9.0.1 10.9.0.2:8080 /nginx nginx 7; hold 37 udp UNCONN 127.0.0.1 127.0.0.1:53 /resolver unbound 8 exclusive; count_up
agree 2; has "CRITICAL - 100% of the ports from 10.9.0.1 to 10.9.0.2:8080" && has "; UDP 92% of the range"; report "outage: check tells what is full before what is nearly so"
# later: 0.4 seconds after the first look, the files are as they were kept by: cp -r "$t/net" "$tmp/later"
later() { rm -rf "$tmp/later"; cp -r "$t/net" "$tmp/later"; : >"$t/net/portquota/reservations"; }
come() { (sleep 0.4; cp "$tmp/later/portquota/"* "$t/net/portquota/") & }
space growing 40000-40999; hold 140 tcp TIME-WAIT 127.0.0.1 127.0.0.1:5000 /web curl 7; count_up; later
hold 100 tcp TIME-WAIT 127.0.0.1 127.0.0.1:5000 /web curl 7; count_up
come; why --over 1; wait; has "certain: none" && never "full in" "past half"; report "d25: more TIME_WAITs that a connect() takes over fill nothing"
space filling 40000-40199; hold 95 tcp TIME-WAIT 10.9.0.1 10.9.0.2:80 /proxy haproxy 7 exclusive; count_up; later
hold 75 tcp TIME-WAIT 10.9.0.1 10.9.0.2:80 /proxy haproxy 7 exclusive; setting tcp_tw_reuse 1; count_up
come; why -j --over 1; wait; has '95 of 200 ports from 10.9.0.1 to 10.9.0.2:80 are used, 95 of them TIME-WAIT, growing by' && json /proxy 0 cgroup && never "past half" "had no timestamps"; report "d38: what will be full soon is looked at closely, and is not past half"
space overflow; setting tcp_max_tw_buckets 20; hold 20 tcp TIME-WAIT 127.0.0.1 127.0.0.1:5000 /web curl 7; count_up timewait.overflow 50; later
hold 20 tcp TIME-WAIT 127.0.0.1 127.0.0.1:5000 /web curl 7; count_up timewait.overflow 10
come; agree 1; wait; has "WARNING - 20 of 20 TIME_WAITs that tcp_max_tw_buckets allows"; report "d25: check sees that TIME_WAITs cannot be made, as why does"
agree 0; report "d25: and is ok when none fails"
space half; hold 20 tcp ESTAB 127.0.0.2 127.0.0.1:5000 /proxy envoy 7 exclusive; hold 20 tcp ESTAB 127.0.0.2 127.0.0.1:5001 /proxy envoy 7 exclusive 5 40020; count_up
agree 2; has "50% of the ports from 127.0.0.2 to 127.0.0.1:5000 in use, 20 of 40, and none is left"; report "d38: half is critical where others have the other half, and that is said"
# The range has been moved away from what is held: ss has 500 TIME_WAITs, none of them in the range.
space moved-away 41000-41059; hold 500 tcp TIME-WAIT 10.9.0.1 10.9.0.2:8080 /front nginx 7; count_up tcp.peak 500
sed -i 's/free=[-0-9]*/free=60/' "$t/net/portquota/destinations"; grep -q 'used=500 timewait=500 usable=60 free=60' "$t/net/portquota/destinations"
why; has "certain: none" && has "0 of 60 TCP ports are in use" && never "500 of 60"; report "moved: what lies outside of the range does not fill it"
agree 0; has "OK - TCP 0% of the range"; report "moved: check is ok"
run "$t" status; has "0 of 60 ports in use" && never "500 of" "833%  500"; report "moved: so is status"
run "$t" destinations; grep -q '^ *0 .* 60  10.9.0.1  10.9.0.2:8080$' "$tmp/out"; report "moved: nor does it fill the destination"
run "$t" top --count 1; has "0 of 60 ports" && never "500 of 60"; report "moved: nor in top"
run "$t" accounts; never "833%" "999%" && has "OF RANGE is - where some connections share a port"; report "moved: nor does it fill a cgroup, of which an older module does not say what is outside"
run "$t" status; never "833%" "999%" && has "OF RANGE is -"; report "moved: nor in status"
run "$t" range show --all; never "833%" "999%"; report "moved: nor in range"
# The module says what is outside.
# placed IN_RANGE OUTSIDE: of the one cgroup there is
placed() {
	sed -i "s|^/.*|& tcp.in_range=$1 udp.in_range=0 tcp.in_range_local=$1 udp.in_range_local=0 tcp.range=41000-41059 udp.range=41000-41059|" "$t/net/portquota/accounts"
	printf '%s\n' "tcp.in_range $1" "udp.in_range 0" >>"$t/net/portquota/stat"
	sed -i "s/^tcp.ports .*/tcp.ports $1/" "$t/net/portquota/stat"
	sed -i "s/free=[-0-9]*/free=$((60 - $1))/; s/\$/ outside=$2 outside.timewait=$2/" "$t/net/portquota/destinations"
}
space moved-told 41000-41059; hold 500 tcp TIME-WAIT 10.9.0.1 10.9.0.2:8080 /front nginx 7; hold 12 tcp ESTAB 10.9.0.1 10.9.0.2:8080 /front nginx 7 shareable 5 41000; count_up; placed 12 500
run "$t" accounts; grep -q ' 20%  .*/front$' "$tmp/out" && never "833%" "OF RANGE is -"; report "moved and told: accounts has what is in the range"
run "$t" status; grep -q ' 20%  */front$' "$tmp/out" && has "12 of 60 ports in use" "512 reservations (peak 0), 500 outside of the range" && never "some sharing a port"; report "moved and told: so has status"
run "$t" top --count 1; has "12 of 60 ports" && grep -q ' 20%  .*/front$' "$tmp/out"; report "moved and told: so has top"
run "$t" range show --all; grep -q ' 512 .* 20% .*/front$' "$tmp/out"; report "moved and told: so has range"
run "$t" destinations; grep -q '^ *12  .* 20%  *0 .* 48  10.9.0.1  10.9.0.2:8080$' "$tmp/out"; report "moved and told: so has destinations, and no TIME_WAITs"
run "$t" export; grep -q '^portquota_destination_used_ports{.*} 12$' "$tmp/out" && grep -q '^portquota_used_ports{.*tcp.*} 12$' "$tmp/out"; report "moved and told: so has export"
why; has "certain: none" && never "512 of 60" "833%"; report "moved and told: nothing is short"
agree 0; report "moved and told: check is ok"
# Full anew: the ports of others outside of the range do not make it less.
space moved-told-full 41000-41059; hold 500 tcp TIME-WAIT 10.9.0.1 10.9.0.2:8080 /front nginx 7; hold 60 tcp ESTAB 10.9.0.1 10.9.0.2:8080 /front nginx 7 shareable 5 41000; count_up tcp.exhausted 50; placed 60 500
why -j; first destination certain && json 60 0 figures used; report "moved and told: full anew is told"
agree 2; report "moved and told: and is critical"
space moved-few 41000-41059; hold 50 tcp TIME-WAIT 10.9.0.1 10.9.0.2:8080 /front nginx 7; count_up
sed -i 's/free=[-0-9]*/free=60/' "$t/net/portquota/destinations"; why; has "certain: none" && never "50 of 60"; report "moved: nor do fewer than the range has"
agree 0; report "moved: check agrees"
# All of the new range is used, too: the module's word of what is free may be too high, by others' ports outside of it.
space moved-full 41000-41059; hold 500 tcp TIME-WAIT 10.9.0.1 10.9.0.2:8080 /front nginx 7; hold 7 tcp ESTAB 10.9.0.1 10.9.0.3:80 /other curl 9 shareable 5 40600
hold 60 tcp TIME-WAIT 10.9.0.1 10.9.0.2:8080 /front nginx 7 shareable 5 41000; count_up tcp.exhausted 50; sed -i '/9.0.2:8080/s/free=[-0-9]*/free=7/; /9.0.3:80/s/free=[-0-9]*/free=60/' "$t/net/portquota/destinations"
why -j; first destination certain && has "60 of 60 ports from 10.9.0.1 to 10.9.0.2:8080"; report "moved: the new range is full, and its ports are counted one by one"
# Moved a little: 50 outside, 5 inside; and another destination, to which free is too high for that.
space moved-partly 41000-41059; hold 50 tcp TIME-WAIT 10.9.0.1 10.9.0.2:8080 /front nginx 7; hold 5 tcp ESTAB 10.9.0.1 10.9.0.2:8080 /front nginx 7 shareable 5 41000
hold 58 tcp ESTAB 10.9.0.1 10.9.0.3:80 /other curl 9 shareable 5 41000; count_up
sed -i '/9.0.2:8080/s/free=[-0-9]*/free=55/; /9.0.3:80/s/free=[-0-9]*/free=52/' "$t/net/portquota/destinations"
why; has "58 of 60 ports from 10.9.0.1 to 10.9.0.3:80 are used" && never "to 10.9.0.2:8080 are used"; report "moved partly: what is outside is left out where it can be seen, and nothing else"
# Of three states none has most: each is told, and what helps against the largest that is no living connection.
space mixed; hold 18 tcp CLOSE-WAIT 10.0.0.1 10.0.0.2:80 /leak php 8 shareable 200; hold 14 tcp TIME-WAIT 10.0.0.1 10.0.0.2:80 /cron curl 10 shareable 30 40018
hold 8 tcp ESTAB 10.0.0.1 10.0.0.2:80 /app java 9 shareable 500 40032; count_up
why -j; first destination certain && has "40 of 40 ports from 10.0.0.1 to 10.0.0.2:80 are used, 18 of them CLOSE-WAIT, 14 TIME-WAIT, 8 ESTAB: connect()" && json /leak 0 cgroup; report "mixed: the states are told where none has most"
"$jget" 0 advice 0 <"$tmp/out" | grep -q "have the program close()"; report "mixed: and the cure of the largest that has one comes first"
"$jget" 1 cause <"$tmp/out" | grep -q range && "$jget" 1 advice 0 <"$tmp/out" | grep -q "have the program close()"; report "mixed: of the range, too"
# A destination that is full with fewer connections than ports: why is said.
space rest; hold 20 tcp LISTEN 0.0.0.0 '0.0.0.0:*' /forwarder gvproxy 8 exclusive 900; hold 20 tcp TIME-WAIT 10.0.0.1 10.0.0.2:80 /cron curl 10 shareable 30 40020; count_up
why; has "20 of 40 ports from 10.0.0.1 to 10.0.0.2:80 are used, 20 of them TIME-WAIT, and no connect() can share the rest: connect() to this destination fails"; report "rest: what is full though few connections go there says why"
# A limit is of a cgroup, and the one that fills it another, below that.
space limit-above 40000-40999; hold 90 tcp ESTAB 127.0.0.1 127.0.0.1:5000 /pods/big crawler 8; hold 10 tcp ESTAB 127.0.0.1 127.0.0.1:5000 /pods/small api 9 shareable 5 40090; count_up
sed -i '1a /pods tcp.current=100 udp.current=0 timewait.current=0 tcp.usable=1000 udp.usable=1000 tcp.max=100 tcp.local=0 udp.local=0 timewait.local=0' "$t/net/portquota/accounts"
echo '/pods tcp.max=100' >"$t/net/portquota/rules"
why -j; first rule certain && json /pods/big 0 cgroup && json 90 0 cgroup.held && json crawler 0 command && json /pods 0 limited && has "/pods is at 100 of its tcp.max of 100"; report "limit: the cgroup that fills it is named, where it is below"
# What is warned of without a max is the range: not what is held outside of it.
space own-moved 32768-60999; hold 266 tcp ESTAB 127.0.0.1 127.0.0.1:5000 /own proxy 8 shareable 5 10000; count_up; : >"$t/net/portquota/destinations"
sed -i '/^.own /s/$/ tcp.range=20000-20255 tcp.warn=192 tcp.in_range=10/; s/^\(.own .*\)tcp.usable=[0-9]*/\1tcp.usable=256/' "$t/net/portquota/accounts"; sed -i 's/^tcp.ports .*/tcp.ports 0/' "$t/net/portquota/stat"
agree 0; report "own range moved: what is outside does not count against the warning"
why; has "certain: none"; report "own range moved: nor in why"
sed -i 's/tcp.in_range=10/tcp.in_range=200/' "$t/net/portquota/accounts"; agree 1 && has "/own is over its tcp.warn, 200 of 192"; report "own range moved: what is in it does"
# What a connect() takes over does not fill a destination, in any command.
space taken-over; hold 30 tcp TIME-WAIT 127.0.0.1 127.0.0.1:5000 /web nginx 7; hold 10 tcp ESTAB 127.0.0.1 127.0.0.1:5000 /web nginx 7 shareable 5 40030; count_up
run "$t" destinations; grep -q '^  40  .* 25%  *30  *30  *0  127.0.0.1 ' "$tmp/out" && run "$t" status && grep -q '^TOWARDS .* 25%  40 of 40 ports' "$tmp/out"; report "taken over: destinations and status show the same bar"
run "$t" destinations -j; json 40 0 used && ! grep -q lost "$tmp/out"; report "taken over: the keys are the module's"
space udp-share 40000-40299; hold 250 udp UNCONN 127.0.0.1 127.0.0.1:53 /dns dnsmasq 8 exclusive; count_up
run "$t" accounts; grep -q ' 83%  */dns$' "$tmp/out" && run "$t" status && grep -q ' 83%  */dns$' "$tmp/out"; report "UDP: accounts and status show how full its range is"
sed -i 's/^.dns .*/& tcp.exhausted=1 udp.exhausted=2464/' "$t/net/portquota/accounts"
run "$t" accounts; grep -q ' 2465  .*/dns$' "$tmp/out" && run "$t" status && grep -q ' 2465  */dns$' "$tmp/out"; report "UDP: and how many of its calls failed"

# A proxy that chooses its source ports (haproxy), and another program has the rest of the range.
space source-ports; hold 30 tcp TIME-WAIT 10.9.0.1 10.9.0.2:8081 /haproxy haproxy 7 exclusive; hold 10 tcp TIME-WAIT 10.9.0.1 10.9.0.2:8081 /cron curl 8 shareable 5 40030; count_up
why; has "has each of its 40 ports in use: connect() to other destinations can share 10 of them, but bind()"; report "source ports: what bind() has for itself is not shared"
why -j; for n in 0 1 2 3 4; do "$jget" 0 advice $n <"$tmp/out" 2>"$tmp/none"; done | sort | uniq -d >"$tmp/twice"; [ ! -s "$tmp/twice" ] && "$jget" 0 advice 4 <"$tmp/out" | grep -q "Widen the range"; report "source ports: no advice is given twice, and there is room for others"

finish
