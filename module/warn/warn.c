// SPDX-License-Identifier: GPL-2.0-only
/* warn: see warn.h for what it promises. */
#include "logger.h"
#include "warn.h"
#define CREATE_TRACE_POINTS
#include "warn_trace.h"

/**
 * pq_warn() - pass a warning on
 * @events: the stream of the namespace it comes from
 * @foreign: that namespace does not belong to the host's user namespace, and
 *	     has to share pq_foreign_quota of the host's stream
 * @event: the warning; as for pq_events_put_own()
 *
 * Context: any but hard interrupts.
 */
void pq_warn(struct pq_events *events, bool foreign, const struct pq_event *event)
{
	struct pq_event told = *event;

	trace_portquota_warn(event);
	if (!pq_events_put_own(events, &told))
		return;
	pq_events_put(&pq_host_events, &told, foreign ? &pq_foreign_quota : NULL);
	pq_logger_kick();
}
