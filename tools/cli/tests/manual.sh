#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# manual.sh: what the manual page says of the commands' options.
# shellcheck source=tools/cli/tests/lib.sh
. "$(dirname "$0")/lib.sh"

manual=$here/../../man/portquota.8

# options COMMAND: a line for each of its own, as help has them: -w --warn
options() {
	"$pq" help "$1" 2>/dev/null | sed -n '/^ Options of every command/q; s/^  *\(-[[:alnum:]]\)*,* *\(--[a-z-]*\).*/\1 \2/p'
}

# synopsis COMMAND: its lines in the synopsis.
synopsis() {
	awk -v command="$1" '
		/^\.Sh/ { on = $2 == "SYNOPSIS" }
		/^\.Nm/ { word = "" }
		!word && /^\.(Op )?Cm / { word = $2 == "Cm" ? $3 : $2 }
		on && word == command' "$manual"
}

commands=$("$pq" help 2>/dev/null | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
: >"$tmp/out"
: >"$tmp/err"
for command in $commands; do
	synopsis "$command" >"$tmp/synopsis"
	[ -s "$tmp/synopsis" ] || echo "$command is not in the synopsis" >>"$tmp/out"
	while read -r option; do
		# The long one where there is no short one.
		name=${option%% *} name=${name#-}
		grep -qE -e "Fl ${name/#-/Fl }( |\$)" "$tmp/synopsis" || echo "$command $option is not in the synopsis" >>"$tmp/out"
	done < <(options "$command")
done
[ "$(wc -w <<<"$commands")" -gt 15 ] && options check | grep -qx -e '-w --warn' && [ ! -s "$tmp/out" ]; report "manual: the synopsis has every command's options"

if command -v man >/dev/null; then
	MANWIDTH=80 man -l "$manual" >"$tmp/out" 2>"$tmp/err"; head -n 1 "$tmp/out" | grep -q "Linux System Manager's Manual"; report "manual: its head says that it is Linux'"
else
	skip "manual: its head says that it is Linux'" "there is no man"
fi

finish
