#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# export.sh: tests of export. What the programs that read it say is tested by tools/check/monitoring.
# shellcheck source=tools/cli/tests/lib.sh
. "$(dirname "$0")/lib.sh"

# Both formats are read as their standards have them.
classic() { awk -v classic=1 -f "$here/openmetrics.awk" "$tmp/out" >"$tmp/err"; }
openmetrics() { awk -f "$here/openmetrics.awk" "$tmp/out" >"$tmp/err"; }
# sum METRIC [LABEL="VALUE"]: over all of its samples
sum() { awk -v name="$1" -v label="${2:-}" '{ n = $1; sub(/\{.*/, "", n) } n == name && index($0, label) { sum += $NF; found = 1 } END { print found ? sum : "none" }' "$tmp/out"; }
# adds_up CGROUP-METRIC METRIC [LABEL="VALUE"]: the cgroups together are the namespace
adds_up() { [ "$(sum "$1" "${3:-}")" != none ] && [ "$(sum "$1" "${3:-}")" = "$(sum "$2" "${3:-}")" ]; }
series() { grep -vc '^#' "$tmp/out"; }

run "$calm" export; [ $code -eq 0 ] && silent && classic; report "export is the text format 0.0.4"
cp "$tmp/out" "$tmp/part"; run "$calm" export --openmetrics; [ $code -eq 0 ] && silent && openmetrics && has '# UNIT portquota_used_ports ports'; report "export --openmetrics"
grep -v '^#' "$tmp/out" | grep -v duration >"$tmp/samples"; grep -v '^#' "$tmp/part" | grep -v duration | cmp -s - "$tmp/samples"; report "export: both formats have the same samples"
run "$calm" export; has 'portquota_cgroup_reservations{cgroup="/system.slice/nginx.service",unit="nginx.service",resource="tcp"} 640' && has 'portquota_timewait_ended_total{reason="expired"} 89478'; report "export: accounts"
has 'portquota_cgroup_max_reservations{cgroup="/system.slice/nginx.service",unit="nginx.service",resource="tcp"} 900' && ! grep -q 'portquota_cgroup_max_reservations{cgroup="/",' "$tmp/out"; report "export: a limit only where there is one"
has 'portquota_cgroup_denied_calls_total{cgroup="/system.slice/nginx.service",unit="nginx.service",resource="tcp"} 0' && [ "$(grep -c '^portquota_cgroup_denied_calls_total' "$tmp/out")" -eq 1 ]; report "export: where there is a limit, refusals are a 0 before the first"
has 'portquota_timewait_lifetimes_total{under="32"} 6150' && [ "$(sum portquota_timewait_lifetimes_total)" = 95190 ]; report "export: how long TIME_WAITs lasted, by class"
has 'portquota_destination_free_ports{source="10.0.0.2",destination="10.0.0.7:80",range="10000-10999"} 556'; report "export: destinations"
has 'portquota_cgroup_timewait_delay_seconds{cgroup="/kubepods.slice/pod-a1.scope",unit="pod-a1.scope"} 30' && has 'portquota_cgroup_usable_ports{cgroup="/system.slice/nginx.service",unit="nginx.service",resource="tcp"} 1000'; report "export: own delays and ranges"
lacks idle.slice && lacks portquota_spoiled_ports; report "export: nothing of what is idle, or zero and of no use"
run "$calm" export --idle; classic && has 'portquota_cgroup_reservations{cgroup="/idle.slice",unit="idle.slice",resource="tcp"} 0'; report "export --idle"
run "$calm" export --destinations 1; [ "$(grep -c '^portquota_destination_used' "$tmp/out")" -eq 1 ] && has 'portquota_destination_used_ports{source="10.0.0.2",destination="10.0.0.7:80"' && classic; report "export --destinations: the fullest"
has 'portquota_scrape_duration_seconds ' && has 'portquota_namespace_scrape_success 1' && has 'portquota_build_info{version="'; report "export: what a monitor asks of an exporter"

# Sums
for tree in "$calm" "$limits" "$busy"; do
	run "$tree" export --idle --top 0
	for resource in tcp udp; do
		adds_up portquota_cgroup_reservations portquota_reservations "resource=\"$resource\""; report "export of ${tree##*/}: a sum over the cgroups is the namespace's: $resource"
	done
	adds_up portquota_cgroup_timewait_sockets portquota_timewait_sockets; report "export of ${tree##*/}: the same for TIME_WAIT"
