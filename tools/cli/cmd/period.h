/* SPDX-License-Identifier: GPL-2.0-only */
/* A period of the record, as the options of several commands ask for it. */
#ifndef PORTQUOTA_PERIOD_H
#define PORTQUOTA_PERIOD_H

#include "cmd/args.h"
#include "lib/when.h"

/**
 * struct period - what is asked for
 * @dir: where the record is, or a day's file of it
 * @since: from then on; zero if none is asked for
 * @until: until then; the same
 */
struct period {
	const char *dir;
	struct when since;
	struct when until;
};

/* Takes --since, --until and --dir into a struct period, with which a command's input begins. */
extern const struct args_option period_options[];

void period_fill(struct period *period, double now);
void period_check(const struct period *period, struct argp_state *state);

#endif
