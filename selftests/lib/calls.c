// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "calls.h"
#include "file.h"
#include "trace.h"

#define TRACER TRACING "current_tracer"
#define FILTER TRACING "set_ftrace_filter"

/*
 * A line of the function tracer: TASK-PID [CPU] FLAGS TIME: FUNCTION <-CALLER. The
 * first of the flags says what is off, the third what it runs in
 * (Documentation/trace/ftrace.rst).
 */
static void count_line(struct calls *c, const char *function, const char *line)
{
	const char *flags = strstr(line, "] ");
	char called[64];

	snprintf(called, sizeof(called), ": %s <-", function);
	if (!flags || !strstr(line, called))
		return;
	flags += 2;
	c->all++;
	c->softirqs_off += flags[0] == 'b' || flags[0] == 'D' || flags[2] == 's' ||
			   flags[2] == 'H';
}

bool calls_trace(const char *function)
{
	char *filter;
	bool set;

	if (access(FILTER, W_OK) || file_write(FILTER, function))
		return false;
	filter = must_slurp(FILTER);
	set = lines_with(filter, function) == 1;
	free(filter);
	if (!set)
		return false;
	must_write(TRACING "trace", "\n");
	must_write(TRACER, "function");
	return true;
}

struct calls calls_traced(const char *function)
{
	struct calls c = {};
	char *text, *rest, *line;

	text = must_slurp(TRACING "trace");
	must_write(TRACER, "nop");
	must_write(FILTER, "\n");
	for (rest = text; (line = strsep(&rest, "\n"));)
		count_line(&c, function, line);
	free(text);
	return c;
}
