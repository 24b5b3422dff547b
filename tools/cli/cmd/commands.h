/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The commands, one row each.
 *
 * To add a command: write cmd/NAME.c with `int cmd_NAME(int argc, char **argv)` and add its row.
 * argv[0] is "portquota NAME"; the function calls args_parse() first and returns an exit code.
 */
#ifndef PORTQUOTA_COMMANDS_H
#define PORTQUOTA_COMMANDS_H

#define COMMANDS(ROW)									\
	ROW(status,		"overview of the network namespace; the default")	\
	ROW(accounts,		"what each cgroup holds, one line per cgroup")		\
	ROW(reservations,	"what holds each port; --by counts in groups")	\
	ROW(destinations,	"where connections go, and the ports left for each")	\
	ROW(namespaces,		"one line per network namespace, the fullest first")	\
	ROW(top,		"live view: usage, growth rate, time until full")	\
	ROW(watch,		"print one line per interval, for logging to a file")	\
	ROW(rule,		"show or change limits: list, set, del, load, save")	\
	ROW(range,		"the ports that cgroups may choose: show, set, reset")	\
	ROW(timewait,		"how long TIME_WAIT lasts: show, set, reset")		\
	ROW(events,		"warnings and refusals; -f keeps printing new ones")	\
	ROW(record,		"add one row to the record; a timer calls it")		\
	ROW(history,		"what happened: peaks, refusals and who, from the record")	\
	ROW(plot,		"a picture of a day, from what record has kept, as SVG")	\
	ROW(why,		"why connections fail, who is involved, what to do")	\
	ROW(mode,		"show or set what limits do: enforce, audit, off")	\
	ROW(check,		"for monitoring: exit 0 ok, 1 warning, 2 critical, 3 unknown") \
	ROW(export,		"for monitoring: print the counters for Prometheus")

#define DECLARE_COMMAND(name, summary)	int cmd_##name(int argc, char **argv);
COMMANDS(DECLARE_COMMAND)
#undef DECLARE_COMMAND

#endif