done
PORTQUOTA_SYS=$limits/sys run "$limits" export; classic && has 'portquota_mode{mode="enforce"} 1' && has 'portquota_mode{mode="off"} 0' && [ "$(sum portquota_denied_calls_total)" = 1297 ] && [ "$(sum portquota_timewait_denied_calls_total)" = 41 ]; report "export: an older module, the mode, and refusals, each counted once"
run "$busy" export; adds_up portquota_cgroup_exhausted_calls_total portquota_exhausted_calls_total 'resource="tcp"' && [ "$(sum portquota_exhausted_calls_total)" = 37 ]; report "export: calls that found no port"
tree rest; printf '/ tcp.begun=100 tcp.local=1\n/a tcp.begun=90 tcp.denied=9\n/a/x tcp.begun=30 tcp.denied=2 tcp.local=3\n/a/x/y tcp.begun=20 tcp.denied=2 tcp.local=4\n/a/z (deleted) tcp.begun=7 tcp.denied=1 tcp.local=2\n(before load) tcp.begun=8 tcp.local=5\n(outside) tcp.local=6\n' >"$t/net/portquota/accounts"
printf 'tcp.begun 100\ntcp.current 15\ntcp.denied 9\n' >"$t/net/portquota/stat"
run "$t" export --idle; has 'begun_total{cgroup="/a/x/y",resource="tcp"} 20' && has 'begun_total{cgroup="(before load)",resource="tcp"} 8' && [ "$(grep -c '^portquota_cgroup_reservations_begun_total' "$tmp/out")" -eq 2 ]; report "export: counters of cgroups only that have none below them, as they are"
has 'portquota_cgroup_denied_calls_total{cgroup="/a/x/y",resource="tcp"} 2' && [ "$(grep -c "denied_calls_total{cgroup" "$tmp/out")" -eq 1 ] && has 'portquota_cgroup_reservations{cgroup="/a/z (deleted)",removed="yes",resource="tcp"} 2' && has 'portquota_cgroup_reservations{cgroup="(outside)",resource="tcp"} 6'; report "export: so are refusals"
sed -i '/y tcp/d' "$t/net/portquota/accounts"; run "$t" export --idle; has 'begun_total{cgroup="/a/x",resource="tcp"} 30'; report "export: with what a removed one had, which is no less than before"
# Beside sixty that were refused thousands, and sixty that named ports thousands of times: one that has a limit.
tree first; awk 'BEGIN { for (i = 1; i <= 60; i++) printf "/many%d tcp.denied=%d\n/named%d tcp.taken=%d udp.exhausted=1\n", i, 4000 + i, i, 90000 + i }' >"$tmp/many60"
# first COUNT: so many refusals of it, and of the limit on its TIME_WAITs as well
first() { { cat "$tmp/many60"; echo "/limited tcp.current=5 tcp.max=9 tcp.denied=$1 timewait.max=9 timewait.denied=$1"; echo "/above tcp.current=8 tcp.max=9 tcp.denied=70"; echo "/above/low tcp.denied=60"; } >"$t/net/portquota/accounts"; run "$t" export; }
for refused in 0 1 37; do
	first $refused; has "portquota_cgroup_denied_calls_total{cgroup=\"/limited\",resource=\"tcp\"} $refused" && has "portquota_cgroup_timewait_denied_calls_total{cgroup=\"/limited\"} $refused" && has "portquota_cgroup_subtree_denied_calls_total{cgroup=\"/limited\",resource=\"tcp\"} $refused"; report "export: with a limit, refusals are printed when there are $refused too"
done
[ "$(grep -c '^portquota_cgroup_denied_calls_total' "$tmp/out")" -eq 51 ] && [ "$(grep -c '^portquota_cgroup_taken_calls_total' "$tmp/out")" -eq 50 ]; report "export: what was taken pushes out no refusal"
has 'portquota_cgroup_subtree_denied_calls_total{cgroup="/above",resource="tcp"} 70' && lacks 'portquota_cgroup_denied_calls_total{cgroup="/above"'; report "export: refusals of a cgroup with those below it, where it has a limit"
# The module prints tcp.denied first, and timewait.denied was a moment later.
tree apart; printf 'tcp.begun 9\ntcp.denied 7\ntimewait.denied 9\n' >"$t/net/portquota/stat"; printf '/l timewait.max=5 tcp.denied=7 timewait.denied=9\n' >"$t/net/portquota/accounts"
run "$t" export; has 'portquota_denied_calls_total{resource="tcp"} 7' && has 'portquota_timewait_denied_calls_total 9' && has 'portquota_cgroup_denied_calls_total{cgroup="/l",resource="tcp"} 7'; report "export: counters are as the module has them"
# Half bound, half towards one destination: none is left, though each is half only.
tree halves; printf '10.0.0.2 10.0.0.9:1 used=600 usable=1000 free=400\n10.0.0.2 10.0.0.9:2 used=500 usable=1000 free=10 reusable=20\n10.0.0.2 10.0.0.9:3 used=990 usable=1000 free=5 reusable=700\n' >"$t/net/portquota/destinations"
run "$t" export --destinations 1; has 'portquota_destination_used_ports{source="10.0.0.2",destination="10.0.0.9:2"}'; report "export --destinations: the fullest has the fewest free"

# Labels
tree labels
printf '/a"b\\134\\012\\033\\040c tcp.local=1\n/\\377 tcp.local=2\n/x (deleted) tcp.local=3 tcp.current=3 tcp.peak=9 tcp.max=7\n/x (deleted) tcp.local=4 tcp.current=4 tcp.peak=4 tcp.max=7\n/x tcp.local=5 tcp.current=5 tcp.max=7\n/caf\303\251 tcp.local=6\n' >"$t/net/portquota/accounts"
run "$t" export; classic && has 'cgroup="/a\"b\\\n\\033 c"' && has 'cgroup="/\\377"' && has 'cgroup="/café"' && lacks $'\033'; report "export: labels are escaped"
has 'portquota_cgroup_reservations{cgroup="/x (deleted)",removed="yes",resource="tcp"} 7' && lacks 'portquota_cgroup_max_reservations{cgroup="/x (deleted)"' && has 'portquota_cgroup_reservations{cgroup="/x",resource="tcp"} 5' && has 'subtree_reservations{cgroup="/x",resource="tcp"} 5'; report "export: removed cgroups of one path are one sample, and not measured by a limit"
printf '/c1\302\205 tcp.local=1\n/bidi\342\200\256x tcp.local=2\n/caf\303\251 tcp.local=3\n' >"$t/net/portquota/accounts"
for locale in C C.UTF-8; do
	LC_ALL=$locale run "$t" export; classic && has 'cgroup="/c1\\302\\205"' && has 'cgroup="/bidi\\342\\200\\256x"' && has 'cgroup="/café"'; report "export: nothing invisible, nor what turns the text, in locale $locale"
done
printf '/\\377 tcp.local=1\n/\\134377 tcp.local=2\n/\\134134377 tcp.local=3\n/\\001 tcp.local=4\n/\\134001 tcp.local=5\n/a\\134x2db tcp.local=6\n/x (deleted) tcp.local=7\n/x\\040(deleted) tcp.local=8\n' >"$t/net/portquota/accounts"
run "$t" export; classic && [ "$(grep -c ^portquota_cgroup_reservations "$tmp/out")" -eq 8 ] && has 'cgroup="/a\\x2db"'; report "export: no two cgroups look the same, whatever their names"
id=$(printf '0123456789abcdef%.0s' 1 2 3 4); uid=0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9; low=${uid//-/_}
# named PATH UNIT POD CONTAINER: the labels of a path
named() {
	echo "$1 tcp.local=1" >"$t/net/portquota/accounts"
	run "$t" export
	has "portquota_cgroup_reservations{cgroup=\"$1\"${2:+,unit=\"$2\"}${3:+,pod_uid=\"$3\"}${4:+,container_id=\"$4\"},resource=\"tcp\"} 1"
}
named /system.slice/nginx.service/worker nginx.service "" ""; report "export: the unit"
named /user.slice/user-1000.slice/user@1000.service/app.slice/_tcp.service tcp.service "" ""; report "export: the unit of a user, with a name that is escaped"
named "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod$low.slice/cri-containerd-$id.scope" "cri-containerd-$id.scope" "$uid" "$id"; report "export: a pod, systemd driver, containerd"
named "/kubepods.slice/kubepods-pod$low.slice/crio-$id.scope/container" "crio-$id.scope" "$uid" "$id"; report "export: a pod, systemd driver, CRI-O"
named "/kubepods.slice/kubepods-pod$low.slice/crio-conmon-$id.scope" "crio-conmon-$id.scope" "$uid" ""; report "export: what watches a container is none"
named "/kubepods/besteffort/pod$uid/$id" "" "$uid" "$id"; report "export: a pod, cgroupfs driver"
named "/kubepods/podaabbccddeeff00112233445566778899/$id" "" aabbccddeeff00112233445566778899 "$id"; report "export: a static pod"
named "/system.slice/kubelet.service/kubepods-burstable-pod$low.slice:cri-containerd:$id" kubelet.service "$uid" "$id"; report "export: a pod, containerd given the other driver's path"
named "/system.slice/docker-$id.scope" "docker-$id.scope" "" "$id" && named "/docker/$id" "" "" "$id" && named "/machine.slice/libpod-$id.scope/container" "libpod-$id.scope" "" "$id"; report "export: containers of docker and podman"
named "/podium/pod-1/${id%?}" "" "" "" && named "/pod$uid-x" "" "" ""; report "export: what only looks like a pod or a container"

# How many
tree many; mkdir -p "$tmp/many/net/portquota"
awk 'BEGIN { for (i = 1; i <= 3000; i++) printf "/kubepods.slice/p%d tcp.current=%d tcp.local=%d tcp.begun=%d tcp.denied=%d tcp.max=9000 tcp.warn=7000 udp.current=1 udp.local=1 udp.begun=9 udp.max=max timewait.current=1 timewait.local=1 timewait.entered=4 tcp.exhausted=1 tcp.taken=2\n", i, i, i, 2 * i, i % 3; print "/ tcp.current=4501500 tcp.begun=9003000 tcp.local=0" }' >"$t/net/portquota/accounts"
printf 'range.usable 28232\ntcp.current 4501500\ntcp.begun 9003000\nudp.current 3000\nudp.begun 27000\ntimewait.current 3000\n' >"$t/net/portquota/stat"
run "$t" export; classic && [ "$(series)" -lt 1500 ] && has 'portquota_cgroups_left_out 2950' && has 'cgroup="/kubepods.slice/p3000",unit="kubepods.slice",resource="tcp"} 3000' && ! grep -q 'cgroup_reservations{cgroup="/kubepods.slice/p2950"' "$tmp/out"; report "export: 3000 cgroups are less than 1500 series, those that hold most"
adds_up portquota_cgroup_reservations portquota_reservations 'resource="tcp"' && has 'cgroup="(others)",resource="tcp"} 4352725' && adds_up portquota_cgroup_timewait_sockets portquota_timewait_sockets; report "export: the others are one sample, so that sums are right"
run "$t" export --top 2; [ "$(grep -c '^portquota_cgroup_reservations{' "$tmp/out")" -eq 6 ]; report "export --top"
run "$t" export --cgroup '*/p299?'; [ "$(grep -c '^portquota_cgroup_reservations{.*tcp' "$tmp/out")" -eq 11 ] && has '/p2990"' && classic && adds_up portquota_cgroup_reservations portquota_reservations 'resource="tcp"'; report "export --cgroup, * for slashes too"
run "$t" export --top 0; [ "$(grep -c '^portquota_cgroup_reservations{.*tcp' "$tmp/out")" -eq 3000 ] && has 'portquota_cgroups_left_out 0'; report "export --top 0: all"

# Several namespaces: that of process 7, one that nothing leads to, and one of a process that has ended
tree nets; mkdir -p "$t"/{7,8}/ns "$t/7/net/portquota"; echo init >"$t/7/comm"; ln -s 'net:[100]' "$t/7/ns/net"; echo gone >"$t/8/comm"; ln -s 'net:[300]' "$t/8/ns/net"
cp "$calm"/net/portquota/* "$t/7/net/portquota/"
printf 'net:[100] tcp.current=3420\nnet:[200] tcp.current=4 tcp.ports=4 tcp.usable=100 tcp.begun=8 tcp.exhausted=1 tcp.denied=5 timewait.denied=2\nnet:[300] tcp.current=5 tcp.begun=5\nnet:[400] tcp.current=0 tcp.begun=0\n' >"$t/portquota/namespaces"
export PORTQUOTA_NETNS=$tmp/nonets
run "$t" -A export; [ $code -eq 0 ] && classic && has 'portquota_namespace_scrape_success{netns="host"} 1' && has 'portquota_namespace_scrape_success{netns="net:[200]"} 0' && has 'portquota_cgroup_reservations{netns="host",cgroup="/system.slice/nginx.service"'; report "-A export: a namespace that cannot be entered is a sample"
has 'portquota_used_ports{netns="net:[200]",resource="tcp"} 4' && has 'portquota_exhausted_calls_total{netns="net:[200]",resource="tcp"} 1' && has 'portquota_denied_calls_total{netns="net:[200]",resource="tcp"} 5'; report "-A export: its totals are known all the same"
has 'portquota_namespaces 4' && ! grep -q 'net:\[400\].*portquota_res\|portquota_res.*net:\[400\]' "$tmp/out"; report "-A export: a namespace in which nothing was ever done has one sample"
rm "$t/8/ns/net"; run "$t" -A export; [ $code -eq 0 ] && silent; report "-A export: a process that has ended is no news"
rm -r "$t/7/net"; run "$t" -A export; [ $code -eq 1 ] && [ ! -s "$tmp/out" ]; report "-A export: nothing can be read, and that is told"
rm -r "$t/7"; run "$t" -A export; [ $code -eq 0 ] && silent && classic && has 'portquota_namespace_scrape_success{netns="net:[200]"} 0' && has 'portquota_used_ports{netns="net:[200]",resource="tcp"} 4' && ! grep -q 'scrape_success{.*} 1' "$tmp/out"; report "-A export: where none can be entered the totals are known, as to check -A"
tree twice; mkdir -p "$t/run" "$t/docker" "$t/7/ns" "$t/7/net/portquota"; : >"$t/run/blue"; : >"$t/docker/blue"; : >"$t/run/host"
cp "$calm"/net/portquota/* "$t/7/net/portquota/"; ln -s 'net:[100]' "$t/7/ns/net"
printf 'net:[%s] tcp.begun=1\n' 100 "$(stat -c %i "$t/run/blue")" "$(stat -c %i "$t/docker/blue")" "$(stat -c %i "$t/run/host")" >"$t/portquota/namespaces"
PORTQUOTA_NETNS=$t/run:$t/docker run "$t" -A export; [ $code -eq 0 ] && classic && has 'success{netns="blue"} 0' && has "success{netns=\"net:[$(stat -c %i "$t/docker/blue")]\"} 0" && has 'success{netns="host"} 1' && has "success{netns=\"net:[$(stat -c %i "$t/run/host")]\"} 0"; report "-A export: of two namespaces of one name, one is called by its inode"
PORTQUOTA_NETNS=$t/run:$t/docker run "$t" -A namespaces -j; [ "$(grep -c '"netns.name": *"host"' "$tmp/out")" -eq 1 ] && [ "$(grep -c '"netns.name": *"blue"' "$tmp/out")" -eq 1 ]; report "namespaces: the same everywhere"
tree crowd
for ((i = 1; i <= 200; i++)); do mkdir -p "$t/$i/ns"; ln -s "net:[$i]" "$t/$i/ns/net"; ln -s "$calm/net" "$t/$i/net"; echo "net:[$i]"; done >"$t/portquota/namespaces"
run "$t" -A export; [ $code -eq 0 ] && classic && [ "$(series)" -lt 5000 ] && adds_up portquota_cgroup_reservations portquota_reservations && [ "$(sum portquota_namespace_scrape_success)" = 200 ]; report "-A export: 200 namespaces are less than 5000 series"
grep -q '^portquota_timewait_lifetimes_total{netns="host"' "$tmp/out" && [ "$(grep -c '^portquota_timewait_lifetimes_total.*="64"' "$tmp/out")" -eq 10 ]; report "-A export: details of the host's and of those that hold most"
unset PORTQUOTA_NETNS

# Odd files
tree odd; run "$t" export; [ $code -eq 0 ] && classic; report "export: empty files"
head -c 20000 /dev/urandom | tee "$t/net/portquota/stat" "$t/net/portquota/accounts" >"$t/net/portquota/destinations"
run "$t" export --idle; [ $code -eq 0 ] && classic && ! LC_ALL=C grep -q "$(printf '\033')" "$tmp/out"; report "export: random bytes"
run "$tmp/nowhere" export; [ $code -eq 1 ] && tells "modprobe portquota" && [ ! -s "$tmp/out" ]; report "export: no module is exit 1, and nothing printed"
for bad in -j "--destinations x" "--destinations -1" "--top x" nonsense; do
	# shellcheck disable=SC2086
	run "$calm" export $bad; [ $code -eq 64 ] && tells "--help"; report "export $bad is exit 64"
done

finish
