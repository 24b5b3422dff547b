#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# errors.sh: tests of what goes wrong, for every command.
# shellcheck source=tools/cli/tests/lib.sh
. "$(dirname "$0")/lib.sh"

for word in status accounts reservations; do
	PORTQUOTA_PROC=$busy "$pq" $word >/dev/full 2>"$tmp/err"; [ $? -eq 1 ] && tells "No space left"; report "$word: a full disk is exit 1"
	PORTQUOTA_PROC=$busy "$pq" $word -j >/dev/full 2>"$tmp/err"; [ $? -eq 1 ] && tells "No space left"; report "$word -j: a full disk is exit 1"
	PORTQUOTA_PROC=$busy "$pq" $word >&- 2>"$tmp/err"; [ $? -eq 1 ]; report "$word: no stdout is exit 1"
	run "$tmp/nowhere" $word; [ $code -eq 1 ] && tells "modprobe portquota" && tells "$tmp/nowhere/net/portquota/" && [ ! -s "$tmp/out" ]
	report "$word: no module is exit 1, with what to do"
done
run "$tmp/nowhere" -A; [ $code -eq 1 ] && tells "modprobe portquota"; report "-A: no module is exit 1"
tree gone; rm "$t/net/portquota/accounts"; run "$t" accounts; [ $code -eq 1 ] && tells "differ in version"; report "a module without the file"
mkdir "$t/net/portquota/accounts"; run "$t" accounts -j; [ $code -eq 1 ] && tells "Is a directory" && [ ! -s "$tmp/out" ]; report "a file that cannot be read"
run "$busy" nonsense; [ $code -eq 64 ] && tells "'nonsense'" && tells "--help" && tells accounts; report "an unknown command is exit 64, with a hint"
lacks_err() { ! grep -qF -- "$1" "$tmp/err"; }
for pair in statsu:status acounts:accounts rsservations:reservations chekc:check evnt:events; do
	run "$busy" "${pair%:*}"; [ $code -eq 64 ] && tells "unknown command '${pair%:*}'; did you mean ${pair#*:}?" && lacks_err "the commands are"; report "a near miss is suggested: ${pair%:*}"
done
run "$busy" nonsense; lacks_err "did you mean"; report "what is like no command is not"
while read -r said option words; do
	# shellcheck disable=SC2086
	run "$busy" $words; [ $code -eq 64 ] && tells "$said: unrecognized option" && tells "did you mean --$option?" && tells "Try \`$said --help'"
	report "a near miss of an option is suggested: $words"
done <<-END
	portquota json --jsn
	portquota json -H --jsn accounts
END
while read -r option word words; do
	# shellcheck disable=SC2086
	run "$busy" $word $words; [ $code -eq 64 ] && tells "portquota $word: unrecognized option" && tells "did you mean --$option?" && tells "Try \`portquota $word --help'"
	report "a near miss of an option is suggested: $word $words"
done <<-END
	sort accounts --sotr tcp
	sort accounts --sotr=tcp
	sort accounts -a --sotr tcp
	no-header accounts --no-heder
	cgroup reservations --cgrup /a
	help top --hlep
END
run "$busy" check --wran 5; [ $code -eq 3 ] && tells "did you mean --warn?" && has "PORTQUOTA UNKNOWN"; report "and check stays unknown with it"
for words in "accounts --nonsense" "accounts -- --sotr"; do
	# shellcheck disable=SC2086
	run "$busy" $words; [ $code -eq 64 ] && lacks_err "did you mean"; report "what is like no option, or is none, is not: $words"
done
for words in "--sort --sotr" "-s --sotr" "-as --sotr" "--so --sotr"; do
	# shellcheck disable=SC2086
	run "$busy" accounts $words; [ $code -eq 64 ] && tells "--sort --sotr: not path, tcp"; report "nor is the argument of an option: $words"
done
while IFS='|' read -r word advice; do
	run "$busy" "$word"; [ $code -eq 64 ] && tells "'$word' is no command; for a $advice $word" && lacks_err "the commands are"; report "$word in the place of a command: what it is, and the command for it"
done <<-END
	/system.slice|cgroup: portquota status
	8080|port: portquota reservations --port
	10.0.0.9:5432|destination: portquota why
	:80|destination: portquota why
