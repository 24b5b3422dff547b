/* SPDX-License-Identifier: GPL-2.0-only */
/* Moment: the rows of a record that tell what was at a time, and surveys made from them. */
#ifndef PORTQUOTA_MOMENT_H
#define PORTQUOTA_MOMENT_H

#include <stdbool.h>

#include "lib/json.h"
#include "lib/when.h"
#include "model/archive.h"
#include "resource/survey.h"

/**
 * struct moment - what the record has of a time
 * @at: the time that is asked for
 * @before: the row before @row, if counters go on from it; else NULL
 * @row: the row that ends the interval in which most of that time lies; NULL if there is none
 * @seconds: the time between them; 0 without @before
 * @best: how much of that time lies there
 * @last: the row that was visited last
 * @last_before: the one before it, as of @before
 * @events: those of the hour until @row, in order
 * @pending: those that came since
 */
struct moment {
	struct when at;
	json_t *before;
	json_t *row;
	double seconds;
	double best;
	json_t *last;
	json_t *last_before;
	json_t *events;
	json_t *pending;
};

int moment_read(struct moment *moment, const char *dir, const struct when *at,
		struct day_faults *faults);
size_t moment_count(const struct moment *moment);
json_t *moment_space(const struct moment *moment, size_t at);
char *moment_missing(const struct moment *moment, size_t at);
bool moment_surveys(const struct moment *moment, size_t at, struct survey surveys[2],
		    json_t **shorts);
void moment_free(struct moment *moment);

#endif
