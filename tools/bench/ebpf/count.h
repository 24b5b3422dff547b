/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * count: what count.bpf.c counts, and count.c reads.
 *
 * Resources and tallies are those of module/lib/counter.h, less those of limits.
 */
#ifndef COUNT_H
#define COUNT_H

#include <linux/types.h>

#define MAX_ACCOUNTS	4096
#define MAX_NETNS	16

enum resource {
	TCP,
	UDP,
	TIMEWAIT,
	NR_RESOURCES
};

enum tally {
	TCP_EXCLUSIVE,
	TCP_BOUND,
	TW_RESERVING,
	TW_FIN_WAIT2,
	NR_GAUGES,

	TCP_EXHAUSTED = NR_GAUGES,
	UDP_EXHAUSTED,
	TW_EXPIRED,
	TW_REUSED,
	TW_RECYCLED,
	TW_OVERFLOW,
	UNTRACKED,
	NR_TALLIES
};

/* Below 1 s, below 2 s, below 4 s, ... below 512 s, and the rest */
#define NR_LIFETIMES	11

struct account_key {
	__u64 cgroup;	/* its id */
	__u32 netns;	/* its inode number */
	__u32 zero;
};

/* Where its counters are */
struct account_place {
	__u32 account;
	__u32 netns;
};

#define NOWHERE		(~0U)

struct counter {
	__s64 current;
	__s64 peak;
	__s64 begun;
	__s64 ended;
};

/* The counters of one cgroup in one network namespace, descendants included */
struct account {
	__u32 parent;
	struct counter counter[NR_RESOURCES];
	__s64 tally[NR_TALLIES];
	__s64 local[NR_RESOURCES];
	/* Of the namespace, in the account of the root cgroup */
	__s64 ports[TIMEWAIT];
	__s64 lifetimes[NR_LIFETIMES];
};

#endif