END
run "$busy" accou -H; [ $code -eq 0 ] && "$pq" help dest 2>/dev/null | grep -q "^Usage: portquota destinations"; report "a prefix of one command alone will do"
run "$busy" re; [ $code -eq 64 ] && tells "'re' can be reservations or record"; report "a prefix of several will not, and they are named"
run "$busy" ''; [ $code -eq 64 ] && lacks_err "can be"; report "the empty word is a prefix of none"
run "$busy" --nonsense; [ $code -eq 64 ] && tells "--nonsense" && tells "--help"; report "an unknown option is exit 64"
run "$busy" accounts --nonsense; [ $code -eq 64 ] && tells "portquota accounts"; report "an unknown option of a command is exit 64"
run "$busy" accounts nonsense; [ $code -eq 64 ] && tells "'nonsense'"; report "an argument too many is exit 64"
run "$busy" -n x; [ $code -eq 64 ] && tells PORTQUOTA_PROC; report "-n with PORTQUOTA_PROC is exit 64"
run "" -n x -A; [ $code -eq 64 ]; report "-n with -A is exit 64"
run "" -n no-such-name; [ $code -eq 1 ] && tells "-n no-such-name"; report "-n with no such name is exit 1"
run "" accounts -n 99999999; [ $code -eq 1 ] && tells "-n 99999999"; report "-n with no such pid is exit 1"
run "" -n /etc/passwd; [ $code -eq 1 ] && tells /etc/passwd; report "-n with a file that is no namespace is exit 1"
run "" --version; [ $code -eq 0 ] && has "portquota "; report "--version"
run "" --help; [ $code -eq 0 ] && has "reservations" && has "--no-header"; report "--help"
run "" accounts --help; [ $code -eq 0 ] && has "--sort" && has "--no-header"; report "accounts --help"

if command -v jq >/dev/null; then
	run "$busy" reservations -j; jq -e 'length == 39' <"$tmp/out" >/dev/null; report "jq reads it too"
fi

for word in destinations "range show" "timewait show" "why --over 0.1" "watch -d 0.1 --count 1" export; do
	# shellcheck disable=SC2086
	PORTQUOTA_PROC=$calm "$pq" $word >/dev/full 2>"$tmp/err"; [ $? -eq 1 ] && tells "standard output: "; report "$word: a full disk is exit 1"
done

# What people type
run "" --help; cp "$tmp/out" "$tmp/part"
for word in help -h "help -j"; do
	# shellcheck disable=SC2086
	run "" $word; [ $code -eq 0 ] && silent && cmp -s "$tmp/out" "$tmp/part"; report "$word is --help"
done
run "" events --help; cp "$tmp/out" "$tmp/part"
for word in "help events" "events -h" "event --help" "help event"; do
	# shellcheck disable=SC2086
	run "" $word; [ $code -eq 0 ] && silent && cmp -s "$tmp/out" "$tmp/part"; report "$word is events --help"
done
run "" check -h; [ $code -eq 0 ] && has "--warn"; report "check -h is no state of a check"
run "" help nonsense; [ $code -eq 64 ] && tells "'nonsense'"; report "help nonsense is exit 64"
run "$limits" rule; cp "$tmp/out" "$tmp/part"; run "$limits" rule show; [ $code -eq 0 ] && cmp -s "$tmp/out" "$tmp/part"; report "rule show is rule list"
run "$limits" rules; cmp -s "$tmp/out" "$tmp/part"; report "rules is rule"
run "$busy" account -H; [ $code -eq 0 ] && cp "$tmp/out" "$tmp/part" && run "$busy" accounts -H && cmp -s "$tmp/out" "$tmp/part"; report "account is accounts"
for word in accountss rangx event-s; do
	run "$busy" $word; [ $code -eq 64 ]; report "$word is nothing"
done
run "$busy" -A; cp "$tmp/out" "$tmp/part"; run "$busy" namespaces; [ $code -eq 0 ] && cmp -s "$tmp/out" "$tmp/part"; report "namespaces is status -A"
run "" namespaces -n web; [ $code -eq 64 ] && tells "for one: portquota -n web"; report "namespaces -n is exit 64, with what is right"
run "$busy" export --json; [ $code -eq 64 ] && tells "for JSON use status, accounts or destinations with -j"; report "export --json is exit 64, with what is right"
for word in top watch reservations; do
	run "" $word -n 99999999; [ $code -eq 1 ] && tells "asks for a network namespace (--netns); for a count: --"; report "$word -n NUMBER: what it is, and what is meant"
