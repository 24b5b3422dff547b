# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the stages of the day have in common: what is looked at, and what is made.

files=/proc/net/portquota
out=/tmp/day
slice=/system.slice
stage='setting up'
right=0 wrong=0
mkdir -p $out

# ---- what is looked at

# tell WORDS…: what the stage is, before it is made.
tell() {
	printf '\n======== %s: %s\n' "$stage" "$*"
}

verdict() {
	if [[ $1 == right ]]; then
		right=$((right + 1))
	else
		wrong=$((wrong + 1))
	fi
	printf '%s: %s: %s\n' "$1" "$stage" "$2"
}

# says COMMAND PATTERN, says_not COMMAND PATTERN: of what ask() has kept; an extended pattern.
says() {
	if grep -Eqe "$2" "$out/$1"; then
		verdict right "$1 says '$2'"
	else
		verdict WRONG "$1 does not say '$2'"
	fi
}

says_not() {
	if grep -Eqe "$2" "$out/$1"; then
		verdict WRONG "$1 says '$2'"
	else
		verdict right "$1 does not say '$2'"
	fi
}

# is WHAT NUMBER WANTED [SLACK]: within SLACK, in percent and five more: programs go on meanwhile.
is() {
	local slack=0
	((${4-0})) && slack=$(($3 * $4 / 100 + 5))
	if (($2 >= $3 - slack && $2 <= $3 + slack)); then
		verdict right "$1 is $2 (ss: $3)"
	else
		verdict WRONG "$1 is $2, and by ss it is $3"
	fi
}

keep() {
	local name=$1
	shift
	printf '\n$ %s\n' "$*"
	"$@" 2>&1 | tee "$out/$name"
	return "${PIPESTATUS[0]}"
}

checked=0
ask() {
	checked=0
	keep why portquota why
	keep check portquota check || checked=$?
	keep status portquota status
	keep accounts portquota accounts
	keep destinations portquota destinations
	keep top portquota top --count=1
	keep events portquota events --last=12
	printf '\n'
	ss -s | head -3
	ss -Htan | awk '{ count[$1]++ } END { for (s in count) printf "%s %d, ", s, count[s]; print "by ss" }'
	# What all of them have to agree on, whatever the stage is.
	if grep -q '^certain: none' "$out/why" && ((checked == 2)); then
		verdict WRONG "why says that nothing is wrong, check that it is critical"
	fi
	if ((checked == 0)) && grep -Eq '^certain: (rule|port|destination|range)' "$out/why"; then
		verdict WRONG "check says that all is well, and why that it is certainly not"
	fi
}

# check_is STATUS
check_is() {
	if ((checked == $1)); then
		verdict right "check exits with $1"
	else
		verdict WRONG "check exits with $checked, not $1"
	fi
}

key() {
	sed -n "s/^$1 //p" "$files/stat"
}

