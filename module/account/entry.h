/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * entry: what the ledger knows of one socket or TIME_WAIT.
 */
#ifndef _PORTQUOTA_ENTRY_H
#define _PORTQUOTA_ENTRY_H

#include <linux/types.h>

#include "lib/counter.h"

struct pq_destination;
struct pq_owner;

/* What an entry stands for. The first are gauges of its resources too. */
#define PQ_ENTRY_EXCLUSIVE	PQ_GAUGE(PQ_TCP_EXCLUSIVE)	/* taken by bind or listen */
#define PQ_ENTRY_BOUND		PQ_GAUGE(PQ_TCP_BOUND)	/* neither connection nor listener yet */
#define PQ_ENTRY_FIN_WAIT2	PQ_GAUGE(PQ_TW_FIN_WAIT2)	/* a TIME_WAIT still in FIN_WAIT2 */
#define PQ_ENTRY_UDP		BIT(PQ_NR_GAUGES)
#define PQ_ENTRY_TIMEWAIT	BIT(PQ_NR_GAUGES + 1)	/* key: a struct inet_timewait_sock */
#define PQ_ENTRY_FOUND		BIT(PQ_NR_GAUGES + 2)	/* by the scan, not by a hook */
#define PQ_ENTRY_UNCOUNTED	BIT(PQ_NR_GAUGES + 3)	/* its port is in no portcount */
#define PQ_ENTRY_RULED		BIT(PQ_NR_GAUGES + 4)	/* a rule says how long it lasts */
#define PQ_ENTRY_UNSHARED	BIT(PQ_NR_GAUGES + 5)	/* connect() cannot share the port */
#define PQ_ENTRY_UNSTAMPED	BIT(PQ_NR_GAUGES + 6)	/* a TIME_WAIT that had no timestamps */
#define PQ_ENTRY_VRF		BIT(PQ_NR_GAUGES + 7)	/* the socket is bound to a VRF */
#define PQ_ENTRY_KEPT		BIT(PQ_NR_GAUGES + 8)	/* whatever the limits: keep_port() */
#define PQ_ENTRY_RESERVATION	BIT(PQ_NR_GAUGES + 9)	/* holds a port; else a mere TIME_WAIT */
#define PQ_ENTRY_OUTSIDE	BIT(PQ_NR_GAUGES + 10)	/* its port: of the namespace's range */
#define PQ_ENTRY_STRAY		BIT(PQ_NR_GAUGES + 11)	/* the same, of its cgroup's own range */
#define PQ_ENTRY_ELSEWHERE	(PQ_ENTRY_OUTSIDE | PQ_ENTRY_STRAY)

/**
 * struct pq_entry - one line of the ledger
 * @next: in the bucket's chain
 * @key: the struct sock or struct inet_timewait_sock. Nothing is followed by it:
 *	 an end that no hook has seen leaves an entry whose socket is gone. See
 *	 pq_lookup(), which finds the socket in the kernel's own tables; and
 *	 pq_timewait_began(), where no end can be missed.
 * @owner: the program that pays; the entry has a reference
 * @destination: of a TCP connection, which counts it; or NULL
 * @born: when the port was taken, seconds since boot
 * @since: when it became TIME_WAIT, jiffies
 * @hash: where pq_lookup() looks first
 * @port: local port, host order
 * @flags: PQ_ENTRY_*
 * @due: how long the TIME_WAIT is to last, seconds; 0: it is none, or not known
 */
struct pq_entry {
	struct pq_entry *next;
	const void *key;
	struct pq_owner *owner;
	struct pq_destination *destination;
	u32 born;
	u32 since;
	u32 hash;
	u16 port;
	u16 flags;
	u16 due;
};

/* With the eight bytes by which memcg knows who pays for it, 64 per reservation */
static_assert(sizeof(struct pq_entry) <= 56);

#endif
