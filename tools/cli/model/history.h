/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * History: the runs of failing calls that the module has kept events of. A run is of one cgroup and
 * one resource, destination or port.
 */
#ifndef PORTQUOTA_HISTORY_H
#define PORTQUOTA_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/record.h"

/**
 * struct run - calls that failed for the same reason, with less than some seconds between them
 * @level: exhausted (the kernel had no port), taken (the port that was named) or deny (a rule)
 * @path: whose calls
 * @resource: tcp, udp or timewait
 * @source: from there; "" if none is told
 * @destination: towards there; "" if none is told
 * @port: the port by its number; 0 if none was named
 * @began: when the first call failed, in seconds since 1970
 * @last: when the last one did, as far as it is told: of a run that goes on, the first
 * @count: how many failed; 0 of a run that goes on
 * @elsewhere: how many of these wanted another destination or port
 * @room: when it began the range had ports left
 * @over: it has ended
 * @audit: they would have failed, but for mode audit
 */
struct run {
	char *level;
	char *path;
	char *resource;
	char *source;
	char *destination;
	uint64_t port;
	double began;
	double last;
	uint64_t count;
	uint64_t elsewhere;
	bool room;
	bool over;
	bool audit;
};

/* Runs in the order in which they began; starts as all zero. */
struct history {
	struct run *runs;
	size_t count;
	size_t room;
};

void history_add(struct history *history, const struct record *event);
void history_read(struct history *history);
uint64_t run_own(const struct run *run);
void history_free(struct history *history);

#endif
