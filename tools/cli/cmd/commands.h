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
	ROW(status,		"the namespace at a glance; the same as no word")	\
	ROW(accounts,		"one line a cgroup: what it holds")			\
	ROW(reservations,	"one line a port held, or --by: counted in groups")	\
	ROW(destinations,	"where connections go, and the ports left towards there")	\
	ROW(top,		"accounts, live: how full, how fast, how long still")	\
	ROW(watch,		"the namespace, a row each interval, to keep")		\
	ROW(rule,		"limits: rule list, set, del, load, save")		\
	ROW(range,		"the ports a cgroup is given: range show, set, reset")	\
	ROW(timewait,		"how long TIME_WAIT lasts: timewait show, set, reset")	\
	ROW(events,		"warnings and refusals; with -f as they come")		\
	ROW(why,		"connections fail: is it ports, whose, and what to do")	\
	ROW(mode,		"what limits do: enforce, audit or off")		\
	ROW(check,		"for monitoring: exit 0 ok, 1 warning, 2 critical, 3 unknown") \
	ROW(export,		"for monitoring: all counters, as OpenMetrics text")

#define DECLARE_COMMAND(name, summary)	int cmd_##name(int argc, char **argv);
COMMANDS(DECLARE_COMMAND)
#undef DECLARE_COMMAND

#endif
