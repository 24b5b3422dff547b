#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# output.sh: tests of colour and characters.
# shellcheck source=tools/cli/tests/lib.sh
. "$(dirname "$0")/lib.sh"

run "$busy" --color=always; has $'\033['; report "--color=always colours"
run "$busy" --color=always -j; lacks $'\033['; report "JSON has no colour"
run "$busy" --color=auto; lacks $'\033['; report "--color=auto does not colour a file"
run "$busy" --color=blue; [ $code -eq 64 ] && tells blue; report "--color with no such choice"
# What is one thing has one name in all JSON.
cp -r "$calm" "$tmp/all"; cp "$limits/net/portquota/rules" "$tmp/all/net/portquota/"
for words in status accounts reservations destinations rule range "timewait show" "why --over 0.1" events "top --count 1 -d 0.1" "watch --count 1 -d 0.1" "status -A" check; do
	# shellcheck disable=SC2086
	run "$tmp/all" $words -j; [ -s "$tmp/out" ] && ! grep -qE '"([a-z]+[.])?(path|account|comm)":' "$tmp/out"; report "$words -j: a cgroup is cgroup, and a command is command"
done
LC_ALL=C run "$busy"; has "#####" && lacks "█"; report "bars are ASCII where the locale is"
LC_ALL=C.UTF-8 run "$busy"; has "█"; report "bars are UTF-8 where the locale is"
if command -v script >/dev/null; then
	on_tty() { script -qec "stty cols 80; env $* PORTQUOTA_PROC=$busy $pq accounts" /dev/null </dev/null >"$tmp/out" 2>"$tmp/err"; }
	on_tty A=b; has $'\033['; report "a terminal is coloured"
	on_tty NO_COLOR=1; lacks $'\033[' && has "hidden columns (terminal too narrow)"; report "NO_COLOR is respected, width is the terminal's"
	on_tty TERM=dumb; lacks $'\033['; report "a dumb terminal is not coloured"
else
	for what in "a terminal is coloured" "NO_COLOR" "dumb"; do
		skip "$what" "no script(1)"
	done
fi
for word in accounts "top --count 1 -d 0.1"; do
	# shellcheck disable=SC2086
	COLUMNS=50 run "$limits" $word; fits 50; report "$word fits 50 columns"
done

finish
