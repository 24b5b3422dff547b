#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# status.sh: tests of status, and all namespaces.
# shellcheck source=tools/cli/tests/lib.sh
. "$(dirname "$0")/lib.sh"

run "$busy"; [ $code -eq 0 ] && silent && has "range 32768-60999, 28232 ports usable"
report "no command is status"
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
tree names; mkdir -p "$t/run" "$t/docker" "$t/77/ns"; : >"$t/run/blue"; : >"$t/docker/lb_9x"; echo pause >"$t/77/comm"
ln -s 'net:[77]' "$t/77/ns/net"
printf 'net:[1] tcp.current=1\nnet:[%s] tcp.current=5 tcp.ports=4 range.usable=100 new=1\nnet:[77] tcp.current=6\nnet:[88] tcp.current=7\nnet:[%s] tcp.current=8\n' \
	"$(stat -c %i "$t/run/blue")" "$(stat -c %i "$t/docker/lb_9x")" >"$t/portquota/namespaces"
export PORTQUOTA_NETNS=$t/run:$t/nowhere:$t/docker
run "$t" -A; [ $code -eq 0 ] && lines 6 && has "blue" && has "pid 77 (pause)" && has "net:[88]" && has " lb_9x" && grep -q ' host$' "$tmp/out"
report "-A names namespaces by name, also by docker's, by a process, by inode, and the host's is called host"
has " 4%  "; report "-A has a bar where the range is known"
run "$t" -A -j; json 5 && grep -q '"netns.name": "blue", .*"new": 1,' "$tmp/out" && has '"netns": "net:[77]", "netns.pid": 77' && has '"netns": "net:[88]", "tcp' && has '"netns": "net:[1]", "netns.name": "host"'
report "-A -j has the names and passes unknown keys through"
unset PORTQUOTA_NETNS

# Limits
export PORTQUOTA_SYS=$limits/sys
run "$limits"; [ $code -eq 0 ] && silent && has "tcp.denied 1290: " && has "timewait.denied 41: "; report "status tells refusals"
sed -n '/NOW/,/^$/p' "$tmp/out" >"$tmp/part"; sed -n 2p "$tmp/part" | grep -q '7058  *5646  *7058 .*100%  *980  *tcp  */kubepods'
report "status: the limits that are reached come first"
has "and 4 more: portquota accounts"; report "status says that there are more limits"
run "$busy"; lacks "NEAREST LIMITS" && lacks denied; report "status without limits has none of that"
run "$limits" -j; json enforce mode && json 9 limits && json tcp limits 0 resource && json 7058 limits 0 max && json 980 limits 0 denied
report "status -j has the mode and all limits"
json 269 limits 1 denied && json 41 limits 2 denied; report "status -j: a refusal for TIME_WAITs is not one of tcp.max"
json null top 4 tcp.max && json 12000 top 0 tcp.max; report "status -j: no limit is null"
COLUMNS=80 run "$limits"; fits 80; report "status with limits fits 80 columns"
run "$limits" -A; has DENIED && has 1297; report "-A has denials"
run "$busy" -A; lacks DENIED; report "-A without the key has no column"
export PORTQUOTA_SYS=$tmp/nosys

# Owners and destinations
run "$calm"; has "PROGRAM    api worker, pid 4711, holds most: 2190" && has "1400 of 28232 ports" && has "from 10.0.0.2 to 10.0.0.9:5432" && has "3 BOUND"; report "status names the largest owner and the busiest destination"
vary removed; sed -i 's|^\(/system.slice/api.040worker.service\) |\1 (deleted) |' "$t/net/portquota/accounts"
run "$t"; grep -A 1 '^PROGRAM' "$tmp/out" | grep -q 'in /system.slice/api worker.service (deleted)$' && run "$t" -j && json true owner deleted; report "status: the largest owner's cgroup is removed"
run "$calm" -j; json 4711 owner owner.pid && json 10.0.0.9:5432 destination destination; report "status -j has them"
run "$busy"; lacks PROGRAM && lacks TOWARDS; report "status of an older module has neither"
COLUMNS=80 run "$calm"; fits 80; report "status with them fits 80 columns"
vary ranged; whole tcp.usable=3200
run "$t"; has "3105 of 3200 ports in use"; report "status: the range that a rule gives the namespace"

