/* SPDX-License-Identifier: GPL-2.0-only */
/* Findings as why tells them: as text, the certain ones first, or as JSON. */
#ifndef PORTQUOTA_CMD_FINDINGS_H
#define PORTQUOTA_CMD_FINDINGS_H

#include "lib/json.h"
#include "why/finding.h"

/**
 * struct telling - how findings are told
 * @netns: the name of the namespace if several are looked at, else NULL
 * @title: what people call it then
 * @unseen: why programs could not be seen; NULL if they could
 * @recorded: they are of a record: of then, when nobody looked but once per minute
 * @time: of a record: the end of what it is about, in seconds since 1970
 * @missing: what that does not have of then; NULL if nothing is
 */
struct telling {
	const char *netns;
	const char *title;
	const char *unseen;
	bool recorded;
	double time;
	const char *missing;
};

void findings_put(const struct telling *telling, const struct findings *findings);
json_t *findings_json(const struct telling *telling, const struct finding *finding);

#endif
