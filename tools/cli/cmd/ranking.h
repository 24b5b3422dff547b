/* SPDX-License-Identifier: GPL-2.0-only */
/* Ranking: what top shows, the accounts in an order, and how it is printed. */
#ifndef PORTQUOTA_CMD_RANKING_H
#define PORTQUOTA_CMD_RANKING_H

#include <stdio.h>

#include "model/sample.h"

/**
 * struct order - what comes first
 * @letter: the key that asks for it
 * @name: what --sort calls it
 * @key: the largest by this come first; NULL for the order of paths
 */
struct order {
	char letter;
	const char *name;
	const char *key;
};

/**
 * struct ranking - what is shown; starts as all zero, but for @delay and @order
 * @delay: seconds between two samples
 * @count: so many samples are still to be shown; 0 for no end
 * @order: which accounts come first
 * @cgroup: only this one and those below it are asked for; NULL for all
 * @first: so many accounts are above what is on the screen
 * @page: so many are on it
 * @help: what the keys do is told instead of them
 * @due: the next sample is asked for at once
 * @now: the newest sample
 * @before: the one before it; all zero if there is none
 * @mode: of the module
 */
struct ranking {
	double delay;
	unsigned long count;
	const struct order *order;
	const char *cgroup;
	size_t first;
	size_t page;
	bool help;
	bool due;
	struct sample now;
	struct sample before;
	char mode[16];
};

const struct order *order_named(const char *name);
const struct order *order_of_letter(int letter);
int ranking_take(struct ranking *ranking);
void ranking_sort(struct ranking *ranking);
bool ranking_asks_for(const struct ranking *ranking, const struct record *account);
bool ranking_shows(const struct ranking *ranking, const struct record *account);
size_t ranking_count(const struct ranking *ranking);
double ranking_pause(const struct ranking *ranking);
void ranking_put_head(FILE *f, const struct ranking *ranking, bool live);
void ranking_put_accounts(FILE *f, struct ranking *ranking, size_t rows);
void ranking_put_json(const struct ranking *ranking);
int ranking_run_live(struct ranking *ranking);
void ranking_free(struct ranking *ranking);

#endif
