#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# service.sh: what portquota.service does with files of rules, over trees in the place of /proc. A rules file of
# such a tree keeps what was written to it, line after line; the kernel's would be the rules that come of it.
# shellcheck source=tools/cli/tests/lib.sh
. "$(dirname "$0")/lib.sh"

service=$here/../../packaging/systemd/service
mkdir "$tmp/bin" "$tmp/rules" "$tmp/run" "$tmp/netns"
# Namespaces are entered in no tree: that of all of them is what $tmp/all says.
cat >"$tmp/bin/portquota" <<END
#!/bin/sh
[ "\$1" != -A ] || exec cat "$tmp/all"
exec "$pq" "\$@"
END
chmod +x "$tmp/bin/portquota"
export PORTQUOTA_RULES_DIR=$tmp/rules PORTQUOTA_NETNS_DIR=$tmp/netns RUNTIME_DIRECTORY=$tmp/run PORTQUOTA_SYS=$tmp/sys

# says PROGRAM WHAT: what it does in the place of the real one, beside saying how it was called.
says() {
	printf '#!/bin/sh\necho "%s $*" >>%s\n%s\n' "$1" "$tmp/called" "$2" >"$tmp/bin/$1"
	chmod +x "$tmp/bin/$1"
}

# serve VERB: over the tree $t; leaves $code, $tmp/out, $tmp/err, and in $tmp/called what it called.
serve() {
	: >"$tmp/called"
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
	mkdir -p "$tmp/sys/module/portquota/parameters"
	echo enforce >"$tmp/sys/module/portquota/parameters/mode"
	echo Y >"$tmp/sys/module/portquota/parameters/log"
	: >"$tmp/all"
	says modprobe true
	says rmmod true
	says modinfo 'echo "Accounting of ports"'
	says systemctl true
}

fresh none
serve start; [ $code -eq 0 ] && silent && grep -qx 'modprobe portquota' "$tmp/called" && [ ! -s "$host" ]
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
serve reload; [ $code -eq 0 ] && silent && kept "$host" '/old tcp.max=9' '/a tcp.max=1' '/b tcp.max=2' '/d tcp.max=4' '-/old' && [ ! -s "$tmp/called" ]
report "service reload: rules that are in no file are removed, and the module stays"

fresh twice
printf '/a tcp.max=1\n/b udp.max=3 # b\n' >"$tmp/rules/10.rules"
printf '/a tcp.max=2\n/b  udp.max=3\n' >"$tmp/rules/20.rules"
serve start; [ $code -eq 0 ] && [ "$(grep -c . "$tmp/err")" -eq 1 ] && tells "20.rules: its rule for /a replaces that of $tmp/rules/10.rules" &&
	kept "$host" '/a tcp.max=2' '/b udp.max=3'
report "service start: of two files' rules for a path the later file's holds, and that is told if they differ"

# As README.md and the manual page have it.
fresh recipe
printf '/a tcp.max=1 tcp.warn=50%%\n/b* udp.max=3\n' >"$tmp/rules/10-web.rules"
serve start
echo '/hand tcp.max=5' >>"$host"
PORTQUOTA_PROC=$t "$pq" rule --host save "$tmp/rules/50-mine.rules"
cp "$host" "$tmp/before"; : >"$host"
serve start; [ $code -eq 0 ] && silent && cmp -s "$host" "$tmp/before"; report "service start: rules that were saved beside the file that they came from"

fresh again
printf '/a tcp.max=1\n' >"$tmp/rules/10.rules"
echo '/old tcp.max=9' >"$host"
serve start; [ $code -eq 0 ] && grep -qx -- -/old "$host"; report "service start: after a failure, rules that are in no file are removed"

fresh noload
printf '/a tcp.max=1\n' >"$tmp/rules/10.rules"
says modprobe 'echo "modprobe: ERROR: Operation not supported" >&2; exit 1'
serve start; [ $code -eq 1 ] && tells 'Operation not supported' && tells 'journalctl' && [ ! -s "$host" ]
report "service start: a module that does not load fails, and says where the reason is"

fresh restart
printf '/a tcp.max=1\n' >"$tmp/rules/10.rules"
printf '/a tcp.max=7\n/hand tcp.max=5\n' >"$host"
printf '/mine udp.max=6\n' >"$first"
serve stop; [ $code -eq 0 ] && silent && grep -qx 'modprobe -r portquota' "$tmp/called"
report "service stop: removes the module"
: >"$host"; : >"$first"
serve start; [ $code -eq 0 ] && silent && kept "$host" '/a tcp.max=7' '/hand tcp.max=5' '/a tcp.max=1' && kept "$first" '/mine udp.max=6'
report "service start after stop: rules are back, the host's and the first namespace's, files on top"
: >"$host"; : >"$first"
serve start; [ $code -eq 0 ] && kept "$host" '/a tcp.max=1' && [ ! -s "$first" ]; report "service start: what was kept is put back once"

