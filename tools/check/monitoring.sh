# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The programs that read what portquota has for monitoring: Debian's promtool, Prometheus and node_exporter, on
# loopback. They are unpacked in the cache and not installed, as their packages start services; they are linked with
# the C library alone. The caller has set $work, a folder that goes when it ends.

programs_pids=()

# programs_get: sets promtool, prometheus and node_exporter.
programs_get() {
	local version folder new package
	apt_lists_for prometheus
	version=$(apt_field prometheus Version)
	[[ $version ]] || die "apt's lists know no prometheus"
	folder=$CACHE/monitoring-$version
	if [[ ! -d $folder ]]; then
		new=$(cache_begin "$folder")
		apt_fetch "$new" prometheus prometheus-node-exporter
		for package in "$new"/*.deb; do
			dpkg-deb -x "$package" "$new"
		done
		rm "$new"/*.deb
		cache_end "$new" "$folder"
	fi
	promtool=$folder/usr/bin/promtool
	prometheus=$folder/usr/bin/prometheus
	node_exporter=$folder/usr/bin/prometheus-node-exporter
}

# get PORT PATH: what is served there.
get() {
	local fd
	exec {fd}<>"/dev/tcp/127.0.0.1/$1" || return
	printf 'GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n' "$2" >&"$fd"
	sed '1,/^\r$/d' <&"$fd"
	exec {fd}>&-
}

# until_true SECONDS COMMAND…
until_true() {
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		((SECONDS < end)) || return 1
		sleep 0.2
	done
}

# program_start PORT-VARIABLE LOG COMMAND…: with @PORT@ in COMMAND a port that nothing listens on. Where something
# else has taken it meanwhile, the program ends, and another is tried.
program_start() {
	local -n port_found=$1
	local log=$2 try pid port
	shift 2
	for try in {1..20}; do
		port=$((20000 + RANDOM % 10000))
		(exec 2>/dev/null && : <"/dev/tcp/127.0.0.1/$port") && continue
		"${@//@PORT@/$port}" >"$log" 2>&1 </dev/null &
		pid=$!
		programs_pids+=("$pid")
		# shellcheck disable=SC2034 # it is the caller's
		port_found=$port
		! until_true 30 program_settled "$pid" "$port" || ! kill -0 "$pid" 2>/dev/null || return 0
	done
	tail -n 5 "$log" >&2
	die "$1 does not start"
}

# It has ended, or it serves.
program_settled() {
	! kill -0 "$1" 2>/dev/null || : <"/dev/tcp/127.0.0.1/$2"
}

programs_stop() {
	((${#programs_pids[@]})) || return 0
	kill "${programs_pids[@]}" 2>/dev/null || :
	wait "${programs_pids[@]}" 2>/dev/null || :
}

# programs_start FOLDER RULES CONSOLES: node_exporter with the textfiles in FOLDER, and a Prometheus that reads it each
# second, and beside it FOLDER/portquota.om, as OpenMetrics. Sets node_port, web_port and prometheus_port.
programs_start() {
	echo '.om:application/openmetrics-text; version=1.0.0; charset=utf-8' >"$work/httpd.conf"
	program_start web_port "$work/httpd.log" busybox httpd -f -p 127.0.0.1:@PORT@ -h "$1" -c "$work/httpd.conf"
	program_start node_port "$work/node_exporter.log" "$node_exporter" --web.listen-address=127.0.0.1:@PORT@ \
		--collector.disable-defaults --collector.textfile --collector.textfile.directory="$1"
	cat >"$work/prometheus.yml" <<-END
	global: {scrape_interval: 1s, evaluation_interval: 1s}
	rule_files: ['$2']
	scrape_configs:
	- job_name: node
	  static_configs: [{targets: ['127.0.0.1:$node_port'], labels: {instance: here}}]
	- job_name: openmetrics
	  metrics_path: /portquota.om
	  static_configs: [{targets: ['127.0.0.1:$web_port'], labels: {instance: there}}]
	END
	program_start prometheus_port "$work/prometheus.log" "$prometheus" --config.file="$work/prometheus.yml" \
		--storage.tsdb.path="$work/data" --web.listen-address=127.0.0.1:@PORT@ \
		--web.console.templates="$3" --web.console.libraries="$work"
	until_true 60 query up
}

# query EXPRESSION: the samples that Prometheus has of it, one per line; fails if there is none.
query() {
	local found
	found=$("$promtool" query instant "http://127.0.0.1:$prometheus_port" "$1") || return
	[[ $found ]] || return
	printf '%s\n' "$found"
}

# alert_of NAME CGROUP STATE: it is pending or firing.
alert_of() {
	get "$prometheus_port" /api/v1/alerts | sed 's/{"labels"/\n&/g' |
		grep -F "{\"labels\":{\"alertname\":\"$1\",\"cgroup\":\"$2\"" | grep -qF "\"state\":\"$3\""
}
