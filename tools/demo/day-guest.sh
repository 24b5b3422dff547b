#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The day, inside the guest; tools/demo/day starts it. Each stage is made by real programs, then all
# commands are asked, and what they say is compared: with each other, and with ss.
#
#	day-guest.sh LIBRARIES [STAGE…]		where libraries are that the guest has not; which stages
set -u

export LD_LIBRARY_PATH=$1
shift
wanted=" $* "
# shellcheck source=tools/demo/day-lib.sh
. "$(dirname "$0")/day-lib.sh"

stage_calm() {
	tell "a few connections that are kept"
	redis-benchmark -p 6380 -c 8 -n 1000 -t ping -q
	ask
	says why '^(certain|likely): none'
	check_is 0
	says_not events 'exhausted|taken|dest|warn'
	is 'ports in stat' "$(key tcp.ports)" \
		"$(ss -Htan 'sport >= 40000 and sport <= 40499' | awk '{ sub(/.*:/, "", $4); print $4 }' | sort -u | wc -l)" 2
	says_not status 'FULL|full'
}

# One connection per request through haproxy: TIME_WAITs of redis-benchmark's to 127.0.0.1, which the
# kernel gives away again, and of haproxy's to the server, which it does not.
load() {
	service bench sh -c 'while :; do redis-benchmark -k 0 -p 6380 -c 5 -n 100000 -t ping -q; sleep 0.2; done'
}

stage_churn() {
	tell "a connection per request, through haproxy: past half of the ports to its server"
	load
	reaches 300 used 10.9.0.2:6379
	ask
	same_as_ss 10.9.0.2:6379 15
	says why '^(likely|certain): destination'
	says why 'to 10.9.0.2:6379'
	says why "cgroup +$slice/haproxy.service"
	says_not why 'ports from 127.0.0.1 to 127.0.0.1:6380 are used'
	says_not why "cgroup +$slice/(reports|front).service"
	says_not check 127.0.0.1:6380
	says destinations '10.9.0.2:6379'
	says status "haproxy"
}

stage_full() {
	tell "the load goes on: haproxy finds no port"
	(($(key tcp.exhausted))) || load
	reaches 20 key tcp.exhausted
	ask
	check_is 2
	same_as_ss 10.9.0.2:6379 4
	says why '^certain: destination'
	says why "most of $slice/haproxy.service|by $slice/haproxy.service"
	says why '^likely: churn'
	says_not why 'left over'
	says check '10.9.0.2:6379.*haproxy'
	says events 'no port .*10.9.0.2:6379 .*haproxy'
	says_not why "cgroup +$slice/(reports|front).service"
}

stage_burst() {
	tell "the load has ended seconds ago"
	stop bench
	sleep 12
	ask
	check_is 2
	same_as_ss 10.9.0.2:6379 4
	says why 'left over'
	says events 'exhausted over: [0-9]* calls found no port'
	says why "cgroup +$slice/haproxy.service"
}

stage_rule() {
	tell "a rule for nginx, and more requests than it allows"
	rest
	portquota rule set "$slice/front.service tcp.max=40"
	service load wrk -t1 -c20 -d40 http://10.9.0.1:80/
	reaches $(($(key tcp.denied) + 1)) key tcp.denied
	sleep 1
	ask
	check_is 2
	is "what nginx holds" "$(account front)" "$(ss_used 10.9.0.2:8080)" 10
	says why '^certain: rule'
	says why "$slice/front.service is at 4?[0-9] of its tcp.max of 40"
	says check "$slice/front.service is at its tcp.max"
	says events 'deny|refused'
	says accounts 'front.service'
	stop load
	portquota rule del "$slice/front.service"
	sleep 2
	ask
	says why '^earlier'
	says why 'refused a TCP port by a rule'
	says why '^(certain|likely): none'
	check_is 0
}

stage_narrow() {
	tell "the range is narrowed to 60 ports while nginx holds others, under load"
	rest
	service load wrk -t1 -c4 -d3 http://10.9.0.1:80/
	sleep 4
	stop load
	range "41000 41059"
	ask
	is 'ports in stat' "$(key tcp.ports)" 0 1
	says status '^TCP .* of 60 ports in use'
	says_not status '500 of 60|[1-9][0-9]{2,}%'
	says_not top '500 of 60|[1-9][0-9]{2,}%'
	says_not accounts '[1-9][0-9]{2,}%'
	says_not destinations '[1-9][0-9]{2,}%'
	# Only that what was said of the wider range is over
	says_not events ' (warn|dest|no port|deny|forecast) .* of 60 '
	says events ' clear +tcp.ports +0 of 60 '
	says why '^(certain|likely): none'
	check_is 0
	service load wrk -t1 -c8 -d60 http://10.9.0.1:80/
	reaches $(($(key tcp.exhausted) + 10)) key tcp.exhausted
	ask
	check_is 2
	says why '^certain: destination'
	says why '60 of 60 ports from 10.9.0.1 to 10.9.0.2:8080'
	says events 'dest .* of 60 '
	is 'ports in stat' "$(key tcp.ports)" \
		"$(ss -Htan 'sport >= 41000 and sport <= 41059' | awk '{ sub(/.*:/, "", $4); print $4 }' | sort -u | wc -l)" 4
	says why "cgroup +$slice/front.service"
	stop load
	range "40000 40499"
}

stage_udp() {
	tell "the resolver's server does not answer: each query holds a UDP port"
	rest
	service dns dnsperf -s 10.9.0.1 -d /tmp/names -l 60 -c 2 -q 2000 -Q 400 -t 30
	reaches 495 key udp.ports
	service reports sh -c 'nslookup name.example 10.9.0.1'
	ask
	check_is 2
	is 'UDP ports in stat' "$(key udp.ports)" \
		"$(ss -Huan 'sport >= 40000 and sport <= 40499' | awk '{ sub(/.*:/, "", $4); print $4 }' | sort -u | wc -l)" 3
	says why '^(certain|likely): range'
	says why 'UDP range'
	says why "cgroup +$slice/unbound.service"
	says check 'UDP .*unbound'
	says status 'unbound'
	says_not why '^certain: port'
	stop dns
	stop unbound
}

stage_restart() {
	tell "haproxy is restarted with a limit, while its old cgroup's TIME_WAITs are there"
	rest
	portquota rule set "$slice/haproxy.service tcp.max=300"
	load
	reaches 270 used 10.9.0.2:6379
	sleep 1
	stop bench
	stop haproxy
	service haproxy haproxy -db -f /tmp/haproxy.cfg
	answers
	sleep 1
	ask
	same_as_ss 10.9.0.2:6379 4
	says why "cgroup +$slice/haproxy.service \(deleted\)"
	says_not check 'is at its tcp.max'
	says_not why '^certain: rule'
	says accounts 'deleted'
	portquota rule del "$slice/haproxy.service"
}

stage_after() {
	tell "a minute later, all is well, and somebody asks what it was"
	sleep 65
	ask
	says why '^(certain|likely): none'
	says why 'earlier'
	says why 'found no free TCP port'
	check_is 0
	keep since portquota check --since=900
	says since 'WARNING'
	says_not accounts 'deleted'
	same_as_ss 10.9.0.2:6379 2
}

set_up
for stage in calm churn full burst rule narrow udp restart after; do
	[[ $wanted == '  ' || $wanted == *" $stage "* ]] || continue
	"stage_$stage"
done
printf '\nThe day: %d told rightly, %d wrongly\n' "$right" "$wrong"
((wrong == 0))
