#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# service.sh: what portquota.service does with files of rules, over trees in the place of /proc. A rules file of
# such a tree keeps what was written to it, line after line; the kernel's would be the rules that come of it.
# shellcheck source=tools/cli/tests/lib.sh
. "$(dirname "$0")/lib.sh"

service=$here/../../packaging/systemd/service
mkdir "$tmp/bin" "$tmp/rules" "$tmp/run" "$tmp/netns"
ln -s "$pq" "$tmp/bin/portquota"
export PORTQUOTA_RULES_DIR=$tmp/rules PORTQUOTA_NETNS_DIR=$tmp/netns RUNTIME_DIRECTORY=$tmp/run PORTQUOTA_SYS=$tmp/sys

# modprobe_says WHAT: what loading and removing do.
modprobe_says() {
	printf '#!/bin/sh\necho "modprobe $*" >>%s\n%s\n' "$tmp/modprobe" "$1" >"$tmp/bin/modprobe"
	chmod +x "$tmp/bin/modprobe"
}

# serve VERB: over the tree $t; leaves $code, $tmp/out, $tmp/err, and in $tmp/modprobe how it was called.
serve() {
	: >"$tmp/modprobe"
	PORTQUOTA_PROC=$t PATH=$tmp/bin:$PATH "$service" "$1" >"$tmp/out" 2>"$tmp/err"
	code=$?
}

# fresh: a tree without rules, no files.
fresh() {
	tree "$1"
	host=$t/portquota/rules first=$t/net/portquota/rules
	: >"$host"
	: >"$first"
	rm -rf "$tmp/rules"/* "$tmp/run"/* "$tmp/sys"
	mkdir -p "$tmp/sys/module/portquota"
	modprobe_says true
}

fresh none
serve start; [ $code -eq 0 ] && silent && grep -qx 'modprobe portquota' "$tmp/modprobe" && [ ! -s "$host" ]
report "service start: loads the module, without any files"

fresh good
printf '/a tcp.max=1\n/b tcp.max=2' >"$tmp/rules/10.rules"
printf '# c\n/c tcp.max=3\n' >"$tmp/rules/20.rules"
echo '/no tcp.max=4' >"$tmp/rules/30.rules.bak"
serve start; [ $code -eq 0 ] && silent && kept "$host" '/a tcp.max=1' '/b tcp.max=2' '/c tcp.max=3' && [ ! -s "$first" ]
report "service start: the files are rules of the host"

fresh bad
printf '/a tcp.max=1\n' >"$tmp/rules/10.rules"
printf '/b tcp.max=2\n/c tcp.mox=3\n' >"$tmp/rules/20.rules"
printf '/d tcp.max=4\n' >"$tmp/rules/30.rules"
serve start; [ $code -eq 1 ] && kept "$host" '/a tcp.max=1' '/d tcp.max=4' && tells '20.rules:2: ' && tells '20.rules: nothing of it is applied'
report "service start: of a bad file nothing is applied, the others are, and it fails"
echo '/old tcp.max=9' >"$host"
serve reload; [ $code -eq 1 ] && ! grep -q '^-' "$host" && tells '20.rules:2: '
report "service reload: with a bad file no rule is removed"
printf '/b tcp.max=2\n' >"$tmp/rules/20.rules"
echo '/old tcp.max=9' >"$host"
serve reload; [ $code -eq 0 ] && silent && kept "$host" '/old tcp.max=9' '/a tcp.max=1' '/b tcp.max=2' '/d tcp.max=4' '-/old' && [ ! -s "$tmp/modprobe" ]
report "service reload: rules that are in no file are removed, and the module stays"

fresh twice
printf '/a tcp.max=1\n' >"$tmp/rules/10.rules"
printf '/a tcp.max=2\n' >"$tmp/rules/20.rules"
serve start; [ $code -eq 1 ] && tells "'/a' is there twice"
report "service start: a path in two files fails"

fresh noload
printf '/a tcp.max=1\n' >"$tmp/rules/10.rules"
modprobe_says 'echo "modprobe: ERROR: Operation not supported" >&2; exit 1'
serve start; [ $code -eq 1 ] && tells 'Operation not supported' && tells 'journalctl' && [ ! -s "$host" ]
report "service start: a module that does not load fails, and says where the reason is"

fresh restart
printf '/a tcp.max=1\n' >"$tmp/rules/10.rules"
printf '/a tcp.max=7\n/hand tcp.max=5\n' >"$host"
printf '/mine udp.max=6\n' >"$first"
serve stop; [ $code -eq 0 ] && silent && grep -qx 'modprobe -r portquota' "$tmp/modprobe"
report "service stop: removes the module"
: >"$host"; : >"$first"
serve start; [ $code -eq 0 ] && silent && kept "$host" '/a tcp.max=7' '/hand tcp.max=5' '/a tcp.max=1' && kept "$first" '/mine udp.max=6'
report "service start after stop: rules are back, the host's and the first namespace's, files on top"
: >"$host"; : >"$first"
serve start; [ $code -eq 0 ] && kept "$host" '/a tcp.max=1' && [ ! -s "$first" ]; report "service start: what was kept is put back once"

fresh lost
rm "$host"
serve stop; [ $code -eq 1 ] && tells 'cannot be kept' && [ ! -s "$tmp/modprobe" ]; report "service stop: rules that cannot be kept keep the module"
fresh gone
rm -r "$tmp/sys/module/portquota"
serve stop; [ $code -eq 0 ] && silent && [ ! -s "$tmp/modprobe" ]; report "service stop: no module is no failure"
fresh wrong
serve nonsense; [ $code -eq 64 ]; report "service: another word is wrong usage"
finish
