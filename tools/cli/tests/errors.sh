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
