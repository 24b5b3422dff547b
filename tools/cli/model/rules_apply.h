/* SPDX-License-Identifier: GPL-2.0-only */
/* How rules are changed: by all of the changes asked for, or by none. */
#ifndef PORTQUOTA_RULES_APPLY_H
#define PORTQUOTA_RULES_APPLY_H

#include "model/rules.h"

/* What rules_apply() did, in rules. */
struct rules_tally {
	size_t set;
	size_t removed;
	size_t same;
};

int rules_apply(const char *name, const struct rules *want, const struct rules *have,
		const char *what, struct rules_tally *tally);

#endif
