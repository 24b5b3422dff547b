#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run.sh [NAME...]: runs the tests of the command line tool, all scripts beside this one or those named (why for
# why.sh), as many side by side as there are CPUs. Prints one KTAP with what all of them reported, in the order of
# their names; exit 0 if all passed.
set -u

here=$(dirname "$(realpath "$0")")
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

names=("$@")
if [ $# -eq 0 ]; then
	mapfile -t names < <(cd "$here" && printf '%s\n' *.sh | sed -n 's/\.sh$//p' | grep -vxE 'lib|run')
fi
scripts=()
for name in "${names[@]}"; do
	[ -x "$here/$name.sh" ] || {
		echo "run.sh: there is no $here/$name.sh" >&2
		exit 64
	}
	scripts+=("$here/$name.sh")
done

# The largest begin first, so that no CPU waits for one that began last. Not with &: then they would ignore Ctrl-C.
# shellcheck disable=SC2016
stat -c '%s %n' "${scripts[@]}" | sort -rn | cut -d ' ' -f 2- | tr '\n' '\0' |
	xargs -0 -n 1 -P "$(nproc)" bash -c '"$1" >"$0/$(basename "$1" .sh)" 2>&1' "$out"

# Numbers anew. A script that has not come to its plan, or to fewer tests than that, has failed.
echo "KTAP version 1"
cd "$out" && awk '
function close_script() {
	if (name == "" || planned == mine)
		return
	failed++
	print "not ok " ++count " " name ".sh ends before its last test"
}
FNR == 1 { close_script(); name = FILENAME; planned = -1; mine = 0 }
/^KTAP version/ || /^# [0-9]+ of [0-9]+ passed$/ { next }
/^1\.\.[0-9]+$/ { planned = substr($0, 4) + 0; next }
/^(not )?ok [0-9]+ / {
	mine++
	if (/^not/) failed++
	match($0, /ok [0-9]+/)
	print substr($0, 1, RSTART + 2) ++count substr($0, RSTART + RLENGTH)
	next
}
{ print }
END {
	close_script()
	print "1.." count
	print "# " count - failed " of " count " passed"
	exit !!failed
}' "${names[@]}"
