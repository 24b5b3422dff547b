#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# completion.sh: what Bash offers for portquota's command line. All of it but paths comes from the command's help:
# each command, verb and option that the help has is offered.
# shellcheck disable=SC2016 # what is not to be expanded
# shellcheck source=tools/cli/tests/lib.sh
. "$(dirname "$0")/lib.sh"

# The sanitizers' program, by the name that is completed. What argp leaks while it prints a help is not ours.
portquota() { PORTQUOTA_PROC=$t ASAN_OPTIONS=detect_leaks=0 "$pq" "$@"; }
# shellcheck source=tools/packaging/completion/portquota
. "$here/../../packaging/completion/portquota"
t=$limits
_portquota_cgroup_root() { echo "$tmp/cgroup"; }
_portquota_netns_folder() { echo "$tmp/netns"; }
mkdir -p "$tmp/cgroup/system.slice/nginx.service" "$tmp/cgroup/system.slice/build jobs" "$tmp/cgroup/user.slice"

# offers WORD...: what is offered for the last one, a word per line, in $tmp/out.
offers() {
	COMP_WORDS=(portquota "$@") COMP_CWORD=$# COMPREPLY=()
	_portquota 2>"$tmp/err"
	printf '%s\n' ${COMPREPLY[@]+"${COMPREPLY[@]}"} >"$tmp/out"
}

# only WORD...: these are offered, and nothing else.
only() { silent && [ "$(sort "$tmp/out")" = "$(printf '%s\n' "$@" | sort)" ]; }

# means WORD...: what is offered for the last word are these words to the shell, quotes removed. Whoever
# chose the names in it has run nothing.
means() {
	local word words=()
	for word in ${COMPREPLY[@]+"${COMPREPLY[@]}"}; do eval "words+=($word)"; done
	silent && [ ! -e "$tmp/run" ] && cmp -s <(printf '%q\n' ${words[@]+"${words[@]}"} | sort) <(printf '%q\n' "$@" | sort)
}

complete -p portquota | grep -q _portquota; report "completion is registered"
mapfile -t commands < <(sed -nE 's/^\tROW\(([a-z]+),.*/\1/p' "$here/../cmd/commands.h")
offers ''; [ "${#commands[@]}" -ge 15 ] && only "${commands[@]}"; report "completion: every command of commands.h"
offers reserv; only reservations; report "completion: one command"
offers help mod; only mode; report "completion: a command behind help"
offers -n x sta; only status; report "completion: a command behind an option with a value"
offers --netns = x -j sta; only status; report "completion: a command behind an option that readline has parted"

# Each option that the command itself tells in another way, which is argp's as well.
for command in '' "${commands[@]}"; do
	portquota ${command:+"$command"} --usage | grep -oE -e '--[a-z-]+' | sort -u >"$tmp/options"
	offers ${command:+"$command"} --
	silent && sed 's/=$//' "$tmp/out" | sort | cmp -s - "$tmp/options" && grep -qx -e --netns "$tmp/options"
	report "completion: every option of ${command:-portquota}"
done
offers reservations --pi; only --pid=; report "completion: an option that needs a value ends in ="
offers rule --h; only --host --help; report "completion: options that need none do not"

offers rule ''; only list set del load save; report "completion: verbs of rule"
offers range s; only show set; report "completion: verbs of range"
offers mode ''; only enforce audit off; report "completion: words of mode"
offers range set ''; only tcp udp; report "completion: words behind a verb"
offers range set tcp ''; only ''; report "completion: nothing for a number"
offers accounts /; only /system.slice /user.slice; report "completion: cgroups"
for command in status top why events history check; do
	offers "$command" /; only /system.slice /user.slice; report "completion: cgroups for $command"
done
offers accounts /system.slice/; means /system.slice/nginx.service '/system.slice/build\040jobs'; report "completion: cgroups in a cgroup, spelled as rules spell them"
offers rule set /u; only /user.slice; report "completion: cgroups for rule set"
offers range set tcp 10000 500 /u; only /user.slice; report "completion: cgroups at the end of a form"
offers reservations --cgroup /u; only /user.slice; report "completion: cgroups as the value of an option"
offers reservations --cgroup = /u; only /user.slice; report "completion: the same, parted by readline"
offers rule del /system; [ -s "$tmp/out" ] && silent && ! grep -vq '^/system' "$tmp/out"; report "completion: rules for rule del"
offers reservations --pid "$$"; grep -qx "$$" "$tmp/out"; report "completion: processes"
offers rule load "$tmp/cgr"; only "$tmp/cgroup"; report "completion: files"

# As readline parts them; of what is offered it puts the last part into the line.
mkdir -p "$tmp/cgroup/user@7.service/app.slice" "$tmp/cgroup/user@8.service"
# parted LINE WORD...
parted() { COMP_LINE=$1; offers "${@:2}"; unset COMP_LINE; }
parted 'portquota rule set /user@' rule set /user @; only 7.service 8.service; report "completion: behind an @ in a word"
parted 'portquota range set tcp 1 2 /user@7' range set tcp 1 2 /user @ 7; only 7.service; report "completion: behind an @, the words before counted right"
parted 'portquota accounts /user@7.service/' accounts /user @ 7.service/; only 7.service/app.slice; report "completion: below a cgroup with an @"
parted 'portquota rule set /user@7.service /user.' rule set /user @ 7.service /user.; only /user.slice; report "completion: behind a word with an @"

# What a user may have called a cgroup, a namespace, or written into a rule.
export run=$tmp/run
names=('$(touch${IFS}$run)' '`touch${IFS}$run`' ';touch $run;' "it's" 'a"b' '*' 'two
lines' 'back\slash')
for name in "${names[@]}"; do mkdir -p "$tmp/cgroup/odd/$name/below" "$tmp/netns"; touch "$tmp/netns/$name"; done
spelled=("${names[@]//\\/\\134}"); spelled=("${spelled[@]// /\\040}"); spelled=("${spelled[@]//$'\n'/\\012}")
offers accounts /odd/; means "${spelled[@]/#//odd/}"; report "completion: names of cgroups are quoted, and nothing in them is run"
# Each of these again, as it was offered.
for word in "${COMPREPLY[@]}"; do offers accounts "$word/"; eval "means $word/below" || echo "$word" >>"$tmp/lost"; done
[ ! -e "$tmp/lost" ]; report "completion: what was offered is completed further"
offers accounts "'/od"; only ''; report "completion: inside of quotes nothing is offered"
offers -n ''; means "${names[@]}"; report "completion: names of namespaces are quoted, and nothing in them is run"
tree odd
for name in "${spelled[@]}"; do echo "/$name tcp.max=1"; done >"$t/net/portquota/rules"
echo '/host*$(touch${IFS}$run) tcp.max=1' >"$t/portquota/rules"
offers rule del ''; means "${spelled[@]/#//}"; report "completion: paths of rules are quoted, and nothing in them is run"
offers rule del /x ''; [ "${#COMPREPLY[@]}" -eq "${#names[@]}" ]; report "completion: another path behind one"
offers rule --host del ''; means '/host*$(touch${IFS}$run)'; report "completion: with --host the host's rules"
finish
