/* SPDX-License-Identifier: GPL-2.0-only */
/* Events: the lines of the events files as records. */
#ifndef PORTQUOTA_EVENT_H
#define PORTQUOTA_EVENT_H

#include <stdbool.h>

#include "lib/record.h"

/**
 * struct event - an event
 * @rec: time and level; then path, what the kernel says, audit, and which namespace it is of if it
 *	says so; or lost, for events that this reader missed
 * @netns: what @rec refers to
 */
struct event {
	struct record rec;
	char *netns;
};

void event_load_names(void);
bool event_parse(struct event *event, char *line);
void event_free(struct event *event);

#endif
