# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What is told while working: one line a step on stderr, with how long it took.

# What tools print is matched and sorted here, so neither the caller's language nor the flags of the
# make that called may change it.
export LC_ALL=C
unset MAKEFLAGS MFLAGS MAKELEVEL

say() {
	printf 'portquota: %s\n' "$*" >&2
}

die() {
	say "$*"
	exit "${DIE_STATUS:-125}"
}

# how_long SECONDS: 8s, 1m05s
how_long() {
	if (($1 < 60)); then
		printf '%ds' "$1"
	else
		printf '%dm%02ds' $(($1 / 60)) $(($1 % 60))
	fi
}

# megabytes BYTES
megabytes() {
	printf '%d MB' $((($1 + 524288) / 1048576))
}

# with_progress TITLE LOG HOW_FAR COMMAND…: run COMMAND with its output in LOG. Says when it starts,
# every 15 s how far it is (what the function HOW_FAR prints), and when it is done. On failure shows
# the end of LOG and returns the status.
with_progress() {
	local title=$1 log=$2 how_far=$3 begin=$SECONDS ticker status=0
	shift 3
	say "$title"
	(
		# The sleep must not outlive the ticker: it would hold the caller's pipes open.
		trap 'kill $! 2>/dev/null; exit 0' TERM
		while :; do
			sleep 15 >/dev/null 2>&1 &
			wait $!
			say "  … $($how_far) ($(how_long $((SECONDS - begin))))"
		done
	) &
	ticker=$!
	("$@") </dev/null >"$log" 2>&1 || status=$?
	kill "$ticker" 2>/dev/null || :
	wait "$ticker" 2>/dev/null || :
	if ((status)); then
		say "FAILED after $(how_long $((SECONDS - begin))): $title"
		tail -n 40 "$log" | sed 's/^/    /' >&2
		say "whole log: $log"
		return "$status"
	fi
	say "  done in $(how_long $((SECONDS - begin)))"
}
