/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * warn: passes a warning on to the tracepoint portquota:warn, to the readers of
 * /proc/net/portquota/events and /proc/portquota/events, and to the kernel log.
 */
#ifndef _PORTQUOTA_WARN_H
#define _PORTQUOTA_WARN_H

#include "event.h"

void pq_warn(struct pq_events *events, bool foreign, const struct pq_event *event);

#endif