done

# What is there, and was not typed so
mkdir -p "$tmp/sys/fs/cgroup/system.slice/nginx.service" "$tmp/sys/fs/cgroup/a/web" "$tmp/sys/fs/cgroup/b/web"; : >"$tmp/sys/fs/cgroup/cgroup.procs"
export PORTQUOTA_SYS=$tmp/sys
for word in status accounts reservations top events history why; do
	run "$calm" $word nginx; [ $code -eq 64 ] && tells "did you mean" && tells "'/system.slice/nginx.service'?"; report "$word nginx: the cgroup that is meant is told"
done
run "$calm" check nginx; [ $code -eq 3 ] && tells "did you mean '/system.slice/nginx.service'?"; report "check nginx: so it is"
for word in nginx.service system.slice/nginx.service; do
	run "$calm" accounts $word; tells "did you mean '/system.slice/nginx.service'?"; report "accounts $word: by its unit, or the end of its path"
done
for word in web ginx service ""; do
	run "$calm" accounts "$word"; [ $code -eq 64 ] && tells "'$word': a cgroup's path begins with a slash" && lacks_err "did you mean"; report "accounts '$word': one that can be several, or is none, is not"
done
run "$calm" accounts /sys/fs/cgroup/user.slice; lacks_err folder; report "a folder of no cgroup is none"
run "$calm" accounts /sys/fs/cgroup/system.slice; tells "'/sys/fs/cgroup/system.slice' is a folder; the path of that cgroup is '/system.slice'"; report "the folder of a cgroup is told from its path"
export PORTQUOTA_SYS=$tmp/nosys
told() {
	local said=$1

	shift
	run "$calm" "$@"; [ $code -eq 64 ] && tells "$said"; report "$*: $said"
}
told "'80' is no cgroup; for a local port: --port 80" reservations 80
told "'10.0.0.9:5432' is no cgroup; for a destination: --destination 10.0.0.9:5432" reservations 10.0.0.9:5432
told "--state 'tw': not one of ESTAB, SYN-SENT," reservations --state estab,tw
told "--by '': not one of state, owner," reservations --by ''
told "not path, tcp, udp, timewait, nor a key" accounts --sort x
told "'/a' is a cgroup; where its connections go: portquota reservations /a --by destination" destinations /a
told "as in: portquota range set tcp 10000 1000 /batch.slice" range set tcp
told "as in: portquota range reset tcp /batch.slice" range reset
told "as in: portquota timewait set 30 /batch.slice" timewait set
told "for one cgroup: portquota top CGROUP" watch /a
told "for some cgroups: --cgroup GLOB" export /a
told "for one namespace: portquota -n web" namespaces web
run "$calm" timewait set /a 30; [ $code -eq 1 ] && tells "'/a' is not a number of seconds"; report "timewait set the other way round: of the first"
run "" --help; has "When connections fail, begin with \`portquota why'."; report "--help: with what to begin"

# A cgroup, alone or behind --cgroup
while read -r tree command; do
	# shellcheck disable=SC2086
	run_at 1796060000 1000 "$tree" $command /shop.slice; cp "$tmp/out" "$tmp/part"; alone=$code
	# shellcheck disable=SC2086
	run_at 1796060000 1000 "$tree" $command --cgroup /shop.slice
	[ $code -ne 64 ] && [ $code -eq $alone ] && cmp -s <(sed 's/time=[0-9.]*s//; s/[0-9.]* seconds//; s/[0-9:]*  *by tcp//' "$tmp/out") <(sed 's/time=[0-9.]*s//; s/[0-9.]* seconds//; s/[0-9:]*  *by tcp//' "$tmp/part"); report "$command CGROUP is $command --cgroup CGROUP"
	# shellcheck disable=SC2086
	run "$tree" $command /a --cgroup /b; case $code in 64 | 3) tells "is one already" ;; *) false ;; esac; report "$command: one cgroup at a time"
done <<-END
	$calm status
	$calm accounts
	$calm reservations
	$calm top --count 1 -d 0.1
	$calm events
	$calm why --over 0.1
	$calm check
	$calm history --dir $here/recorded
END

finish