# account SERVICE: what it holds of TCP.
account() {
	local line
	line=$(grep "^$slice/$1.service tcp.current=" "$files/accounts") || line='tcp.current=0 '
	line=${line#*tcp.current=}
	echo "${line%% *}"
}

# used DESTINATION: by the module; ss_used DESTINATION: by ss, ports of the range from 10.9.0.1.
used() {
	local line
	line=$(grep "^10.9.0.1 $1 " "$files/destinations") || line=used=0
	line=${line#*used=}
	echo "${line%% *}"
}

ss_used() {
	ss -Htan src 10.9.0.1 dst "$1" | awk '{ print $4 }' | sort -u | wc -l
}

# Both at one moment, as far as that can be.
same_as_ss() {
	local by_ss
	by_ss=$(ss_used "$1")
	is "ports used to $1" "$(used "$1")" "$by_ss" "${2-8}"
}

# ---- what is made

# service NAME COMMAND…: in the background, in a cgroup of its own; what it prints is in $out/NAME.log.
service() {
	local group=/sys/fs/cgroup$slice/$1.service log=$out/$1.log
	mkdir -p "$group"
	shift
	# shellcheck disable=SC2016 # expanded by the inner shell
	sh -c 'echo $$ >"$0/cgroup.procs"; exec "$@"' "$group" "$@" >"$log" 2>&1 &
}

# stop NAME: what is in its cgroup ends, and the cgroup goes, as systemd does it.
stop() {
	local group=/sys/fs/cgroup$slice/$1.service
	echo 1 >"$group/cgroup.kill"
	for _ in {1..50}; do
		rmdir "$group" 2>/dev/null && return
		sleep 0.1
	done
	verdict WRONG "$1 does not end"
}

# reaches NUMBER COMMAND…: waits until what COMMAND prints is that much; for two minutes at most.
reaches() {
	local number=$1
	shift
	for _ in {1..240}; do
		(($("$@") < number)) || return 0
		sleep 0.5
	done
	verdict WRONG "'$*' never came to $number"
	tail -n 3 "$out"/*.log
}

answers() {
	for _ in {1..60}; do
		[[ $(redis-cli -p 6380 ping 2>/dev/null) != PONG ]] || return 0
		sleep 0.5
	done
	verdict WRONG "redis does not answer through haproxy"
}

range() {
	echo "$1" >/proc/sys/net/ipv4/ip_local_port_range
	sleep 1
}

# All that has ended is gone: no TIME_WAIT is left.
rest() {
	ss -K state time-wait >/dev/null 2>&1
	for _ in {1..150}; do
		(($(key timewait.current))) || break
		sleep 0.5
	done
}

set_up() {
	ip netns add up
	ip link add v0 type veth peer name v1 netns up
	ip addr add 10.9.0.1/24 dev v0
	ip link set v0 up
	ip -n up addr add 10.9.0.2/24 dev v1
	ip -n up link set lo up
	ip -n up link set v1 up
	# An address that nobody answers at.
	ip neigh add 10.9.0.9 lladdr 02:00:00:00:00:09 dev v0 nud permanent
	mkdir -p /var/lib/nginx /var/log/nginx /etc/unbound
	ln -sf redis-check-rdb /usr/bin/redis-server
	cat >/tmp/up.conf <<-'END'
	user root; daemon off; error_log /dev/null; pid /tmp/up.pid;
	events { worker_connections 4096; }
	http { access_log off; keepalive_timeout 300; keepalive_requests 100000;
	server { listen 8080 backlog=4096; location / { return 200 "ok\n"; } } }
	END
	# HTTP/1.1 towards the server and no pool: so it is the proxy that closes.
	cat >/tmp/front.conf <<-'END'
	user root; daemon off; error_log /dev/null; pid /tmp/front.pid; worker_processes 2;
	events { worker_connections 4096; }
	http { access_log off;
	server { listen 10.9.0.1:80 backlog=4096; location / {
	proxy_pass http://10.9.0.2:8080; proxy_http_version 1.1; proxy_set_header Connection ""; } } }
	END
	cat >/tmp/haproxy.cfg <<-'END'
	defaults
	  mode tcp
	  timeout connect 5s
	  timeout client 60s
	  timeout server 60s
	listen redis
	  bind 127.0.0.1:6380
	  server s1 10.9.0.2:6379
	END
	cat >/tmp/unbound.conf <<-'END'
	server:
	  interface: 10.9.0.1
	  username: ""
	  chroot: ""
	  directory: "/tmp"
	  pidfile: ""
	  use-syslog: no
	  do-daemonize: no
	  module-config: "iterator"
	  access-control: 10.9.0.0/24 allow
	  outgoing-range: 2000
	  num-queries-per-thread: 2000
	  outgoing-port-avoid: 0-65535
	  outgoing-port-permit: 40000-40499
	forward-zone:
	  name: "."
	  forward-addr: 10.9.0.9
	END
	awk 'BEGIN { for (i = 0; i < 4000; i++) print "name" i ".example A" }' >/tmp/names
	ip netns exec up nginx -c /tmp/up.conf >/dev/null 2>&1 &
	ip netns exec up redis-server --bind 10.9.0.2 --save '' --protected-mode no --maxclients 4000 \
		>/dev/null 2>&1 &
	range "40000 40499"
	service front nginx -c /tmp/front.conf
	service haproxy haproxy -db -f /tmp/haproxy.cfg
	service unbound unbound -d -c /tmp/unbound.conf
	answers
	# A program of few connections, that nothing may be blamed on.
	for _ in 1 2 3; do
		service reports sh -c 'tail -f /dev/null | redis-cli -h 10.9.0.2'
	done
	sleep 1
}
