# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What guest.sh does on a machine that has Debian's Prometheus and node_exporter, too: all is as the packages have it,
# but for the alerts in rule_files. A service nears its limit, is refused ports, and ends; the alerts and the record tell
# of it, by the machine's own timers and with the intervals that Debian has.

# shellcheck source=tools/check/monitoring.sh
source /monitoring.sh
# shellcheck disable=SC2034 # of monitoring.sh
node_port=9100 prometheus_port=9090
near=/system.slice/near.service
textfile=/var/lib/prometheus/node-exporter/portquota.prom

# A service that holds 47 of the 50 ports that /etc/portquota.d lets it have, and wants five more when /run/more is there.
near_begins() {
	cat >/run/near <<-'END'
		#!/bin/bash
		opens() {
			for ((i = 0; i < $1; i++)); do
				exec {fd}<>/dev/tcp/127.0.0.1/9100
			done
		}
		opens 47
		until [[ -e /run/more ]]; do
			sleep 1
		done
		opens 5
		sleep infinity
	END
	chmod 755 /run/near
	cat >/run/systemd/system/near.service <<-'END'
		[Service]
		ExecStart=/run/near
		StandardError=file:/run/said-near
	END
	systemctl daemon-reload
	systemctl start near.service
}

near_holds() {
	[[ $(portquota -j accounts "$near" | sed -n 's/.*"tcp.current": \([0-9]*\),.*/\1/p') == "$1" ]]
}
near_is_gone() {
	near_holds '' || near_holds 0
}

is_served() {
	get "$node_port" /metrics >/run/served && grep -qx 'node_textfile_scrape_error 0' /run/served &&
		grep -q '^portquota_build_info{' /run/served
}

# has_metric NAME: Prometheus has a sample of it.
has_metric() {
	get "$prometheus_port" "/api/v1/query?query=$1" | grep -q '"result":\[{'
}

evaluates_rules() {
	get "$prometheus_port" /api/v1/rules >/run/told && tells '"name":"CgroupNearPortLimit"' &&
		! tells '"health":"(err|unknown)"'
}

no_alert() {
	get "$prometheus_port" /api/v1/alerts >/run/told && tells '"alerts":\[\]'
}
no_alert_of_near() {
	get "$prometheus_port" /api/v1/alerts >/run/told && tells '"alerts":' && ! tells CgroupNearPortLimit
}

rows() {
	cat /var/log/portquota/*.jsonl | wc -l
}
# has_rows COUNT: or more.
has_rows() {
	(($(rows) >= $1))
}

# told WORD…: what portquota prints is in /run/told, and shown if the test fails.
told() {
	portquota "$@" >/run/told 2>&1
}
tells() {
	grep -qE -- "$1" /run/told
}

is_well() {
	[[ $(systemctl show -P Result "$1.service") == success && $(systemctl show -P ExecMainStatus "$1.service") == 0 ]] &&
		[[ $(systemctl is-active "$1.timer") == active ]]
}

tell_more() {
	head -c 3000 /run/told
	head -n 5 /run/said-near
	portquota accounts
	systemctl list-timers --all --no-pager 'portquota*'
	journalctl --no-pager -n 20 -u 'portquota*' -u prometheus
	get "$prometheus_port" /api/v1/targets
}

systemctl enable --now portquota-record.timer portquota-textfile.timer >/run/told 2>&1 &&
	[[ $(systemctl is-active prometheus prometheus-node-exporter | sort -u) == active ]]
report 'record and textfile are enabled, beside a Prometheus and a node_exporter as Debian starts them'
until_true 180 is_served
report 'node_exporter serves what portquota-textfile.timer has had written'
written=$(stat -c %Y "$textfile")
until_true 180 has_metric portquota_build_info
report 'Prometheus scrapes it'
until_true 180 evaluates_rules
report 'it evaluates the rules of /usr/share/portquota'
no_alert
report 'and has no alert of a machine at rest'

near_begins
until_true 120 near_holds 47
report 'a service holds 47 of its 50 ports'
until_true 240 alert_of CgroupNearPortLimit "$near" pending
report 'an alert is pending'
until_true 300 alert_of CgroupNearPortLimit "$near" firing
report 'and fires, after the minute that the rule waits'

: >/run/more
until_true 120 grep -q 'Cannot assign requested address' /run/said-near
report 'the service is refused ports at its limit'
refused=$(date +%s)
until_true 240 alert_of CgroupRefusedPorts "$near" firing
report 'and that alert fires'
until_true 240 has_rows $(($(rows) + 1))
report 'portquota-record.timer has had a row written meanwhile'

systemctl stop near.service
until_true 300 near_is_gone
report 'when the service is stopped its TIME_WAITs end'
until_true 300 no_alert_of_near
report 'and so does the alert'
until_true 240 has_rows $(($(rows) + 1))

told history --cgroup "$near" && tells "warn .* $near\$" && tells "denied .* $near\$" && ! tells ' gap '
report 'portquota history tells it afterwards'
told why --at "$(date -d "@$refused" +%H:%M:%S)" && tells 'recorded: rule' && tells "$near was at 50 of its tcp.max of 50"
report 'and portquota why --at'
told plot && tells '^</svg>' && tells "denied tcp, .* $near"
report 'and portquota plot draws it'
is_well portquota-textfile && (($(stat -c %Y "$textfile") > written + 60)) && is_well portquota-record
report 'all that the timers have started has succeeded'
