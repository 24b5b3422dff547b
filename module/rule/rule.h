/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rule: the language of the rules files. Pure text: from a line to what it
 * says, and back. Builds in userspace too, for the fuzzer and the CLI. rule.c
 * is longer than others because the language is one noun.
 *
 * A line is words between blanks (spaces and tabs, any number of them). It may
 * end in a newline, or a carriage return and a newline. No other control
 * character may be in it.
 *
 *	PATH KEY=VALUE [KEY=VALUE]...	set or replace the rule of PATH
 *	-PATH				remove it
 *
 * PATH is absolute, with \ooo for a blank, a backslash, or one of the
 * characters * ? [ when it is to mean itself. With one of those it is a glob;
 * each part of it between slashes matches one part of a path.
 */
#ifndef _PORTQUOTA_RULE_H
#define _PORTQUOTA_RULE_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include "rule_user.h"
#endif

#define PQ_RULE_RESOURCES	3	/* tcp, udp, timewait: enum pq_resource */
#define PQ_RULE_LINE		4096	/* no line is longer, as written or as printed */
#define PQ_RULE_TEXT		300	/* room for what pq_rule_format() makes, with its NUL */
#define PQ_RULE_WAIT_MAX	60000	/* milliseconds */
#define PQ_RULE_DELAY_MIN	30	/* seconds: what Windows has for TcpTimedWaitDelay */
#define PQ_RULE_DELAY_MAX	300
#define PQ_RULE_RANGES		2	/* tcp, udp */
#define PQ_RULE_PORT_MIN	1025
#define PQ_RULE_PORT_MAX	65535
#define PQ_RULE_PORTS_MIN	255	/* ports in a range */

enum pq_limit_kind {
	PQ_LIMIT_UNSET,
	PQ_LIMIT_NUMBER,
	PQ_LIMIT_PERCENT,
	PQ_LIMIT_NONE,		/* the word max */
};

struct pq_limit {
	u32 kind;
	u32 value;
};

enum pq_over {
	PQ_OVER_UNSET,
	PQ_OVER_DENY,
	PQ_OVER_WAIT,
};

struct pq_excess {
	u32 action;	/* enum pq_over */
	u32 wait_ms;	/* for PQ_OVER_WAIT: how long a connect() may wait */
};

struct pq_ports {
	u16 low;	/* 0: no range */
	u16 high;
};

static inline bool pq_ports_same(struct pq_ports a, struct pq_ports b)
{
	return a.low == b.low && a.high == b.high;
}

/**
 * pq_ports_common() - what two rules about the same ports come to
 * @a: the range of a namespace's rule; zeros for none
 * @host: that of the host's rule; zeros for none
 *
 * Return: what they have in common, or the host's if that is nothing.
 */
static inline struct pq_ports pq_ports_common(struct pq_ports a, struct pq_ports host)
{
	struct pq_ports both = {
		a.low > host.low ? a.low : host.low,
		a.high < host.high ? a.high : host.high,
	};

	if (!a.low || !host.low)
		return a.low ? a : host;
	return both.low <= both.high ? both : host;
}

/**
 * struct pq_rule - what a line says
 * @max: by resource: no more than that
 * @warn: by resource: warn from there on
 * @over: what to do with a connect() that is over a limit
 * @delay: seconds that a TIME_WAIT lasts; 0 when it does not say
 * @range: tcp, udp: the ports to choose from
 */
struct pq_rule {
	struct pq_limit max[PQ_RULE_RESOURCES];
	struct pq_limit warn[PQ_RULE_RESOURCES];
	struct pq_excess over;
	u32 delay;
	struct pq_ports range[PQ_RULE_RANGES];
};

static inline bool pq_rule_has_range(const struct pq_rule *rule)
{
	return rule->range[0].low || rule->range[1].low;
}

/**
 * struct pq_rule_line - a parsed line
 * @path: the path; points into the line. In a glob, what is to mean itself
 *	  has a backslash before it.
 * @glob: whether @path is a glob
 * @remove: whether the rule is to be removed; @rule is empty then
 * @rule: what it says
 * @bad: when the line is refused: the word that is wrong, in the line; else NULL
 * @why: when the line is refused: what is wrong with it
 */
struct pq_rule_line {
	char *path;
	bool glob;
	bool remove;
	struct pq_rule rule;
	const char *bad;
	const char *why;
};

int pq_rule_parse(char *line, size_t len, struct pq_rule_line *parsed);
int pq_rule_format(char *buf, size_t size, const struct pq_rule *rule);
int pq_rule_format_path(char *buf, size_t size, const char *path, bool glob);
bool pq_rule_path_match(const char *pattern, const char *path);
void pq_rule_path_split(char *parts, const char *path);
bool pq_rule_parts_match(const char *parts, const char *path);
long pq_limit_resolve(struct pq_limit limit, long whole);

#endif
