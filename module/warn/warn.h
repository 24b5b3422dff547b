/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * warn: who is told of a warning: the tracepoint portquota:warn, the readers of
 * the namespace's and of the host's events, the kernel log.
 */
#ifndef _PORTQUOTA_WARN_H
#define _PORTQUOTA_WARN_H

#include "event.h"

void pq_warn(struct pq_events *events, bool foreign, const struct pq_event *event);

#endif
