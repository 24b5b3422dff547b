/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A round: surveys of the namespace asked for, or with -A of all namespaces. Where calls may be
 * failing now, a second survey is taken a second later: of all these namespaces after one second.
 */
#ifndef PORTQUOTA_ROUND_H
#define PORTQUOTA_ROUND_H

#include <stdbool.h>
#include <stddef.h>

#include "resource/survey.h"

/**
 * struct look - a namespace in a round
 * @netns: the namespace, as net:[inode]; "" where there is only one
 * @label: what a monitor calls it; NULL if that is not known
 * @title: what people call it, NULL where there is only one
 * @now: the survey; of a namespace that could not be entered it has the totals only
 * @before: the first of two; else all zero
 * @entered: it could be entered
 * @read: and its files be read
 */
struct look {
	char *netns;
	char *label;
	char *title;
	struct survey now;
	struct survey before;
	bool entered;
	bool read;
};

/* Starts as all zero. */
struct round {
	struct look *looks;
	size_t count;
	size_t room;
	size_t destinations;
};

int round_take(struct round *round, size_t destinations);
int round_again(struct round *round, bool (*wanted)(const struct look *look, void *data),
		int (*visit)(struct look *look, void *data), void *data);
void round_free(struct round *round);

#endif
