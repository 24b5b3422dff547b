#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# export.sh: tests of export.
# shellcheck source=tools/cli/tests/lib.sh
. "$(dirname "$0")/lib.sh"

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
printf '/a"b\\134\\012\\033\\040c tcp.current=1\n/\\377 tcp.current=2\n/x (deleted) tcp.current=3 tcp.peak=9 tcp.max=7\n/x (deleted) tcp.current=4 tcp.peak=4 tcp.max=7\n/x tcp.current=5\n/caf\303\251 tcp.current=6\n' >"$t/net/portquota/accounts"
run "$t" export; openmetrics && has 'cgroup="/a\"b\\\n\\033 c"' && has 'cgroup="/\\377"' && has 'cgroup="/café"' && lacks $'\033'; report "export: labels are escaped"
has 'portquota_current{cgroup="/x (deleted)",resource="tcp"} 7' && lacks 'portquota_max{cgroup="/x (deleted)"' && has 'portquota_peak{cgroup="/x (deleted)",resource="tcp"} 9' && has 'portquota_current{cgroup="/x",resource="tcp"} 5'; report "export: removed cgroups of one name are one sample"
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

finish
