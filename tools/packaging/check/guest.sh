#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs in a booted Debian, at the end of its boot. What is to be found is in /expected: the version of the module,
# and how far the machine is: installed, monitored
# (monitored.sh) or upgraded.
set -u

# port NAME: the device of that name. udev's links in /dev/virtio-ports may come late, and to write to one that is
# not there makes a file.
port() {
	local found=''
	until [[ $found ]]; do
		found=$(grep -lx "portquota.$1" /sys/class/virtio-ports/*/name) || sleep 1
	done
	echo "/dev/$(basename "$(dirname "$found")")"
}

status_port=$(port status)
exec >"$(port out)" 2>&1
# It kept units from being started and stopped in a folder where no init runs.
rm -f /usr/sbin/policy-rc.d
read -r version stage </expected
count=0 failed=0

# report NAME: passed if the last command was.
report() {
	local ok=$?
	count=$((count + 1))
	if ((ok == 0)); then
		echo "ok $count $1"
	else
		failed=1
		{
			systemctl status --no-pager -n 20 portquota.service
			portquota rule --host list
			dmesg | grep portquota | tail -n 5
			tell_more
		} 2>&1 | sed 's/^/# /'
		echo "not ok $count $1"
	fi
}

# What else there is to tell of a failure, at some stages.
tell_more() {
	:
}

has_rule() {
	portquota rule --host save | grep -qx "$1"
}

# connects SLICE: what a service in that slice is told when it connects to where nobody listens.
connects() {
	local said=/run/said-$1
	cat >"/run/systemd/system/connect-$1.service" <<-END
		[Service]
		Type=oneshot
		Slice=$1.slice
		StandardError=file:$said
		ExecStart=-/bin/bash -c 'exec 3<>/dev/tcp/127.0.0.1/9'
	END
	systemctl daemon-reload
	systemctl start "connect-$1.service"
	cat "$said"
}

while [[ $(systemctl is-active portquota.service) == activating ]]; do
	sleep 1
done
[[ $(systemctl is-active portquota.service) == active ]]
report "$stage: portquota.service is active"
[[ $(cat /sys/module/portquota/version) == "$version" ]]
report "$stage: module $version is loaded"
has_rule '/none.slice tcp.max=0' && has_rule '/\* tcp.max=90%'
report "$stage: rules of /etc/portquota.d are in force"
[[ $(connects none) == *'Cannot assign requested address'* && $(connects other) == *'Connection refused'* ]]
report "$stage: a service in a slice with a limit is refused a port, and another is not"

case $stage in
installed)
	echo '/bad.slice tcp.mox=1' >/etc/portquota.d/50-bad.rules
	! systemctl reload portquota.service && has_rule '/none.slice tcp.max=0'
	report 'a reload with a bad file fails, and the rules stay'
	rm /etc/portquota.d/50-bad.rules
	portquota rule --host set /hand.slice tcp.max=7 && portquota rule set /mine.slice udp.max=8
	mkdir -p /run/netns
	touch /run/netns/lan /run/netns/left
	unshare --net=/run/netns/lan true && portquota -n lan rule set /lan.slice tcp.max=9
	loaded=$(stat -c %i /sys/module/portquota)
	systemctl restart portquota.service && [[ $(stat -c %i /sys/module/portquota) != "$loaded" ]] &&
		has_rule '/hand.slice tcp.max=7' && has_rule '/none.slice tcp.max=0' &&
		portquota rule save | grep -qx '/mine.slice udp.max=8' &&
		portquota -n lan rule save | grep -qx '/lan.slice tcp.max=9'
	report 'a restart loads the module anew, with the rules that were set by hand'
	loaded=$(stat -c %i /sys/module/portquota) file=$(modinfo -n portquota)
	mv "$file" /run/ && depmod
	systemctl restart portquota.service
	[[ $(stat -c %i /sys/module/portquota) == "$loaded" ]] && has_rule '/hand.slice tcp.max=7' &&
		journalctl -u portquota | grep -q 'no module to load for this kernel'
	report 'a restart without a module to load changes nothing'
	mv "/run/${file##*/}" "$file" && depmod && systemctl restart portquota.service &&
		[[ $(stat -c %i /sys/module/portquota) != "$loaded" ]]
	report 'and the next one does, when there is one again'
	systemctl reload portquota.service && ! has_rule '/hand.slice tcp.max=7' && has_rule '/none.slice tcp.max=0'
	report 'a reload leaves the rules of the files alone'
	echo '/bad.slice tcp.mox=1' >/etc/portquota.d/50-bad.rules
	! systemctl restart portquota.service && [[ $(systemctl is-failed portquota.service) == failed ]] &&
		has_rule '/none.slice tcp.max=0' && journalctl -u portquota | grep -q '50-bad.rules:1: '
	report 'with a bad file the unit is failed, the journal names the line, and other files are in force'
	rm /etc/portquota.d/50-bad.rules
	portquota rule --host set /hand.slice tcp.max=7 && echo audit >/sys/module/portquota/parameters/mode &&
		systemctl restart portquota.service && [[ $(systemctl is-active portquota.service) == active ]] &&
		! has_rule '/hand.slice tcp.max=7' && has_rule '/none.slice tcp.max=0' &&
		[[ $(cat /sys/module/portquota/parameters/mode) == audit ]]
	report 'when that is mended a restart applies the files, and removes what is in none of them'
	systemctl restart portquota.service && [[ $(cat /sys/module/portquota/parameters/mode) == audit ]]
	report 'a restart of the active unit keeps the mode'
	;;
upgraded)
	# As on a machine that was not booted since the upgrade.
	systemctl stop portquota.service && insmod /old.ko && systemctl start portquota.service &&
		old=$(cat /sys/module/portquota/version) && [[ $old && $old != "$version" ]] &&
		portquota rule --host set /hand.slice tcp.max=7 && portquota rule set /mine.slice udp.max=8 &&
		systemctl restart portquota.service && [[ $(cat /sys/module/portquota/version) == "$version" ]] &&
		has_rule '/hand.slice tcp.max=7' && has_rule '/none.slice tcp.max=0' &&
		portquota rule save | grep -qx '/mine.slice udp.max=8'
	report "a restart exchanges module ${old-} for $version, and keeps the rules that were set by hand"
	echo '/bad.slice tcp.mox=1' >/etc/portquota.d/50-bad.rules
	! systemctl restart portquota.service && [[ $(systemctl is-failed portquota.service) == failed ]]
	report 'the unit has failed'
	dpkg -r portquota && [[ ! -e /sys/module/portquota && ! -e /usr/sbin/portquota && -e /etc/portquota.d/10.rules ]]
	report 'removing the package removes the module, and leaves what is written in /etc/portquota.d'
	said=$(insmod /placeholder.ko 2>&1)
	[[ $said == *'not supported'* ]] && dmesg | grep -q 'portquota: .*does not build for this kernel'
	report 'the placeholder does not load, and says why'
	;;
monitored)
	# shellcheck source=tools/packaging/check/monitored.sh
	source /monitored.sh
	;;
esac

echo "1..$count"
echo "exit $failed" >"$status_port"
sync
systemctl --force --force poweroff
