#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# lib.sh: what the tests of the command line tool share. Each script beside this one tests one command, or one
# matter of all commands, over trees that stand for /proc; it sources this file first and calls finish last, and
# can be run alone. It prints KTAP; exit 0 if all passed. Needs no module, no root and no network.
# shellcheck disable=SC2034 # what is set here is used there
set -u

here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
built=$(dirname "$here")/check
pq=$built/portquota
jget=$built/jget
refuse=$built/refuse.so
clock=$built/clock.so
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# The trees: a busy machine with an older module, a calm one, and one with limits.
busy=$here/busy
calm=$here/calm
limits=$here/limits

# script(1) starts $SHELL, and dash would not outlive Ctrl-C to tell how the tool ended.
export LC_ALL=C.UTF-8 TERM=xterm TZ=UTC SHELL=/bin/bash PORTQUOTA_SYS=$tmp/nosys
unset NO_COLOR COLUMNS LINES PORTQUOTA_PROC ARGP_HELP_FMT
count=0
failed=0

# Every test ends here: report DESCRIPTION, passed if the last command was.
report() {
	local ok=$?

	count=$((count + 1))
	if [ $ok -eq 0 ]; then
		echo "ok $count $1"
	else
		failed=$((failed + 1))
		echo "not ok $count $1"
		sed 's/^/# stdout: /' "$tmp/out" | head -20
		sed 's/^/# stderr: /' "$tmp/err" | head -20
	fi
}

# skip DESCRIPTION WHY: a test that cannot be run here.
skip() {
	count=$((count + 1))
	echo "ok $count $1 # SKIP $2"
}

# The last line of every script.
finish() {
	echo "1..$count"
	echo "# $((count - failed)) of $count passed"
	[ "$failed" -eq 0 ]
	exit
}

# run TREE ARGUMENT...: the tool over a tree; leaves $code, $tmp/out, $tmp/err.
run() {
	local tree=$1

	shift
	PORTQUOTA_PROC=$tree "$pq" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
	code=$?
}

has() { grep -qF -- "$1" "$tmp/out"; }
lacks() { ! grep -qF -- "$1" "$tmp/out"; }
tells() { grep -qF -- "$1" "$tmp/err"; }
silent() { [ ! -s "$tmp/err" ]; }
json() { [ "$("$jget" "${@:2}" <"$tmp/out")" = "$1" ]; }
lines() { [ "$(wc -l <"$tmp/out")" -eq "$1" ]; }

# tree NAME: a new empty tree; its path in $t.
tree() {
	t=$tmp/$1
	mkdir -p "$t/net/portquota" "$t/portquota"
	: >"$t/net/portquota/stat"
	: >"$t/net/portquota/accounts"
	: >"$t/net/portquota/reservations"
	: >"$t/portquota/namespaces"
}

# No line is wider than $1 columns.
fits() {
	local line

	while IFS= read -r line; do
		[ ${#line} -le "$1" ] || return 1
	done <"$tmp/out"
}

# In the heading and in all rows each of the first N columns that is right-aligned ends alike.
aligned() {
	awk -v n="$1" '
	NR == 1 || /^ *[0-9]/ {
		line = $0; at = 0
		for (i = 1; i <= n; i++) {
			match(line, /^ *[^ ]+/)
			at += RLENGTH
			line = substr(line, RLENGTH + 1)
			if (NR == 1) end[i] = at
			else if (end[i] != at) bad = 1
		}
	}
	END { exit bad }' "$tmp/out"
}

# kept FILE LINE...: the file has just these lines.
kept() { printf '%s\n' "${@:2}" | cmp -s - "$1"; }

# run_refused TREE ARGUMENT...: run, with the kernel refusing what $REFUSE begins.
run_refused() { ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD=$refuse run "$@"; }

# run_at WALL BOOT TREE ARGUMENT...: run, while it is so many seconds since 1970 and since boot.
run_at() { CLOCK_WALL=$1 CLOCK_BOOT=$2 ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD=$clock run "${@:3}"; }

# until_out TEXT: wait for the tool to have printed it.
until_out() { for ((i = 0; i < 100; i++)); do grep -qF -- "$1" "$tmp/out" && return; sleep 0.1; done; return 1; }

# vary NAME: copies the calm tree to $tmp/NAME; its path in $t, and changes there:
vary() { t=$tmp/$1; rm -rf "$t"; cp -r "$calm" "$t"; }
# whole KEY=VALUE...: its totals
whole() { for pair; do sed -i "s/^${pair%%=*} .*/${pair%%=*} ${pair#*=}/" "$t/net/portquota/stat"; done; of / "$@"; }
# of PATH KEY=VALUE...: an account
of() { for pair in "${@:2}"; do sed -i "\|^$1 |s/ ${pair%%=*}=[^ ]*/ ${pair%%=*}=${pair#*=}/" "$t/net/portquota/accounts"; done; }

# older: a tree of an older module, without ranges, delays and destinations, in $tmp/older.
older() {
	cp -r "$busy" "$tmp/older"
	: >"$tmp/older/net/portquota/rules"
}

echo "KTAP version 1"
