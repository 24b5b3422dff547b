/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * line: which cache lines of a struct are written to by every connection.
 *
 * A line that one CPU writes to is slow to read on another. So what all of them only
 * read lies on other lines than what they write, which structs assert by this.
 */
#ifndef _PORTQUOTA_LINE_H
#define _PORTQUOTA_LINE_H

#include <linux/build_bug.h>
#include <linux/cache.h>
#include <linux/stddef.h>

/**
 * PQ_LINE() - the cache line that a member of a struct begins in
 * @type: the struct, which is aligned to a cache line
 * @member: the member
 */
#define PQ_LINE(type, member)	(offsetof(type, member) / SMP_CACHE_BYTES)

/* What is behind a member begins in another line, or has to share that one with it. */
#define PQ_LINE_BEHIND(type, member) \
	((offsetof(type, member) + sizeof(((type *)0)->member) - 1) / SMP_CACHE_BYTES + 1)

#endif
