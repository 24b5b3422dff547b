/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoint portquota:warn, for perf, trace-cmd and bpftrace: the warnings.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM portquota

#if !defined(_PORTQUOTA_WARN_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _PORTQUOTA_WARN_TRACE_H

#include <linux/tracepoint.h>

#include "event.h"

#define PQ_SHOW_KIND(kind)							\
	__print_symbolic(kind, { PQ_EVENT_NONE, "none" }, { PQ_EVENT_WARN, "warn" },	\
			 { PQ_EVENT_CLEAR, "clear" }, { PQ_EVENT_DENY, "deny" },	\
			 { PQ_EVENT_FORECAST, "forecast" },			\
			 { PQ_EVENT_DESTINATION, "destination" },		\
			 { PQ_EVENT_EARLY, "early" }, { PQ_EVENT_EXHAUSTED, "exhausted" }, \
			 { PQ_EVENT_TAKEN, "taken" }, { PQ_EVENT_END, "end" })

TRACE_EVENT(portquota_warn,
	TP_PROTO(const struct pq_event *event),
	TP_ARGS(event),
	TP_STRUCT__entry(
		__field(unsigned int, netns)
		__field(u64, cgroup)
		__field(unsigned int, edge)
		__field(unsigned int, meter)
		__field(long, held)
		__field(long, threshold)
		__field(long, limit)
		__field(long, rate)
		__field(long, left)
		__field(unsigned int, of)
		__field(u16, port)
		__field(unsigned long, count)
		__field(unsigned int, seconds)
	),
	TP_fast_assign(
		__entry->netns = event->netns;
		__entry->cgroup = event->subject ? pq_subject_cgroup(event->subject) : 0;
		__entry->edge = event->kind;
		__entry->meter = event->metric;
		__entry->held = event->held;
		__entry->threshold = event->threshold;
		__entry->limit = event->limit;
		__entry->rate = event->rate;
		__entry->left = event->left;
		__entry->of = event->of;
		__entry->port = event->port;
		__entry->count = event->count;
		__entry->seconds = event->seconds;
	),
	TP_printk("netns=%u cgroup=%llu level=%s resource=%s current=%ld threshold=%ld limit=%ld rate=%ld left=%ld of=%s port=%u count=%lu seconds=%u",
		  __entry->netns, __entry->cgroup, PQ_SHOW_KIND(__entry->edge),
		  __print_symbolic(__entry->meter, { PQ_METRIC_TCP, "tcp" },
				   { PQ_METRIC_UDP, "udp" }, { PQ_METRIC_TIMEWAIT, "timewait" },
				   { PQ_METRIC_TCP_PORTS, "tcp.ports" },
				   { PQ_METRIC_UDP_PORTS, "udp.ports" },
				   { PQ_METRIC_DESTINATION, "destination" }),
		  __entry->held, __entry->threshold, __entry->limit, __entry->rate,
		  __entry->left, PQ_SHOW_KIND(__entry->of), __entry->port, __entry->count,
		  __entry->seconds)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH warn
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE warn_trace
#include <trace/define_trace.h>
