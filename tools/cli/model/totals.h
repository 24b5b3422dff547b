/* SPDX-License-Identifier: GPL-2.0-only */
/* Totals: what the stat file says of a network namespace as a whole. */
#ifndef PORTQUOTA_TOTALS_H
#define PORTQUOTA_TOTALS_H

#include <string.h>

#include "lib/record.h"

/**
 * totals_are_dead - whether nothing is counted any more, as the kernel has shut ftrace down
 * @stat: the totals; a module that does not say so is alive
 */
static inline bool totals_are_dead(const struct record *stat)
{
	return record_find(stat, "hooks") && strcmp(record_text(stat, "hooks"), "live");
}

#endif
