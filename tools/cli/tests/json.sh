#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# json.sh: tests of what the JSON of all commands has in common.
# shellcheck source=tools/cli/tests/lib.sh
. "$(dirname "$0")/lib.sh"

# of_schema SHAPE: all of it is objects of the schema, one per line, in a list or not.
of_schema() {
	case $1 in
	list) [ "$(head -c 2 "$tmp/out")" = "[" ] && [ "$(tail -n 1 "$tmp/out")" = "]" ] && "$jget" <"$tmp/out" >/dev/null ;;
	object) lines 1 ;;
	lines) ! grep -v '^{.*}$' "$tmp/out" ;;
	esac && grep -q '^{' "$tmp/out" && ! grep '^{' "$tmp/out" | grep -qv '^{"schema": 1[,}]'
}

export PORTQUOTA_SYS=$limits/sys
t=$tmp/all; cp -r "$limits" "$t"; cp "$calm/net/portquota/destinations" "$t/net/portquota"; cp "$busy/net/portquota/reservations" "$t/net/portquota"
echo '1 deny /a resource=tcp current=9 threshold=max limit=max rate=1' >>"$t/net/portquota/events"
while read -r shape command; do
	# shellcheck disable=SC2086 # several words
	run "$t" -j $command
	of_schema "$shape"; report "$command -j: $shape of the schema"
	[ -s "$tmp/out" ] && ! grep -q '": "max"' "$tmp/out"; report "$command -j: no limit is not a word"
done <<-END
	object status
	list -A status
	list namespaces
	list accounts --all
	list reservations
	list reservations --by cgroup
	list destinations
	list rule
	list rule --host
	list why --over 0.1
	list history --dir $here/recorded
	lines events
	lines top --count 2 -d 0.1
	lines watch --count 2 -d 0.1
	object check
	object mode
END
for word in range timewait; do
	run "$calm" -j $word; of_schema list && ! grep -q '": "max"' "$tmp/out"; report "$word -j: list of the schema"
done
run "$t" -j events; [ "$(tail -n 1 "$tmp/out" | "$jget" limit)" = null ] && [ "$(tail -n 1 "$tmp/out" | "$jget" threshold)" = null ]; report "events -j: no limit is null"
run "$t" -j rule; json null 5 tcp.max && json 80% 0 tcp.warn; report "rule -j: no limit is null, and a share stays one"
cp "$limits/net/portquota/rules" "$t/rules"; run "$t" -j rule load "$t/rules"; of_schema object; report "rule load -j: object of the schema"
echo 'tcp 10.0.0.2:1 ESTAB 10.0.0.9:2 account=/max pid=1 comm=max age=1 kind=shareable' >"$t/net/portquota/reservations"; run "$t" -j reservations; json max 0 command && json /max 0 cgroup; report "reservations -j: a program can be called max"
run "$t" -j accounts /nosuch; [ $code -eq 0 ] && json 0; report "accounts -j: an empty list is a list"

finish
