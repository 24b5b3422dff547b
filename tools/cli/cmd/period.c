// SPDX-License-Identifier: GPL-2.0-only
/* Periods: see period.h. */
#include "cmd/period.h"
#include "model/archive.h"

#define DAY	86400

const struct args_option period_options[] = {
	ARGS_VALUE("since", 's', "TIME", args_take_when, struct period, since,
		   "Begin there: " WHEN_FORMS " (default -24h)"),
	ARGS_VALUE("until", 'u', "TIME", args_take_when, struct period, until,
		   "End there (default now)"),
	ARGS_VALUE("dir", 0, "DIR", args_take_text, struct period, dir,
		   "Where the record is (default " ARCHIVE_DIR "), or a day's file"),
	{ 0 },
};

/**
 * period_fill - the last 24 hours, where no other time is asked for
 * @period: the period
 * @now: seconds since 1970
 */
void period_fill(struct period *period, double now)
{
	if (!period->since.at)
		period->since.at = now - DAY;
	if (!period->until.at)
		period->until.at = now;
}

/**
 * period_check - complain of a period that ends before it begins
 * @period: the period
 * @state: of argp
 */
void period_check(const struct period *period, struct argp_state *state)
{
	if (period->since.at && period->until.at && period->until.at <= period->since.at)
		argp_error(state, "--until is not after --since");
}