# Long names
vary kube; pod=/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod0a1b2c3d_4e5f_6071_8293_a4b5c6d7e8f9.slice/cri-containerd-0123456789abcdef.scope
for ((i = 0; i < 2000; i++)); do echo "tcp 10.0.0.1:$((40000 + i)) 10.0.0.2:80 ESTAB account=$pod pid=5 comm=python3 age=3 kind=shareable"; done >"$t/net/portquota/reservations"
COLUMNS=80 run "$t"; fits 80 && has "python3, pid 5, holds most: 2000" && grep -q '^           in /kube.*….*\.scope$' "$tmp/out"; report "status fits 80 columns, with a long name of who holds most"
sed -i 's/ account=[^ ]*/& deleted=1/' "$t/net/portquota/reservations"
COLUMNS=80 run "$t"; fits 80 && grep -q '^           in /kube.*….*\.scope (deleted)$' "$tmp/out"; report "status: so it does when that is removed"

# One cgroup
nginx=/system.slice/nginx.service
PORTQUOTA_SYS=$limits/sys run "$limits" status $nginx; [ $code -eq 0 ] && silent && [ "$(head -n 1 "$tmp/out")" = "$nginx   28232 TCP ports usable" ] && has "42%  12000 reservations (peak 14400)" && has "9000 now (peak 18000)" && lacks kubepods && lacks postgresql; report "status CGROUP: what it holds"
grep -q '12000 .* 269 .*tcp .* '"$nginx"'$' "$tmp/out" && grep -q '^21500 .* 1249  tcp .* /$' "$tmp/out" && has "timewait.denied 41" && lacks "tcp.denied 1290"; report "status CGROUP: its limits and those above it, its refusals"
run "$limits" status /system.slice; grep -q '^ 1700 .* /system.slice/postgresql.service$' "$tmp/out" && lacks "kubepods"; report "status CGROUP: and those below it"
COLUMNS=80 run "$limits" status /system.slice; fits 80; report "status CGROUP fits 80 columns"
run "$calm" status $nginx; has "64%  640 reservations" && has "1000 TCP ports usable, and 28232 UDP ports" && has "nginx, pid 812, holds most: 310" && lacks "api worker" && lacks TOWARDS; report "status CGROUP: its own range, and who holds most in it"
run "$calm" status -j $nginx; json $nginx cgroup && json 640 tcp.current && json 1 top && json 1 limits && json nginx owner owner.command && json 0 short && json 1 schema; report "status -j CGROUP"
run "$calm" status -j '/system.slice/api\040worker.service'; json "/system.slice/api worker.service" cgroup; report "status CGROUP: escaped as in the files"
cp -r "$calm" "$tmp/short"; t=$tmp/short; whole tcp.ports=28232 tcp.exclusive=28232; of $nginx tcp.exclusive=1000 tcp.current=1000
run "$t" status /kubepods.slice; has "portquota why /kubepods.slice" || has "portquota why '/kubepods.slice'"; report "status CGROUP: what is short, and what to type"
mkdir -p "$tmp/sys/fs/cgroup/here"; : >"$tmp/sys/fs/cgroup/cgroup.procs"
PORTQUOTA_SYS=$tmp/sys run "$calm" status /nosuch; [ $code -eq 0 ] && has "It holds nothing" && tells "no cgroup has the path '/nosuch' now"; report "status CGROUP: a slip of the fingers is told"
PORTQUOTA_SYS=$tmp/sys run "$calm" status -j /here; silent && json /here cgroup && json 0 top; report "status -j CGROUP: one that holds nothing"
run "$calm" status nginx; [ $code -eq 64 ] && tells "'nginx': a cgroup's path begins with a slash"; report "status wants a path"
run "$calm" status -A /a; [ $code -eq 64 ] && tells "portquota -A accounts /a"; report "status -A CGROUP is exit 64, with what is right"

finish