fresh lines
printf '/a tcp.max=7\n/hand tcp.max=5\n' >"$host"
serve stop
echo '/new tcp.mox=1' >>"$tmp/run/host"
: >"$host"
serve start; [ $code -eq 1 ] && kept "$host" '/a tcp.max=7' '/hand tcp.max=5' && tells "are not back: they are in $tmp/run/lost/host" && kept "$tmp/run/lost/host" '/new tcp.mox=1'
report "service start: of what was kept, a line that the module does not take is not the end of the others, and stays"
serve stop; serve start; kept "$tmp/run/lost/host" '/new tcp.mox=1'; report "service stop: leaves what is still to be seen to"

fresh mode
rm -r "$tmp/sys/module/portquota"
says modprobe "mkdir -p $tmp/sys/module/portquota/parameters; cd $tmp/sys/module/portquota/parameters; echo enforce >mode; echo N >log"
serve start
echo audit >"$tmp/sys/module/portquota/parameters/mode"
echo '/mine udp.max=6' >"$first"
serve stop
echo enforce >"$tmp/sys/module/portquota/parameters/mode"; echo Y >"$tmp/sys/module/portquota/parameters/log"; : >"$first"
says modprobe true
serve start; [ $code -eq 0 ] && [ "$(cat "$tmp/sys/module/portquota/parameters/mode")" = audit ] && [ "$(cat "$tmp/sys/module/portquota/parameters/log")" = Y ] && kept "$first" '/mine udp.max=6'
report "service start after stop: a parameter that was changed is so again, the others are as loaded"

fresh unnamed
mkdir -p "$t/self/ns"; : >"$t/self/ns/net"; : >"$tmp/netns/lan"
printf '[\n{"netns": "net:[77]"},\n{"netns": "net:[77]"},\n{"netns": "net:[%s]"},\n{"netns": "net:[%s]"},\n{"netns": "net:[78]"}\n]\n' \
	"$(stat -c %i "$t/self/ns/net")" "$(stat -c %i "$tmp/netns/lan")" >"$tmp/all"
serve stop; [ $code -eq 0 ] && tells "the rules of 2 network namespaces that are not in $tmp/netns are lost"; report "service stop: counts namespaces whose rules it cannot put back"
rm "$tmp/netns/lan"

# restart_stays WHY NAME: a restart that does not remove the module, and what a start then leaves alone.
restart_stays() {
	printf '/hand tcp.max=5\n' >"$host"
	printf '/a tcp.max=1\n' >"$tmp/rules/10.rules"
	serve stop; [ $code -eq 1 ] && tells "$1" && ! grep -qE '^(modprobe -r|rmmod)' "$tmp/called" && serve start && [ $code -eq 0 ] && kept "$host" '/hand tcp.max=5' '/a tcp.max=1'
	report "$2"
}

fresh nofile
says systemctl 'echo "  123 portquota.service restart running"'
says modinfo 'exit 1'
restart_stays 'no module to load' "service stop: a restart without a module to load leaves the old one, and all rules"
says modinfo 'echo "placeholder: portquota does not build for this kernel"'
restart_stays 'no module to load' "service stop: nor is the module exchanged for the placeholder"
serve stop
says modinfo 'echo "Accounting of ports"'
: >"$host"
serve start; [ $code -eq 0 ] && [ "$(cat "$tmp/called")" = "$(printf '%s\n' 'modinfo -F description portquota' 'modprobe -r portquota' 'modprobe portquota')" ] && [ ! -e "$tmp/run/stays" ]
report "service start: when there is one again, the module is exchanged"
says modinfo 'exit 1'
says modprobe 'echo "FATAL: Module portquota not found." >&2; exit 1'
says systemctl 'echo "  123 portquota.service stop running"'
serve stop; [ $code -eq 0 ] && silent && grep -qx 'rmmod portquota' "$tmp/called"; report "service stop: removes a module whose file is gone"

fresh lost
rm "$host"
serve stop; [ $code -eq 1 ] && tells 'cannot be kept' && ! grep -qE '^(modprobe|rmmod)' "$tmp/called"; report "service stop: rules that cannot be kept keep the module"
fresh gone
rm -r "$tmp/sys/module/portquota"
serve stop; [ $code -eq 0 ] && silent && [ ! -s "$tmp/called" ]; report "service stop: no module is no failure"
fresh wrong
serve nonsense; [ $code -eq 64 ]; report "service: another word is wrong usage"
finish
