// SPDX-License-Identifier: GPL-2.0-only
/* netns: see netns.h for what it promises. */
#include "lib/export.h"
#include "netns.h"

DEFINE_MUTEX(pq_nets_mutex);	/* see netns.h for all three */
LIST_HEAD(pq_nets);
unsigned int pq_net_id __read_mostly;
EXPORT_SYMBOL_IF_KUNIT(pq_net_id);
