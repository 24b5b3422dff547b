/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints portquota:*, for perf, trace-cmd and bpftrace: what is charged,
 * taken back and refused. portquota:warn is in warn_trace.h.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM portquota

#if !defined(_PORTQUOTA_CHARGE_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _PORTQUOTA_CHARGE_TRACE_H

#include <linux/cgroup.h>
#include <linux/tracepoint.h>

#include "account.h"
#include "ledger.h"
#include "netns.h"
#include "owner.h"
#include "runs.h"

DECLARE_EVENT_CLASS(portquota_entry,
	TP_PROTO(const struct pq_entry *e),
	TP_ARGS(e),
	TP_STRUCT__entry(
		__field(unsigned int, netns)
		__field(u64, cgroup)
		__field(const void *, sk)
		__field(u16, port)
		__field(u16, flags)
	),
	TP_fast_assign(
		struct pq_account *acct = e->owner->account;

		__entry->netns = acct->key.net->inum;
		__entry->cgroup = acct->key.cgrp ? cgroup_id(acct->key.cgrp) : 0;
		__entry->sk = e->key;
		__entry->port = e->port;
		__entry->flags = e->flags;
	),
	TP_printk("netns=%u cgroup=%llu sk=%p port=%u flags=%s", __entry->netns, __entry->cgroup,
		  __entry->sk, __entry->port,
		  __print_flags(__entry->flags, "|",
				{ PQ_ENTRY_UDP, "UDP" },
				{ PQ_ENTRY_RESERVATION, "RESERVATION" },
				{ PQ_ENTRY_EXCLUSIVE, "EXCLUSIVE" },
				{ PQ_ENTRY_BOUND, "BOUND" },
				{ PQ_ENTRY_TIMEWAIT, "TIMEWAIT" },
				{ PQ_ENTRY_FIN_WAIT2, "FIN_WAIT2" },
				{ PQ_ENTRY_FOUND, "FOUND" },
				{ PQ_ENTRY_OUTSIDE, "OUTSIDE" },
				{ PQ_ENTRY_RULED, "RULED" },
				{ PQ_ENTRY_UNSHARED, "UNSHARED" },
				{ PQ_ENTRY_UNSTAMPED, "UNSTAMPED" },
				{ PQ_ENTRY_VRF, "VRF" }))
);

DEFINE_EVENT(portquota_entry, portquota_charge,
	TP_PROTO(const struct pq_entry *e), TP_ARGS(e));
DEFINE_EVENT(portquota_entry, portquota_uncharge,
	TP_PROTO(const struct pq_entry *e), TP_ARGS(e));
DEFINE_EVENT(portquota_entry, portquota_timewait_begin,
	TP_PROTO(const struct pq_entry *e), TP_ARGS(e));
DEFINE_EVENT(portquota_entry, portquota_timewait_end,
	TP_PROTO(const struct pq_entry *e), TP_ARGS(e));

TRACE_EVENT(portquota_deny,
	TP_PROTO(const struct pq_account *acct, unsigned int resource, bool audit),
	TP_ARGS(acct, resource, audit),
	TP_STRUCT__entry(
		__field(unsigned int, netns)
		__field(u64, cgroup)
		__field(unsigned int, resource)
		__field(long, held)
		__field(long, max)
		__field(bool, audit)
	),
	TP_fast_assign(
		__entry->netns = acct->key.net->inum;
		__entry->cgroup = acct->key.cgrp ? cgroup_id(acct->key.cgrp) : 0;
		__entry->resource = resource;
		__entry->held = pq_usage_held(&acct->usage, resource);
		__entry->max = READ_ONCE(acct->usage.max[resource]);
		__entry->audit = audit;
	),
	TP_printk("netns=%u cgroup=%llu resource=%s current=%ld max=%ld audit=%d",
		  __entry->netns, __entry->cgroup,
		  __print_symbolic(__entry->resource, { PQ_TCP, "tcp" }, { PQ_UDP, "udp" },
				   { PQ_TIMEWAIT, "timewait" }),
		  __entry->held, __entry->max, __entry->audit)
);

DECLARE_EVENT_CLASS(portquota_failure,
	TP_PROTO(const struct pq_account *acct, const struct pq_failure *what),
	TP_ARGS(acct, what),
	TP_STRUCT__entry(
		__field(unsigned int, netns)
		__field(u64, cgroup)
		__field(unsigned int, resource)
		__field(u16, port)
		__field(u16, dport)
		__field_struct(struct in6_addr, saddr)
		__field_struct(struct in6_addr, daddr)
	),
	TP_fast_assign(
		__entry->netns = acct->key.net->inum;
		__entry->cgroup = acct->key.cgrp ? cgroup_id(acct->key.cgrp) : 0;
		__entry->resource = what->metric;
		__entry->port = what->port;
		__entry->dport = what->flow.port;
		pq_flow_mapped(&what->flow, &__entry->saddr, &__entry->daddr);
	),
	TP_printk("netns=%u cgroup=%llu resource=%s port=%u source=[%pI6c] destination=[%pI6c]:%u",
		  __entry->netns, __entry->cgroup,
		  __print_symbolic(__entry->resource, { PQ_METRIC_TCP, "tcp" },
				   { PQ_METRIC_UDP, "udp" }),
		  __entry->port, &__entry->saddr, &__entry->daddr, __entry->dport)
);

DEFINE_EVENT(portquota_failure, portquota_exhausted,
	TP_PROTO(const struct pq_account *acct, const struct pq_failure *what),
	TP_ARGS(acct, what));
DEFINE_EVENT(portquota_failure, portquota_taken,
	TP_PROTO(const struct pq_account *acct, const struct pq_failure *what),
	TP_ARGS(acct, what));

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH account
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE charge_trace
#include <trace/define_trace.h>
