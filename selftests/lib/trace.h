/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tracefs: the module's tracepoints switched on, and what they gave.
 */
#ifndef PQ_TRACE_H
#define PQ_TRACE_H

#include <stdbool.h>

#define TRACING "/sys/kernel/tracing/"

/* Empties the buffer. */
void trace_clear(void);

/* The same, and switches all portquota:* on; false if the kernel has none of it. */
bool trace_on(void);
void trace_off(void);

/* Lines of the event portquota_@name that have all of these words, "key=value key=value …". */
unsigned int trace_count(const char *name, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* As the tracepoints print them: the number in the namespace's name, and the cgroup's id. */
unsigned int trace_netns(void);
unsigned long long trace_cgroup(const char *path);

/* How many of the kernel's functions are traced or redirected, by whomever. */
unsigned int hooked_functions(void);

#endif
